#include "adapters/sqlite/salvage.hpp"

#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/rollup.hpp"
#include "adapters/sqlite/schema.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace smart_agents::sqlite {

namespace {

// -- rows ---------------------------------------------------------------------

/// Copies one table from `old` to `main`.
class table_copy {
public:
  static caf::expected<table_copy> of(database& on, const std::string& name) {
    table_copy result{on, name};
    auto keys = on.prepare("SELECT name FROM pragma_table_info('" + name
                           + "') WHERE pk > 0 ORDER BY pk");
    if (!keys)
      return std::move(keys.error());
    while (keys->step() == SQLITE_ROW)
      result.backwards_ +=
        (result.backwards_.empty() ? "" : ", ") + keys->text(0) + " DESC";
    auto columns =
      on.number("SELECT count(*) FROM pragma_table_info('" + name + "')");
    auto numbered = on.number("SELECT wr = 0 FROM pragma_table_list('" + name
                              + "') WHERE schema = "
                                "'main'");
    if (!columns || !numbered)
      return on.failure();
    result.columns_ = static_cast<int>(*columns);
    result.numbered_ = *numbered != 0;
    return result;
  }

  /// False when rows may be missing.
  caf::expected<bool> run() {
    if (!on_->execute("INSERT OR REPLACE INTO main." + name_
                      + " SELECT * FROM old." + name_))
      return true;
    auto insert = "INSERT OR IGNORE INTO main." + name_ + " VALUES (?";
    for (int i = 1; i < columns_; ++i)
      insert += ", ?";
    auto into = on_->prepare(insert + ")");
    if (!into)
      return std::move(into.error());
    if (numbered_)
      around(*into);
    else
      from_both_ends(*into);
    return false;
  }

private:
  table_copy(database& on, std::string name)
    : on_{&on}, name_{std::move(name)} {}

  struct stretch {
    /// False when it ended at what cannot be read.
    bool whole = false;
    std::optional<int64_t> first;
    std::optional<int64_t> last;
  };

  /// Copies what a query finds, in its order; the first column of the numbered
  /// is the row's number.
  stretch copy(statement& into, const std::string& rest,
               std::optional<int64_t> from) {
    stretch result;
    auto rows =
      on_->prepare(std::string{"SELECT "} + (numbered_ ? "rowid, " : "")
                   + "* FROM old." + name_ + rest);
    if (!rows)
      return result;
    if (from)
      rows->bind(1, *from);
    int code = SQLITE_ROW;
    while ((code = rows->step()) == SQLITE_ROW) {
      auto scope = execution{into};
      for (int i = 0; i < columns_; ++i)
        into.bind(i + 1, *rows, i + (numbered_ ? 1 : 0));
      // One that no table takes is garbage, too.
      into.step();
      if (numbered_) {
        result.last = rows->integer(0);
        if (!result.first)
          result.first = result.last;
      }
    }
    result.whole = code == SQLITE_DONE;
    return result;
  }

  void from_both_ends(statement& into) {
    copy(into, "", {});
    copy(into, " ORDER BY " + backwards_, {});
  }

  /// Forward to what cannot be read, over it by ever larger steps, and back to
  /// its other side.
  void around(statement& into) {
    constexpr int64_t largest_step = int64_t{1} << 40;
    int64_t from = 0;
    for (int64_t step = 1; step <= largest_step;) {
      auto part = copy(into, " WHERE rowid >= ?1 ORDER BY rowid", from);
      if (part.whole || part.first)
        copy(into, " WHERE rowid < ?1 ORDER BY rowid DESC",
             part.first.value_or(from));
      if (part.whole)
        return;
      if (part.first) {
        from = *part.last;
        step = 1;
      }
      from += step;
      step *= 2;
    }
  }

