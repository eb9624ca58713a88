#include "runtime/settings_keys.hpp"

#include "messages/error.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

namespace smart_agents {

namespace {

caf::error bad(const std::string& place, const std::string& what) {
  return make_error(ec::bad_config, place + ": " + what);
}

} // namespace

caf::expected<std::string> clean_key(const std::string& from,
                                     std::string_view value) {
  auto first = value.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return bad(from, "holds no key");
  value = value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
  // It becomes a header: a line break in it would be another header.
  if (std::any_of(value.begin(), value.end(),
                  [](char c) { return c <= ' ' || c == '\x7f'; }))
    return bad(from, "holds blanks, control characters or letters beyond "
                     "ASCII, so it is no key");
  return std::string{value};
}

caf::expected<std::string> read_key_file(const std::string& place,
                                         const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
    return bad(place, "there is no file " + path);
  if ((info.st_mode & 077) != 0)
    return bad(place, path + " can be read by others: chmod 600 " + path);
  std::ifstream in{path};
  std::string text(65536, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof()))
    return bad(place, "cannot read " + path);
  text.resize(static_cast<size_t>(in.gcount()));
  return clean_key(path, text);
}

} // namespace smart_agents
