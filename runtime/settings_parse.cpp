#include "messages/error.hpp"
#include "runtime/settings_json.hpp"
#include "runtime/settings_reader.hpp"
#include "runtime/settings_table.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace smart_agents {

namespace {

namespace fs = std::filesystem;

caf::expected<settings> parse(std::string_view json, const std::string& origin,
                              const environment& env, settings_source& source,
                              bool trusted) {
  auto value = parse_config_json(json, origin);
  if (!value)
    return value.error();
  const auto* object = value->if_object();
  if (object == nullptr)
    return make_error(ec::bad_config, origin + ": must be an object, not "
                                        + option_table::kind_name(*value));
  return read_settings(object, origin, env, source, trusted);
}

} // namespace

caf::expected<settings> parse_settings(std::string_view json,
                                       const std::string& origin,
                                       const environment& env,
                                       settings_source& source) {
  return parse(json, origin, env, source, true);
}

std::string user_settings_path(const environment& env) {
  auto base = env("XDG_CONFIG_HOME").value_or("");
  if (base.empty())
    if (auto home = env("HOME"); home && !home->empty())
      base = *home + "/.config";
  return base.empty() ? base : base + "/smart-agents/smart-agents.json";
}

caf::expected<settings> load_settings(const std::string& path,
                                      const environment& env,
                                      settings_source& source) {
  constexpr uint64_t largest = 4u << 20;
  std::vector<std::string> places;
  if (!path.empty()) {
    places.push_back(path);
  } else {
    places.emplace_back("smart-agents.json");
    if (auto own = user_settings_path(env); !own.empty())
      places.push_back(std::move(own));
  }
  for (const auto& place : places) {
    std::error_code error;
    auto status = fs::status(place, error);
    if (!fs::exists(status) && path.empty())
      continue;
    if (!fs::exists(status))
      return make_error(ec::bad_config, place + ": there is no such file");
    if (!fs::is_regular_file(status) && !fs::is_fifo(status))
      return make_error(ec::bad_config, place + ": is not a file");
    if (fs::is_regular_file(status) && fs::file_size(place, error) > largest)
      return make_error(ec::bad_config, place + ": is larger than 4 MB");
    std::ifstream in{place, std::ios::binary};
    std::stringstream text;
    text << in.rdbuf();
    if (!in)
      return make_error(ec::bad_config, place + ": cannot be read");
    source.path = place;
    auto named = !path.empty() || &place != &places.front();
    return parse(text.str(), place, env, source, named);
  }
  static const std::string origin = "environment";
  return read_settings(nullptr, origin, env, source, true);
}

} // namespace smart_agents
