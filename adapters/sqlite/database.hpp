#pragma once

#include "messages/error.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace smart_agents::sqlite {

/// What to do about a SQLite result code, beyond reporting it.
enum class trouble : uint8_t {
  /// Somebody else holds a lock; waiting may help.
  locked,
  /// The file is no database, or broken.
  damaged,
  /// Anything else: space, permissions, hardware.
  other,
};

trouble trouble_of(int code);

/// `ec::storage_failed` with file, cause and remedy for a SQLite result code
/// (primary or extended). `detail` is SQLite's own message.
caf::error explain(int code, const std::string& path, std::string_view detail);

/// A prepared statement. Bind from 1, step through the rows, read columns from
/// 0. It must not outlive its database.
class statement {
public:
  explicit statement(sqlite3_stmt* raw) : raw_{raw} {}

  void bind(int index, int64_t value);
  void bind(int index, double value);
  /// The text is copied; NUL bytes and invalid UTF-8 are kept.
  void bind(int index, std::string_view value);
  /// The same, not copied: the text lives until the statement is reset.
  void bind_kept(int index, std::string_view value);
  /// Whatever a column of another's row holds.
  void bind(int index, const statement& from, int column);

  /// Moves to the next row: SQLITE_ROW, SQLITE_DONE or an error code.
  int step();

  /// Makes it ready for the next execution and forgets what was bound.
  void reset();

  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

private:
  struct finalize {
    void operator()(sqlite3_stmt* x) const;
  };
  std::unique_ptr<sqlite3_stmt, finalize> raw_;
};

/// Resets a statement when its execution is over, however it ended: an open
/// one would hold its transaction open.
class execution {
public:
  explicit execution(statement& what) : what_{what} {}
  execution(const execution&) = delete;
  execution& operator=(const execution&) = delete;
  ~execution() {
    what_.reset();
  }

private:
  statement& what_;
};

/// True when this process has a connection to the file. Nobody may open and
/// close such a file by other means: closing any descriptor of a file takes all
/// of the process's locks on it away (fcntl(2)), those of SQLite too, and the
/// next process to end would take itself for the last one and delete the
/// write-ahead log under our feet.
bool is_open_here(const std::string& path);

/// One connection to one file. Not thread-safe.
class database {
public:
  /// Opens an existing file for reading and writing. It does not read it yet,
  /// so a damaged one shows at the first statement.
  static caf::expected<database> open(const std::string& path,
                                      caf::timespan busy_timeout);

  /// An empty one without a name, gone when it is closed; `path` is for
  /// messages.
  static caf::expected<database> temporary(const std::string& path);

  /// Runs statements that return nothing of interest.
  caf::error execute(const std::string& sql);

  caf::expected<statement> prepare(std::string_view sql);

  /// First column of the first row, 0 without one.
  caf::expected<int64_t> number(std::string_view sql);
  caf::expected<std::string> text(std::string_view sql);

  /// The last error of this connection, explained.
  caf::error failure();

  /// True once an error said that the file is damaged.
  bool damaged() const {
    return damaged_;
  }

  /// Somebody saw to the damage.
  void forget_damage() {
    damaged_ = false;
  }

  /// SQLite's own words for the last error of this connection.
  std::string detail() const;

  /// Result code of the last failed call.
  int code() const;

  /// False leaves the write-ahead log alone when the file is closed.
  void checkpoint_on_close(bool yes);

  const std::string& path() const {
    return path_;
  }

  /// For what has no function here.
  sqlite3* handle() const {
    return raw_.get();
  }

private:
  struct close {
    void operator()(sqlite3* x) const;
  };

  database(std::string path, sqlite3* raw)
    : path_{std::move(path)}, raw_{raw} {}

  std::string path_;
  std::unique_ptr<sqlite3, close> raw_;
  bool damaged_ = false;
};

/// BEGIN IMMEDIATE, and ROLLBACK unless it was committed.
class transaction {
public:
  /// Fails like any statement, for example when another process writes for
  /// longer than the busy timeout.
  static caf::expected<transaction> begin(database& on);

  transaction(transaction&& other) noexcept;
  transaction& operator=(transaction&&) = delete;
  ~transaction();

  caf::error commit();

private:
  explicit transaction(database& on) : on_{&on} {}

  database* on_;
};

} // namespace smart_agents::sqlite
