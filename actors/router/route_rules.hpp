#pragma once

#include "messages/route.hpp"
#include "messages/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace smart_agents {

/// One row of the routing table; the first that matches, and whose provider is
/// configured, names the preferred provider.
struct route_rule {
  /// Unset matches every type.
  std::vector<task_type> types;
  int min_complexity = 1;
  int max_complexity = 10;
  std::string provider;
  /// True picks the provider's strongest model.
  bool strongest = false;
  /// Regular expression that the head of the prompt must hold; empty for any.
  std::string pattern = {};
  /// Name of the client's key; empty for any.
  std::string key = {};
  /// Set matches only tasks with tools, or only those without.
  std::optional<bool> tools = {};
  /// Estimated tokens of the prompt; 0 has no upper bound.
  uint64_t min_tokens = 0;
  uint64_t max_tokens = 0;
  bool operator==(const route_rule&) const = default;
};

/// DESIGN's table.
std::vector<route_rule> default_route_rules();

/// A pattern as rules take it: ECMAScript, upper and lower case alike. Fails
/// with `ec::bad_config`, saying what is wrong with it.
caf::expected<std::regex> compile_pattern(const std::string& text);

/// The rules, ready to be asked.
class route_table {
public:
  /// Bytes of the prompt that patterns see.
  static constexpr size_t pattern_reach = 2048;

  /// A pattern that does not compile matches nothing; settings refuse it first.
  explicit route_table(std::vector<route_rule> rules);

  const std::vector<route_rule>& rules() const {
    return rules_;
  }

  /// True when rule `i` matches, the complexity left aside.
  bool matches(size_t i, const task& what, task_type type,
               uint64_t tokens) const;

  /// True when the rule is one of DESIGN's.
  bool is_standard(size_t i) const {
    return standard_[i];
  }

private:
  std::vector<route_rule> rules_;
  std::vector<std::shared_ptr<const std::regex>> patterns_;
  std::vector<bool> standard_;
};

/// For people: what the rule matches beside the type, such as `/sql/, with
/// tools`; empty for nothing.
std::string conditions_of(const route_rule& x);

} // namespace smart_agents
