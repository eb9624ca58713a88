#include "adapters/sqlite/database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace smart_agents::sqlite {

namespace {

/// How many connections to which files there are, by SQLite's own name of them.
/// Of the whole process, as the locks are.
struct open_files {
  std::mutex mutex;
  std::map<std::string, int, std::less<>> count;
};

open_files& files_open_here() {
  static open_files all;
  return all;
}

/// The system's errno of what failed last in the file or its log, or 0.
int cause_of(sqlite3* x) {
  auto result = 0;
  for (auto which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* file = nullptr;
    if (result == 0
        && sqlite3_file_control(x, "main", which, &file) == SQLITE_OK
        && file != nullptr && file->pMethods != nullptr)
      file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &result);
  }
  return result;
}

std::string file_of(sqlite3* x) {
  const auto* name = sqlite3_db_filename(x, "main");
  return name ? name : "";
}

} // namespace

bool is_open_here(const std::string& path) {
  std::error_code none;
  auto name = std::filesystem::canonical(path, none).string();
  auto& all = files_open_here();
  std::lock_guard guard{all.mutex};
  return !none && all.count.contains(name);
}

trouble trouble_of(int code) {
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return trouble::locked;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB: return trouble::damaged;
  default: return trouble::other;
  }
}

caf::error explain(int code, const std::string& path, std::string_view detail) {
  auto say = [&](std::string_view cause, std::string_view remedy) {
    return make_error(ec::storage_failed, path + " " + std::string{cause} + " ("
                                            + std::string{detail}
                                            + "): " + std::string{remedy});
  };
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return say("is locked by another process",
               "end that process, or set another \"database\"");
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return say("is damaged", "smart-agents keeps its bytes and mends it, or "
                             "moves it aside when it is started again");
  case SQLITE_FULL:
    return say("cannot grow, the disk is full", "free some space");
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return say("cannot be written",
               "make the file and its folder writable for this user, or set "
               "another \"database\"");
  case SQLITE_CANTOPEN:
    return say("cannot be opened",
               "look at the owner and mode of the file and its folder, or set "
               "another \"database\"");
  case SQLITE_IOERR:
    return say("cannot be read or written",
               "look at the disk and the system's log");
  case SQLITE_NOMEM: return say("needs more memory", "free some memory");
  default: return say("failed", "look at the file and its disk");
  }
}

void statement::finalize::operator()(sqlite3_stmt* x) const {
  sqlite3_finalize(x);
}

// A failed bind (no memory, no such index) shows as a failed step or as NULL
// in a NOT NULL column, so the calls below need no result.

void statement::bind(int index, int64_t value) {
  sqlite3_bind_int64(raw_.get(), index, value);
}

void statement::bind(int index, double value) {
  sqlite3_bind_double(raw_.get(), index, value);
}