  database* on_;
  std::string name_;
  std::string backwards_;
  int columns_ = 0;
  bool numbered_ = false;
};

caf::expected<std::vector<std::string>> tables_of(database& on) {
  auto query = on.prepare("SELECT name FROM main.sqlite_schema WHERE type = "
                          "'table' AND name NOT LIKE 'sqlite_%'");
  if (!query)
    return std::move(query.error());
  std::vector<std::string> result;
  while (query->step() == SQLITE_ROW)
    result.push_back(query->text(0));
  return result;
}

/// One statement a transaction: what has met a broken page cannot commit.
caf::expected<uint64_t> copy_tables(database& into) {
  auto tables = tables_of(into);
  if (!tables)
    return std::move(tables.error());
  std::vector<std::string> again;
  for (const auto& name : *tables) {
    auto copy = table_copy::of(into, name);
    if (!copy)
      return std::move(copy.error());
    auto whole = copy->run();
    if (!whole)
      return std::move(whole.error());
    if (!*whole && (name == "counters" || name == "hours"))
      again.push_back(name);
  }
  // A limit that is not known starts with what the ledger has.
  for (const auto& name : again)
    if (auto failed = into.execute("DELETE FROM main." + name))
      return failed;
  if (std::find(again.begin(), again.end(), "hours") != again.end())
    if (auto failed = sum_up(into))
      return failed;
  // Rows are numbered one after the other, and summed up.
  auto missing = into.number(
    "SELECT max(coalesce(max(id), 0), (SELECT coalesce(sum(attempts), 0) FROM "
    "main.hours)) - count(*) FROM main.ledger");
  if (!missing)
    return std::move(missing.error());
  return static_cast<uint64_t>(std::max<int64_t>(*missing, 0));
}

// -- bytes --------------------------------------------------------------------

caf::error cannot_keep(const std::string& path, int cause) {
  return make_error(ec::storage_failed,
                    path + " is damaged, and its bytes cannot be kept: "
                      + std::generic_category().message(cause)
                      + "; make room and make its folder writable");
}

/// Copies an open file of a connection to a new one. Through SQLite: whoever
/// else in this process closed the file would take our locks away.
caf::error keep(sqlite3* from, int which, const std::string& path,
                const std::string& as) {
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(from, "main", which, &file) != SQLITE_OK
      || file == nullptr || file->pMethods == nullptr
      || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
    return caf::none; // There is none.
  auto to = ::open(as.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (to < 0)
    return cannot_keep(path, errno);
  std::array<char, 65'536> piece{};
  auto cause = 0;
  for (sqlite3_int64 at = 0; at < size && cause == 0;) {
    auto part = static_cast<int>(
      std::min<sqlite3_int64>(size - at, static_cast<int>(piece.size())));
    // A page that the disk does not give is kept as zeros.
    if (file->pMethods->xRead(file, piece.data(), part, at) != SQLITE_OK)
      piece.fill(0);
    if (::write(to, piece.data(), static_cast<size_t>(part)) != part)
      cause = errno;
    at += part;
  }
  ::close(to);
  if (cause == 0)
    return caf::none;
  ::unlink(as.c_str());
  return cannot_keep(path, cause);
}

// -- the place of the damaged -------------------------------------------------

/// Ends a copy by SQLite's backup, in which the destination stays locked from
/// the first step on.
class replacement {
public:
  replacement(database& of, database& by)
    : raw_{sqlite3_backup_init(of.handle(), "main", by.handle(), "main")} {}
  replacement(const replacement&) = delete;
  replacement& operator=(const replacement&) = delete;
  ~replacement() {
    finish();
  }

  /// Locks the destination, and copies nothing yet: a SQLite result code.
  int lock() {
    return raw_ == nullptr ? SQLITE_ERROR : sqlite3_backup_step(raw_, 0);
  }

  bool copy() {
    return raw_ != nullptr && sqlite3_backup_step(raw_, -1) == SQLITE_DONE
           && finish() == SQLITE_OK;
  }

private:
  int finish() {
    return sqlite3_backup_finish(std::exchange(raw_, nullptr));
  }

  sqlite3_backup* raw_;
};

/// While it lives a connection reads schemas and sizes that look wrong.
class leniency {
public:
  explicit leniency(database& of) : of_{of} {
    of_.execute("PRAGMA writable_schema = ON");
  }
  leniency(const leniency&) = delete;
  leniency& operator=(const leniency&) = delete;
  ~leniency() {
    of_.execute("PRAGMA writable_schema = OFF");
  }

private:
  database& of_;
};

/// Empties a file whose first page is lost: nothing in it can be found.
caf::error empty(database& on) {
  sqlite3_db_config(on.handle(), SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  auto failed = on.execute("VACUUM");
  sqlite3_db_config(on.handle(), SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
  return failed;
}

} // namespace

namespace {

/// Copies what can be read of a damaged file into an empty database.
caf::expected<uint64_t> salvage(database& into, const std::string& damaged) {
  auto lenient = leniency{into};
  auto attach = into.prepare("ATTACH ? AS old");
  if (!attach)
    return std::move(attach.error());
  attach->bind(1, std::string_view{damaged});
  if (attach->step() != SQLITE_DONE)
    return into.failure();
  attach->reset();
  auto known = into.number("SELECT count(*) FROM old.sqlite_schema");
  auto result = known ? copy_tables(into) : std::move(known.error());
  into.execute("DETACH old");
  return result;
}

caf::expected<database> empty_ledger(const std::string& path) {
  auto fresh = database::temporary(path);
  if (!fresh)
    return fresh;
  // What is kept stays as it is.
  fresh->checkpoint_on_close(false);
  if (auto failed =
        fresh->execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = "
                       "OFF"))
    return failed;
  if (auto failed = migrate(*fresh))
    return failed;
  return fresh;
}

} // namespace

caf::expected<uint64_t> refill(database& fresh, const std::string& damaged) {
  auto found = empty_ledger(fresh.path());
  if (!found)
    return std::move(found.error());
  auto missing = salvage(*found, damaged);
  if (missing && !replacement{fresh, *found}.copy())
    return fresh.failure();
  return missing;
}

caf::expected<std::string> heal(database& on, caf::timespan patience,
                                wall_time now) {
  const auto& path = on.path();
  folder_lock lock{path, patience};
  if (!lock.held())
    return make_error(ec::storage_failed,
                      path
                        + " is damaged, and another process is busy with "
                          "it; it is looked at again");
  {
    auto other = database::open(path, patience);
    if (!other)
      return std::move(other.error());
    other->checkpoint_on_close(false);
    auto verdict = other->text("PRAGMA integrity_check(1)");
    if (verdict && *verdict == "ok")
      return path + " looked damaged and is sound again";
  }
  auto kept = new_name(path, now);
  if (auto failed = keep(on.handle(), SQLITE_FCNTL_FILE_POINTER, path, kept))
    return failed;
  if (auto failed =
        keep(on.handle(), SQLITE_FCNTL_JOURNAL_POINTER, path, kept + "-wal"))
    return failed;
  auto fresh = empty_ledger(path);
  if (!fresh)
    return std::move(fresh.error());
  auto lenient = leniency{on};
  auto told = path + " was damaged; its bytes are kept as " + kept;
  auto change = std::make_unique<replacement>(on, *fresh);
  auto locked = change->lock();
  if (locked == SQLITE_OK) {
    auto missing = salvage(*fresh, path);
    told += !missing ? ", and a fresh ledger was started, since nothing in it "
                       "can be read ("
                         + render(missing.error()) + ")"
            : *missing == 0 ? ", and all ledger rows could be read"
                            : ", and all ledger rows but about "
                                + std::to_string(*missing) + " could be read";
  } else if (trouble_of(locked) != trouble::damaged) {
    return make_error(ec::storage_failed,
                      path + " is damaged, and cannot be mended now ("
                        + sqlite3_errstr(locked) + "); it is tried again");
  } else {
    change.reset();
    if (auto failed = empty(on))
      return failed;
    change = std::make_unique<replacement>(on, *fresh);
    told += ", and a fresh ledger was started, since its first page is lost";
  }
  if (!change->copy())
    return make_error(ec::storage_failed,
                      told + "; but nothing could be put into its place ("
                        + on.detail() + "): look at the disk");
  return told;
}

} // namespace smart_agents::sqlite
