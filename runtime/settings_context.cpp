#include "runtime/settings_context.hpp"

#include "messages/error.hpp"
#include "runtime/settings_keys.hpp"

#include <filesystem>

namespace smart_agents {

namespace fs = std::filesystem;

caf::error settings_context::bad(const std::string& place,
                                 const std::string& what) const {
  return make_error(ec::bad_config, place + ": " + what);
}

caf::error settings_context::at(const option_table::complaint& x) const {
  return x.path.empty() ? bad(origin, x.what)
                        : bad(origin + ": " + x.path, x.what);
}

std::optional<std::string>
settings_context::variable(const std::string& name) const {
  auto value = env(name);
  return value && !value->empty() ? value : std::nullopt;
}

std::string settings_context::expand(const std::string& path) const {
  if (path.rfind("~/", 0) == 0)
    if (auto home = variable("HOME"))
      return *home + path.substr(1);
  if (fs::path{path}.is_relative() && !source.path.empty())
    return (fs::path{source.path}.parent_path() / path).string();
  return path;
}

caf::expected<std::string>
settings_context::key_in_file(const std::string& place,
                              const std::string& name) const {
  return read_key_file(origin + ": " + place, expand(name));
}

caf::expected<std::string>
settings_context::key_in(const std::string& variable,
                         const std::string& value) const {
  return clean_key("environment variable " + variable, value);
}

bool zone_exists(const std::string& name) {
  if (name == "UTC")
    return true;
  std::error_code ignored;
  return !name.empty() && name.front() != '/'
         && name.find("..") == std::string::npos
         && fs::is_regular_file("/usr/share/zoneinfo/" + name, ignored);
}

} // namespace smart_agents
