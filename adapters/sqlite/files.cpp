#include "adapters/sqlite/files.hpp"

#include "adapters/sqlite/database.hpp"
#include "messages/error.hpp"

#include <date/date.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>

namespace fs = std::filesystem;

namespace smart_agents::sqlite {

namespace {

caf::error failed(const std::string& what, int cause) {
  return make_error(ec::storage_failed,
                    what + ": " + std::generic_category().message(cause)
                      + "; look at the owner and mode of the folder, or set "
                        "another \"database\"");
}

fs::path folder_of(const std::string& path) {
  auto folder = fs::path{path}.parent_path();
  return folder.empty() ? fs::path{"."} : folder;
}

uint64_t size_of(const std::string& path) {
  std::error_code none;
  auto size = fs::file_size(path, none);
  return none ? 0 : size;
}

uint32_t big_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (auto byte : bytes)
    value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

/// Renames without ever replacing: 0, or errno.
int rename_to_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                  RENAME_NOREPLACE)
      == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  // The file system cannot do it in one step; the folder is locked by us.
  if (::access(to.c_str(), F_OK) == 0)
    return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

} // namespace

caf::error make_file(const std::string& path) {
  std::deque<fs::path> missing;
  for (auto folder = folder_of(path); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (::access(folder.c_str(), F_OK) == 0)
      break;
    missing.push_front(folder);
  }
  // One by one, since create_directories takes no mode.
  for (const auto& folder : missing)
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      return failed("the folder " + folder.string() + " cannot be made", errno);
  // Closing it would take away the locks of those who have it open here.
  if (is_open_here(path))
    return caf::none;
  auto fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return failed(path + " cannot be opened for writing", errno);
  struct stat about {};
  auto regular = ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  ::close(fd);
  if (!regular)
    return make_error(ec::storage_failed,
                      path + " is no regular file: set another \"database\"");
  return caf::none;
}

std::string damage(const std::string& path) {
  // Somebody here uses it, so it was looked at before.
  if (is_open_here(path))
    return {};
  // Other processes may be writing: what is read of the file counts only if
  // its log was empty before and still is.
  auto log_before = size_of(path + "-wal");
  auto size = size_of(path);
  // SQLite deletes the log of an empty file, and the rows in it with it.
  if (size == 0)
    return log_before == 0 ? ""
                           : "the file is empty, its write-ahead log is not";
  if (log_before != 0)
    return {}; // The file may rightly be shorter: the log has the rest.
  // https://www.sqlite.org/fileformat2.html, section 1.3: page size at 16,
  // change counter at 24, page count at 28, and at 92 the change counter for
  // which the count is valid; big-endian.
  std::array<char, 100> head{};
  std::ifstream file{path, std::ios::binary};
  if (!file.read(head.data(), head.size()))
    return "the file is shorter than its header";
  auto bytes = std::string_view{head.data(), head.size()};
  if (!bytes.starts_with("SQLite format 3"))
    return "the file is not a database";
  uint64_t page = big_endian(bytes.substr(16, 2));
  if (page == 1)
    page = 65536;
  auto pages = big_endian(bytes.substr(28, 4));
  size = size_of(path);
  if (bytes.substr(24, 4) == bytes.substr(92, 4) && size < pages * page
      && size_of(path + "-wal") == 0)
    return "the file is cut off: " + std::to_string(size) + " of "
           + std::to_string(pages * page) + " bytes are there";
  return {};
}

std::string new_name(const std::string& path, wall_time now) {
  auto stem = path + ".corrupt-"
              + date::format("%Y%m%d-%H%M%S",
                             std::chrono::floor<std::chrono::seconds>(now));
  auto name = stem;
  for (int i = 2; ::access(name.c_str(), F_OK) == 0; ++i)
    name = stem + "-" + std::to_string(i);
  return name;
}

caf::expected<std::string> move_aside(const std::string& path, wall_time now) {
  auto name = new_name(path, now);
  if (auto cause = rename_to_new(path, name); cause != 0)
    return failed(path + " is damaged and cannot be moved aside", cause);
  for (const auto* suffix : {"-wal", "-shm"})
    if (auto rest = rename_to_new(path + suffix, name + suffix);
        rest != 0 && rest != ENOENT)
      return failed(path + suffix + " cannot be moved aside", rest);
  return name;
}

folder_lock::folder_lock(const std::string& path, caf::timespan patience)
  : fd_{::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {
  constexpr auto pause = std::chrono::milliseconds{2};
  auto until = std::chrono::steady_clock::now() + patience;
  // flock itself knows no limit of time.
  while (fd_ >= 0 && !(held_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0)
         && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(pause);
}

folder_lock::~folder_lock() {
  if (fd_ >= 0)
    ::close(fd_);
}

} // namespace smart_agents::sqlite
