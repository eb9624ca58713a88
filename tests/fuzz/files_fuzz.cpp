// What users write in files: the configuration, and skills.

#include "actors/coordinator/skill_file.hpp"
#include "messages/error.hpp"
#include "runtime/settings.hpp"
#include "tests/fuzz/target.hpp"

#include <optional>
#include <string>

namespace smart_agents {

namespace {

std::optional<std::string> only_home(std::string_view name) {
  if (name == "HOME")
    return "/home/fuzz";
  return std::nullopt;
}

void settings_from(std::string_view bytes) {
  settings_source source;
  auto parsed = parse_settings(bytes, "fuzz.json", only_home, source);
  if (!parsed) {
    fuzz::must(render(parsed.error()).find("fuzz.json") != std::string::npos,
               "an error names the file");
    return;
  }
  settings_source again;
  auto shown = show_settings(*parsed);
  auto second = parse_settings(shown, "shown.json", only_home, again);
  fuzz::must(static_cast<bool>(second), "what is shown can be loaded");
  fuzz::must(show_settings(*second) == shown, "and says the same");
}

} // namespace

FUZZ_TARGET(files) {
  settings_from(bytes);
  if (auto parsed = parse_skill(bytes, "fuzz.skill"); !parsed)
    fuzz::must(render(parsed.error()).find("fuzz.skill") != std::string::npos,
               "an error names the skill's file");
}

} // namespace smart_agents
