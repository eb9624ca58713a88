#pragma once

#include "adapters/ledger_store.hpp"
#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/lease_tables.hpp"
#include "adapters/sqlite/rollup.hpp"

#include <mutex>
#include <optional>

namespace smart_agents::sqlite {

/// The ledger in a SQLite file in WAL mode: several processes may write, and
/// readers do not wait for them. A commit is on the disk when `append` returns.
class ledger_store : public smart_agents::ledger_store {
public:
  /// Takes a database whose schema is up to date.
  static caf::expected<std::unique_ptr<ledger_store>> make(database on);

  ~ledger_store() override;

  caf::error append(const ledger_batch& batch) override;

  void live(const std::string& owner) override;

  caf::expected<std::vector<lease_grant>>
  lease(const std::string& owner, const std::vector<lease_ask>& asks,
        lease_clock now) override;

  caf::expected<std::vector<usage_sum>> sum(wall_time since,
                                            const std::string& by) override;

  std::string path() const override;

private:
  struct statements {
    statement known;
    statement insert;
    statement confirm;
  };

  ledger_store(database on, statements all, lease_tables leases, rollup sums);

  caf::error write(const ledger_batch& batch);
  caf::expected<std::vector<lease_grant>>
  grant(const std::string& owner, const std::vector<lease_ask>& asks,
        lease_clock now);
  /// The error, or what was done about it where the file is damaged: it is
  /// mended, and whoever asks again finds it sound.
  caf::error see_to(caf::error why);
  caf::error insert(const ledger_row& row);
  caf::error sign_of_life(const std::string& writer, uint64_t batch,
                          int64_t steady);

  std::mutex mutex_;
  /// Held while the database closes: the last to close empties the log.
  std::optional<folder_lock> closing_;
  // Before the statements, which must go first.
  database on_;
  statements all_;
  lease_tables leases_;
  rollup rollup_;
};

} // namespace smart_agents::sqlite