void statement::bind(int index, std::string_view value) {
  // An empty view may hold a null pointer, which SQLite would take for NULL.
  sqlite3_bind_text64(raw_.get(), index, value.empty() ? "" : value.data(),
                      value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void statement::bind_kept(int index, std::string_view value) {
  sqlite3_bind_text64(raw_.get(), index, value.empty() ? "" : value.data(),
                      value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void statement::bind(int index, const statement& from, int column) {
  sqlite3_bind_value(raw_.get(), index,
                     sqlite3_column_value(from.raw_.get(), column));
}

int statement::step() {
  return sqlite3_step(raw_.get());
}

void statement::reset() {
  sqlite3_reset(raw_.get());
  sqlite3_clear_bindings(raw_.get());
}

int64_t statement::integer(int column) const {
  return sqlite3_column_int64(raw_.get(), column);
}

double statement::real(int column) const {
  return sqlite3_column_double(raw_.get(), column);
}

std::string statement::text(int column) const {
  const auto* bytes = sqlite3_column_blob(raw_.get(), column);
  auto size = sqlite3_column_bytes(raw_.get(), column);
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

void database::close::operator()(sqlite3* x) const {
  auto name = file_of(x);
  sqlite3_close_v2(x);
  auto& all = files_open_here();
  std::lock_guard guard{all.mutex};
  if (auto i = all.count.find(name); i != all.count.end() && --i->second == 0)
    all.count.erase(i);
}

namespace {

// Who has a connection locks it, where he has to; a lock of SQLite's at each
// call would come on top.
constexpr int used_by_one = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

} // namespace

caf::expected<database> database::open(const std::string& path,
                                       caf::timespan busy_timeout) {
  sqlite3* raw = nullptr;
  auto code = sqlite3_open_v2(path.c_str(), &raw,
                              SQLITE_OPEN_READWRITE | used_by_one, nullptr);
  auto result = database{path, raw};
  if (raw) {
    auto& all = files_open_here();
    std::lock_guard guard{all.mutex};
    ++all.count[file_of(raw)];
  }
  if (code != SQLITE_OK)
    return explain(code, path, raw ? sqlite3_errmsg(raw) : "no memory");
  auto wait =
    std::chrono::duration_cast<std::chrono::milliseconds>(busy_timeout);
  sqlite3_busy_timeout(raw, static_cast<int>(wait.count()));
  if (sqlite3_db_readonly(raw, "main") == 1)
    return explain(SQLITE_READONLY, path, "read-only");
  return result;
}

caf::expected<database> database::temporary(const std::string& path) {
  sqlite3* raw = nullptr;
  auto code = sqlite3_open_v2(
    "", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | used_by_one,
    nullptr);
  auto result = database{path, raw};
  if (code != SQLITE_OK)
    return explain(code, path, "no room for a temporary file");
  return result;
}

caf::error database::execute(const std::string& sql) {
  if (sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr)
      != SQLITE_OK)
    return failure();
  return caf::none;
}

caf::expected<statement> database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &raw, nullptr)
      != SQLITE_OK)
    return failure();
  return statement{raw};
}

caf::expected<int64_t> database::number(std::string_view sql) {
  auto query = prepare(sql);
  if (!query)
    return std::move(query.error());
  switch (query->step()) {
  case SQLITE_ROW: return query->integer(0);
  case SQLITE_DONE: return 0;
  default: return failure();
  }
}

caf::expected<std::string> database::text(std::string_view sql) {
  auto query = prepare(sql);
  if (!query)
    return std::move(query.error());
  switch (query->step()) {
  case SQLITE_ROW: return query->text(0);
  case SQLITE_DONE: return std::string{};
  default: return failure();
  }
}

caf::error database::failure() {
  auto found = code();
  damaged_ = damaged_ || trouble_of(found) == trouble::damaged;
  auto said = detail();
  // SQLite knows a full disk by one error of several.
  if (auto primary = found & 0xff;
      primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) {
    auto cause = cause_of(raw_.get());
    if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG)
      found = SQLITE_FULL;
    else if (cause == EROFS || cause == EACCES || cause == EPERM)
      found = SQLITE_READONLY;
    if (cause != 0)
      said += ", " + std::generic_category().message(cause);
  }
  return explain(found, path_, said);
}

std::string database::detail() const {
  return sqlite3_errmsg(raw_.get());
}

int database::code() const {
  return sqlite3_extended_errcode(raw_.get());
}

void database::checkpoint_on_close(bool yes) {
  sqlite3_db_config(raw_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, yes ? 0 : 1,
                    nullptr);
}

caf::expected<transaction> transaction::begin(database& on) {
  if (auto failed = on.execute("BEGIN IMMEDIATE"))
    return failed;
  return transaction{on};
}

transaction::transaction(transaction&& other) noexcept
  : on_{std::exchange(other.on_, nullptr)} {}

transaction::~transaction() {
  if (on_)
    on_->execute("ROLLBACK");
}

caf::error transaction::commit() {
  auto failed = on_->execute("COMMIT");
  if (!failed)
    on_ = nullptr;
  return failed;
}

} // namespace smart_agents::sqlite
