#include "runtime/settings.hpp"

#include <cstdlib>

namespace smart_agents {

environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
    if (const char* value = std::getenv(std::string{name}.c_str()))
      return value;
    return std::nullopt;
  };
}

} // namespace smart_agents
