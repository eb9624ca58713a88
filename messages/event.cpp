#include "messages/event.hpp"

#include <array>

namespace smart_agents {

std::string to_string(event::kind x) {
  static constexpr std::array names{
    "decided", "failed_over", "answered", "gave_up", "circuit",
    "quota",   "restarted",   "storage",  "step",    "job",
  };
  auto index = static_cast<size_t>(x);
  return index < names.size() ? names[index] : "unknown";
}

} // namespace smart_agents
