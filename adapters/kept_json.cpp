#include "adapters/kept_json.hpp"

#include "messages/error.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace smart_agents {

namespace json = boost::json;

namespace {

std::string folder_of(const std::string& path) {
  auto folder = std::filesystem::path{path}.parent_path().string();
  return folder.empty() ? "." : folder;
}

} // namespace

kept_json::kept_json(std::string path, std::string what)
  : path_{std::move(path)}, what_{std::move(what)} {}

caf::error kept_json::trouble(const std::string& why) const {
  return make_error(ec::storage_failed,
                    path_ + ": " + why + "; " + what_ + " is not kept");
}

caf::expected<json::object> kept_json::read() const {
  std::ifstream in{path_, std::ios::binary};
  if (!in)
    return json::object{};
  std::ostringstream text;
  text << in.rdbuf();
  json::error_code bad;
  auto parsed = json::parse(text.str(), bad);
  if (bad || !parsed.is_object())
    return trouble("not a JSON object; remove it");
  return std::move(parsed.get_object());
}

caf::error kept_json::write(const json::object& x) const {
  // The name is this process's own.
  auto draft = path_ + "." + std::to_string(::getpid());
  std::error_code error;
  {
    std::ofstream file{draft, std::ios::binary | std::ios::trunc};
    file << json::serialize(x) << '\n';
    if (!file.flush()) {
      std::filesystem::remove(draft, error);
      return trouble("cannot be written");
    }
  }
  std::filesystem::rename(draft, path_, error);
  if (error)
    return trouble(error.message());
  return {};
}

// A lock on the file itself would stay with the old one, which a write removes;
// its folder stays.
kept_json::turn::turn(const kept_json& of)
  : file_{
    ::open(folder_of(of.path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {
  if (file_ >= 0)
    ::flock(file_, LOCK_EX);
}

kept_json::turn::~turn() {
  if (file_ >= 0)
    ::close(file_);
}

} // namespace smart_agents
