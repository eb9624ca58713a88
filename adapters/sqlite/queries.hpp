#pragma once

#include "adapters/sqlite/database.hpp"

#include <sqlite3.h>

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace smart_agents::sqlite {

/// A database whose statements are prepared once each, by the address of their
/// text, which must be a literal. Not thread-safe.
class queries {
public:
  /// A statement failed; the message is the database's. The other functions
  /// throw it, so that a change that takes six statements reads as six lines;
  /// whoever calls them catches it at the end.
  struct broken {};

  explicit queries(database on) : on_{std::move(on)} {}

  database& on() {
    return on_;
  }

  /// A statement with its parameters bound, before its first step.
  template <class... Ts>
  statement& bound(const char* sql, const Ts&... values) {
    auto i = statements_.find(sql);
    if (i == statements_.end()) {
      auto made = on_.prepare(sql);
      if (!made)
        throw broken{};
      i = statements_.emplace(sql, std::move(*made)).first;
    }
    [[maybe_unused]] int next = 0;
    (put(i->second, ++next, values), ...);
    return i->second;
  }

  /// Runs what returns no rows.
  template <class... Ts>
  void run(const char* sql, const Ts&... values) {
    auto& what = bound(sql, values...);
    auto scope = execution{what};
    if (what.step() != SQLITE_DONE)
      throw broken{};
  }

  /// Calls `use(row)` for each row.
  template <class F, class... Ts>
  void each(const char* sql, F use, const Ts&... values) {
    auto& what = bound(sql, values...);
    auto scope = execution{what};
    for (;;) {
      auto code = what.step();
      if (code == SQLITE_DONE)
        return;
      if (code != SQLITE_ROW)
        throw broken{};
      use(what);
    }
  }

  /// The first column of the last row, or `otherwise`.
  template <class... Ts>
  int64_t number(const char* sql, int64_t otherwise, const Ts&... values) {
    auto result = otherwise;
    each(
      sql, [&](statement& row) { result = row.integer(0); }, values...);
    return result;
  }

private:
  static void put(statement& into, int index, const std::string& x) {
    into.bind(index, std::string_view{x});
  }

  static void put(statement& into, int index, double x) {
    into.bind(index, x);
  }

  template <class Int>
  static void
  put(statement& into, int index,
      Int x) requires std::is_integral_v<Int> || std::is_enum_v<Int> {
    into.bind(index, static_cast<int64_t>(x));
  }

  database on_;
  std::map<const char*, statement> statements_;
};

} // namespace smart_agents::sqlite
