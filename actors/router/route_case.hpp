#pragma once

#include "actors/router/roster.hpp"
#include "actors/router/utility.hpp"
#include "messages/route.hpp"
#include "messages/task.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// What the router has heard of one provider.
struct provider_outlook {
  provider_health health;
  provider_headroom room;
};

/// By provider; who is not in it is well and has room.
using provider_outlooks = std::map<std::string, provider_outlook, std::less<>>;

/// A model as it stood when a task was routed.
struct case_option {
  std::string_view provider;
  std::string_view model;
  /// It was asked for by name.
  bool wanted = false;
  /// A rule names it.
  bool preferred = false;
  bool last_resort = false;
  /// On this machine.
  bool local = false;
  /// Its price is known.
  bool priced = true;
  double strength = 0;
  /// See `affinity`.
  double affinity = 0;
  /// Window in tokens, 0 when unknown; and what has it, for people.
  uint64_t context = 0;
  std::string_view catalogue_name;
  /// What it cannot do, in words.
  std::string lacks;
  /// Tokens of the prompt as it counts, how many of them its cache is expected
  /// to hold, and what the task would cost.
  uint64_t input = 0;
  uint64_t cached = 0;
  double cost_usd = 0;
  learned_of_model learned;
  /// Share of its provider's tightest limit that is left; which one is used up.
  double room = 1;
  std::string_view exhausted;
  /// When that limit resets, from now; 0 when unknown.
  caf::timespan free_in{0};
  /// How long its provider rests yet, and why; 0 when it does not.
  caf::timespan rests{0};
  std::string_view rest_reason;
  /// Its provider is back from a rest, and not proven yet.
  bool unproven = false;
};

/// All that a decision rests on, as values: the same case is decided the same
/// way, at any time and anywhere. Names are those of the roster, outlooks or
/// log row that it was made from, which must outlive it.
struct route_case {
  route_case() = default;
  route_case(route_case&&) = default;
  route_case& operator=(route_case&&) = default;

  task_type type = task_type::text;
  int complexity = 1;
  double need = 0;
  bool given = false;
  std::vector<std::string> features;
  model_wish::mode how = model_wish::mode::automatic;
  /// The model that was asked for, as it was understood.
  std::string wish;
  /// Models of that name that are not allowed.
  std::vector<candidate> refused;
  /// The rule that applies, in words; empty for none.
  std::string rule;
  /// Providers that rules name and that are not configured.
  std::vector<std::string_view> not_configured;
  /// Limits refuse; otherwise they only warn.
  bool limits_bind = false;
  double max_cost_usd = 0;
  route_weights weights;
  double baseline_usd_per_input_mtok = 0;
  double baseline_usd_per_output_mtok = 0;
  /// Tokens of the prompt by a tokenizer of nobody in particular.
  uint64_t neutral_input = 0;
  std::vector<case_option> options;
  /// Models that are in no roster, which options point to.
  std::vector<roster_entry> named;
};

/// Gathers what a decision on that task rests on. Fails with `ec::not_found`
/// for an unknown model.
caf::expected<route_case> observe(const roster& who, const task& what,
                                  const provider_outlooks& outlooks,
                                  instant now);

} // namespace smart_agents
