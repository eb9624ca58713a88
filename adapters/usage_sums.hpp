#pragma once

#include "messages/storage.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// Most tokens that one ledger row may claim: 10^12. Larger numbers are a
/// provider's nonsense; the bound keeps every sum far from overflow.
inline constexpr uint64_t max_row_tokens = 1'000'000'000'000;

/// A row's token counts, each bounded by `max_row_tokens`.
usage bounded(const usage& tokens);

/// Adds rows up by one column; the same arithmetic for every store that has no
/// query language, and for rows that are not committed yet.
class usage_sums {
public:
  /// Fails with `ec::bad_input`, naming the known columns.
  static caf::expected<usage_sums> by(std::string_view column);

  /// Starts with sums that a store has computed by the same column.
  void add(const std::vector<usage_sum>& sums);

  void add(const ledger_row& row);

  /// The sums, ordered by group.
  std::vector<usage_sum> take();

private:
  using group_of = std::string (*)(const ledger_row&);

  explicit usage_sums(group_of group) : group_{group} {}

  usage_sum& at(const std::string& group);

  group_of group_;
  std::vector<usage_sum> sums_;
};

} // namespace smart_agents
