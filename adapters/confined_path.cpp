#include "adapters/confined_path.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace smart_agents {

namespace {

namespace fs = std::filesystem;

/// A descriptor that closes itself.
class descriptor {
public:
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const {
    return fd_;
  }

  /// Names the open file itself, wherever its path leads by now.
  std::string name() const {
    return "/proc/self/fd/" + std::to_string(fd_);
  }

private:
  int fd_;
};

bool climbs(const fs::path& path) {
  return std::find(path.begin(), path.end(), "..") != path.end();
}

bool is_below(const fs::path& path, const fs::path& folder) {
  auto [end, rest] =
    std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

/// The real paths of those folders that are there.
std::vector<fs::path> real_folders(const std::vector<std::string>& folders) {
  std::vector<fs::path> result;
  for (const auto& folder : folders) {
    std::error_code bad;
    auto real = fs::canonical(folder, bad);
    // "/a/" has an empty last part, which nothing is below.
    if (!bad)
      result.push_back(real.has_filename() ? real : real.parent_path());
  }
  return result;
}

caf::error refused(const std::string& path, const std::string& why) {
  return make_error(ec::bad_input, "file '" + path + "': " + why);
}

caf::error io_error(const std::string& path, int code) {
  return make_error(ec::io_failed, "file '" + path + "': "
                                     + std::generic_category().message(code));
}

caf::expected<std::string> read_all(int fd, const std::string& path,
                                    uint64_t max_bytes) {
  std::string result;
  std::string piece(65536, '\0');
  for (;;) {
    auto n = ::read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return io_error(path, errno);
    if (n == 0)
      return result;
    result.append(piece.data(), static_cast<size_t>(n));
    if (result.size() > max_bytes)
      return refused(path, "is larger than the " + std::to_string(max_bytes)
                             + " bytes that may be read; name a smaller one");
  }
}

/// Opened for its identity alone, which has no effect on devices and pipes;
/// read only once it is known to be one of ours.
caf::expected<confined_file> read_at(const fs::path& at,
                                     const std::string& path,
                                     const std::vector<fs::path>& folders,
                                     uint64_t max_bytes) {
  descriptor found{::open(at.c_str(), O_PATH | O_CLOEXEC)};
  if (found.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return make_error(ec::not_found, "file '" + path + "' does not exist");
    return io_error(path, errno);
  }
  std::error_code bad;
  auto real = fs::read_symlink(found.name(), bad);
  if (bad)
    return io_error(path, bad.value());
  auto ours = std::any_of(folders.begin(), folders.end(),
                          [&](const auto& x) { return is_below(real, x); });
  if (!ours)
    return refused(path, "is outside the folders that may be read");
  struct stat what {};
  if (::fstat(found.get(), &what) != 0)
    return io_error(path, errno);
  if (!S_ISREG(what.st_mode))
    return refused(path, "is not an ordinary file");
  descriptor open{::open(found.name().c_str(), O_RDONLY | O_CLOEXEC)};
  if (open.get() < 0)
    return io_error(path, errno);
  auto bytes = read_all(open.get(), path, max_bytes);
  if (!bytes)
    return bytes.error();
  return confined_file{real.string(), std::move(*bytes)};
}

int hex(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

caf::expected<confined_file>
read_confined(const std::string& path, const std::vector<std::string>& folders,
              uint64_t max_bytes) {
  if (path.empty() || path.find('\0') != std::string::npos)
    return refused(path, "is no path");
  fs::path wanted{path};
  if (climbs(wanted))
    return refused(path, "must not contain '..'");
  auto real = real_folders(folders);
  if (real.empty())
    return refused(path, "no folder may be read; name one");
  if (wanted.is_absolute())
    return read_at(wanted, path, real, max_bytes);
  for (const auto& folder : real) {
    auto result = read_at(folder / wanted, path, real, max_bytes);
    if (result || result.error() != ec::not_found)
      return result;
  }
  return make_error(ec::not_found, "file '" + path + "' does not exist");
}

caf::expected<std::string> path_of_file_uri(std::string_view uri) {
  constexpr std::string_view scheme = "file://";
  auto bad = [uri](const char* why) {
    return make_error(ec::bad_input, "'" + std::string{uri} + "': " + why);
  };
  if (!uri.starts_with(scheme))
    return bad("is not a file:// URI");
  auto rest = uri.substr(scheme.size());
  if (rest.starts_with("localhost/"))
    rest.remove_prefix(std::string_view{"localhost"}.size());
  if (!rest.starts_with('/'))
    return bad("names another host");
  std::string result;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '?' || rest[i] == '#')
      break;
    if (rest[i] != '%') {
      result += rest[i];
      continue;
    }
    auto high = i + 2 < rest.size() ? hex(rest[i + 1]) : -1;
    auto low = i + 2 < rest.size() ? hex(rest[i + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0)
      return bad("has a wrong escape");
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

} // namespace smart_agents
