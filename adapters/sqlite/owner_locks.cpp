#include "adapters/sqlite/owner_locks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace smart_agents::sqlite {

namespace {

/// One name for a file, by whatever links it is reached: SQLite resolves them
/// too.
std::string lock_file(const std::string& ledger) {
  std::error_code none;
  auto path = std::filesystem::canonical(ledger, none);
  return (none ? ledger : path.string()) + "-owners";
}

/// The byte that stands for a name: FNV-1a
/// (https://datatracker.ietf.org/doc/draft-eastlake-fnv/), within the range of
/// file offsets.
off_t byte_of(const std::string& owner) {
  uint64_t hash = 14695981039346656037u;
  for (auto x : owner)
    hash = (hash ^ static_cast<unsigned char>(x)) * 1099511628211u;
  return static_cast<off_t>(hash >> 2);
}

struct flock lock_of(const std::string& owner) {
  struct flock result {};
  result.l_type = F_WRLCK;
  result.l_whence = SEEK_SET;
  result.l_start = byte_of(owner);
  result.l_len = 1;
  return result;
}

} // namespace

owner_locks::owner_locks(const std::string& ledger)
  : fd_{::open(lock_file(ledger).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)} {
}

owner_locks::~owner_locks() {
  if (fd_ >= 0)
    ::close(fd_);
}

void owner_locks::live(const std::string& owner) {
  if (ours_.count(owner) != 0)
    return;
  auto lock = lock_of(owner);
  // Tried again the next time when it fails; until then signs of life must do.
  if (fd_ >= 0 && ::fcntl(fd_, F_OFD_SETLK, &lock) == 0)
    ours_.insert(owner);
}

bool owner_locks::lives(const std::string& owner) const {
  // Our own locks do not stand in our way, so the kernel would not tell them.
  if (ours_.count(owner) != 0)
    return true;
  auto lock = lock_of(owner);
  return fd_ >= 0 && ::fcntl(fd_, F_OFD_GETLK, &lock) == 0
         && lock.l_type != F_UNLCK;
}

} // namespace smart_agents::sqlite
