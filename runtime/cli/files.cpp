#include "runtime/cli/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace smart_agents::cli {

caf::error cannot(std::string_view what, const std::filesystem::path& path) {
  return make_error(ec::bad_config, "cannot " + std::string{what} + " "
                                      + path.string() + ": "
                                      + std::generic_category().message(errno));
}

caf::error write_file(const std::filesystem::path& path,
                      std::string_view text) {
  auto draft = path;
  draft += ".new";
  int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);
  if (file < 0)
    return cannot("write", draft);
  auto whole = true;
  while (whole && !text.empty()) {
    auto put = write(file, text.data(), text.size());
    whole = put > 0;
    if (whole)
      text.remove_prefix(static_cast<size_t>(put));
  }
  whole = fsync(file) == 0 && whole;
  whole = close(file) == 0 && whole;
  if (!whole || rename(draft.c_str(), path.c_str()) != 0) {
    auto error = cannot("write", path);
    unlink(draft.c_str());
    return error;
  }
  return {};
}

} // namespace smart_agents::cli
