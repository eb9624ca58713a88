#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents {

/// A client's key as it is kept: its hash alone.
struct client_key_record {
  std::string name;
  /// `sha256_hex` of the key.
  std::string digest;
  /// Models that it may ask for, as patterns; empty allows all.
  std::vector<std::string> models;
  /// Its limits as users write them: `5usd/day`.
  std::vector<std::string> limits;
  /// Requests at once; 0 for no limit of its own.
  uint32_t max_concurrent = 0;
  wall_time created_at{};
  std::optional<wall_time> revoked_at;
};

/// Where client keys are kept. Blocking; for the command line and for start and
/// reload of the program. One thread at a time.
class key_store {
public:
  virtual ~key_store() = default;

  /// Adds a key. Fails with `ec::bad_input` when a key of that name is there
  /// that is not revoked, else with `ec::storage_failed`.
  virtual caf::error add(const client_key_record& key) = 0;

  /// Revokes a key by name. Fails with `ec::not_found`.
  virtual caf::error revoke(const std::string& name, wall_time now) = 0;

  /// All keys, revoked ones included, oldest first.
  virtual caf::expected<std::vector<client_key_record>> list() = 0;
};

/// The file of the keys that belong to a ledger: beside it.
std::string key_store_path(const std::string& database);

/// Opens or creates the SQLite file at `path`; folders 0700, file 0600. Fails
/// with `ec::storage_failed`.
caf::expected<std::unique_ptr<key_store>>
open_key_store(const std::string& path);

} // namespace smart_agents
