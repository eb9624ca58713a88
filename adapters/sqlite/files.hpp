#pragma once

#include "messages/dialect.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include <string>

namespace smart_agents::sqlite {

/// Makes missing folders (mode 0700) and the file itself (0600, empty). Fails
/// with `ec::storage_failed`.
caf::error make_file(const std::string& path);

/// Says what is wrong with a file that SQLite itself might take or, worse,
/// repair by throwing data away: shorter than its header says, or empty beside
/// a write-ahead log. Empty when nothing is.
std::string damage(const std::string& path);

/// A name that is free: `path.corrupt-YYYYMMDD-HHMMSS` (UTC), or its like.
std::string new_name(const std::string& path, wall_time now);

/// Renames `path`, `path-wal` and `path-shm` to `new_name` and its like;
/// never onto something that exists. Returns the new name of the
/// first. Fails with `ec::storage_failed`.
caf::expected<std::string> move_aside(const std::string& path, wall_time now);

/// Holds an advisory lock on a file's folder while a ledger in it is opened or
/// closed: only then may its parts be in a state that looks damaged, and only
/// one of several processes may move a damaged one aside. Waits for others at
/// most `patience`, then goes on without it: a process that hangs must not keep
/// the rest from starting.
class folder_lock {
public:
  folder_lock(const std::string& path, caf::timespan patience);
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;
  ~folder_lock();

  bool held() const {
    return held_;
  }

private:
  int fd_;
  bool held_ = false;
};

} // namespace smart_agents::sqlite
