#pragma once

#include "actors/router/pattern.hpp"
#include "messages/route.hpp"
#include "messages/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  /// What the head of the prompt must hold, see `pattern`; empty for any.
  std::string pattern = {};
  /// Name of the client's key; empty for any.
  std::string key = {};
  /// `with` matches only tasks with tools, `without` only those without.
  std::string tools = "any";
  /// Estimated tokens of the prompt; 0 has no upper bound.
  uint64_t min_tokens = 0;
  uint64_t max_tokens = 0;
  bool operator==(const route_rule&) const = default;
};

/// DESIGN's table.
std::vector<route_rule> default_route_rules();

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

  /// What the rule does with such a task, in words.
  std::string text_of(size_t i, std::string_view type) const;

private:
  std::vector<route_rule> rules_;
  std::vector<std::string> texts_;
  std::vector<std::optional<pattern>> patterns_;
  std::vector<bool> standard_;
};

/// For people: what the rule matches beside the type, such as `/sql/, with
/// tools`; empty for nothing.
std::string conditions_of(const route_rule& x);

} // namespace smart_agents
