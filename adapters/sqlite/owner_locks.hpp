#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace smart_agents::sqlite {

/// Tells whether the processes that share a ledger live. Each locks one byte of
/// `LEDGER-owners`, chosen by its name; the kernel lets go of it when the
/// process ends, however it ends, and not before. An open file description
/// lock (fcntl(2), F_OFD_SETLK), since a process loses its plain ones with the
/// first descriptor that it closes. Not thread-safe.
class owner_locks {
public:
  /// For the ledger at `ledger`. Where the file cannot be made nobody is known
  /// to live.
  explicit owner_locks(const std::string& ledger);
  owner_locks(const owner_locks&) = delete;
  owner_locks& operator=(const owner_locks&) = delete;
  ~owner_locks();

  /// `owner` lives until this is destroyed or the process ends.
  void live(const std::string& owner);

  /// True when `owner` certainly lives; false when it is dead, or nothing is
  /// known of it.
  bool lives(const std::string& owner) const;

private:
  int fd_;
  std::set<std::string, std::less<>> ours_;
};

} // namespace smart_agents::sqlite
