#pragma once

#include "actors/router/input_estimate.hpp"
#include "actors/router/route_rules.hpp"
#include "actors/router/utility.hpp"
#include "adapters/catalogue.hpp"
#include "adapters/token_ratios.hpp"
#include "messages/route.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace smart_agents {

class routing_board;

/// A provider as the router sees it.
struct routable_provider {
  std::string name;
  /// Catalogue vendor, for prices and limits.
  std::string vendor;
  /// The default model and the strongest one; the latter may be empty.
  std::string model;
  std::string strong_model;
  /// Others that may be asked for by name; empty allows any.
  std::vector<std::string> models;
  /// A server on this machine: the last resort.
  bool local = false;
};

/// How tasks are routed.
struct router_options {
  std::vector<routable_provider> providers;
  /// In order: the user's, then the default table.
  std::vector<route_rule> rules = default_route_rules();
  /// What `auto` and an empty name mean: `auto`, `auto:cheap`, `auto:best`,
  /// `auto:fast`, `auto:local-only`, or a model.
  std::string default_model = "auto";
  /// Takes the place of the default table's rows (not of the user's) for these
  /// types.
  std::map<task_type, std::string> default_providers;
  /// The last resort; a local provider when empty.
  std::string fallback_provider;
  /// Null takes the built-in one.
  std::shared_ptr<const catalogue> models;
  /// What was learned of the models' own token counts; may be null.
  std::shared_ptr<const token_ratios> ratios;
  /// Where the router shows its view; may be null.
  std::shared_ptr<routing_board> board;
  /// What was learned of the models; may be null.
  std::shared_ptr<const model_experience> experience;
  route_weights weights;
  /// A task is given to no model that would cost more; 0 has no bound.
  double max_cost_usd = 0;
  /// Where decisions are written at level debug; may be null.
  std::shared_ptr<spdlog::logger> log;
};

/// A model that can be routed to.
struct roster_entry {
  /// Place of its provider in `router_options::providers`.
  size_t provider = 0;
  std::string model;
  model_info info;
  /// Prior of how strong it is, about 0.3-1.2; see docs/ROUTING.md.
  double strength = 0;
  bool last_resort = false;
};

/// What the user's choice of a model comes to.
struct model_wish {
  enum class mode : uint8_t { automatic, cheap, best, fast, local, named };
  mode how = mode::automatic;
  /// For `named`: the entries that were asked for, the better first.
  std::vector<roster_entry> wanted;
  /// For `named`: entries of that name that are not allowed, with the reason.
  std::vector<candidate> refused;
  std::string text;
};

/// All models of the configuration, with what is known of them.
class roster {
public:
  explicit roster(router_options options);

  const router_options& options() const {
    return options_;
  }

  /// Every provider's default and strongest model, in configuration order.
  const std::vector<roster_entry>& entries() const {
    return entries_;
  }

  const routable_provider& provider_of(const roster_entry& x) const {
    return options_.providers[x.provider];
  }

  /// Index of a provider by name.
  std::optional<size_t> find(std::string_view provider) const;

  /// The strongest entry; null when there is none.
  const roster_entry* strongest() const;

  const route_table& rules() const {
    return rules_;
  }

  const input_estimator& tokens() const {
    return tokens_;
  }

  /// Understands a model name as users write it. Fails with `ec::not_found`,
  /// naming the nearest names.
  caf::expected<model_wish> understand(const std::string& name,
                                       int complexity) const;

private:
  roster_entry make_entry(size_t provider, const std::string& model,
                          bool strong) const;
  caf::expected<model_wish> of_provider(size_t provider,
                                        const std::string& model) const;
  bool allows(const routable_provider& x, const std::string& model) const;
  caf::error unknown(const std::string& name) const;
  const catalogue& models() const;

  router_options options_;
  route_table rules_;
  input_estimator tokens_;
  std::vector<roster_entry> entries_;
};

/// The `count` names nearest to `name` by edit distance, if any is near.
std::vector<std::string> nearest_names(std::string_view name,
                                       const std::vector<std::string>& names,
                                       size_t count = 3);

} // namespace smart_agents
