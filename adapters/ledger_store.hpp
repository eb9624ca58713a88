#pragma once

#include "messages/dialect.hpp"
#include "messages/storage.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

/// An owner of leases who has not been heard of for so long, and of whom the
/// store does not know that it lives, is taken for dead, and what it held for
/// spent.
inline constexpr caf::timespan lease_silence = std::chrono::minutes{1};

/// Where the ledger is kept. Blocking: only detached actors call it, and start
/// and stop of the program. Thread-safe: one call at a time, others wait.
class ledger_store {
public:
  virtual ~ledger_store() = default;

  /// Appends all rows and changes of leases, or none. A batch that its writer
  /// had appended before is taken for granted and not appended again. Fails
  /// with `ec::storage_failed`: cause, file and remedy.
  virtual caf::error append(const ledger_batch& batch) = 0;

  /// `owner` lives from now on until this store is closed or the process ends:
  /// nobody takes it for dead, however long it is silent, so it may spend what
  /// it holds at any time. Where that cannot be made known to others they judge
  /// by signs of life only. Cheap when repeated.
  virtual void live(const std::string& owner) = 0;

  /// Grants leases, each so that spent + all leases stay within its limit, and
  /// counts as spent what an owner that is taken for dead (`lease_silence`)
  /// still held. Asks that only look change nothing. All or none. Fails with
  /// `ec::storage_failed`.
  virtual caf::expected<std::vector<lease_grant>>
  lease(const std::string& owner, const std::vector<lease_ask>& asks,
        lease_clock now) = 0;

  /// Sums over the rows since an instant, ordered by group. Fails with
  /// `ec::storage_failed`, or `ec::bad_input` for an unknown group.
  virtual caf::expected<std::vector<usage_sum>> sum(wall_time since,
                                                    const std::string& by) = 0;

  /// For messages.
  virtual std::string path() const = 0;
};

/// A store, ready for use.
struct opened_ledger {
  std::unique_ptr<ledger_store> store;
  /// Not empty when people should know what happened while opening: a damaged
  /// file was moved aside and a fresh one started.
  std::string note;
};

/// How a SQLite ledger is opened.
struct sqlite_options {
  /// How long a call waits for a lock that another process holds.
  caf::timespan busy_timeout = std::chrono::seconds{5};
  /// Largest size of the file in pages of 4 KiB; 0 leaves it to the disk.
  uint32_t max_pages = 0;
};

/// Opens or creates the SQLite ledger at `path`; missing folders are made with
/// mode 0700, the file with 0600. A damaged file is moved aside, together with
/// its write-ahead log, as `PATH.corrupt-YYYYMMDD-HHMMSS` (UTC), never
/// overwritten, and a fresh one started; `note` says so. Fails with
/// `ec::storage_failed`, naming file and remedy, when the file is locked for
/// longer than `busy_timeout`, cannot be written, is another program's
/// database, or was written by a newer version of this one; it is then left
/// as it was.
caf::expected<opened_ledger>
open_sqlite_ledger(const std::string& path, const sqlite_options& options = {});

} // namespace smart_agents
