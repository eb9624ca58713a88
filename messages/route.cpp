#include "messages/route.hpp"

#include <array>

namespace smart_agents {

namespace {

constexpr std::array<const char*, 7> names{
  "text", "code", "reasoning", "creative", "image", "audio", "video",
};

} // namespace

std::string to_string(task_type x) {
  auto index = static_cast<size_t>(x);
  return index < names.size() ? names[index] : "unknown";
}

std::optional<task_type> parse_task_type(std::string_view name) {
  for (size_t i = 0; i < names.size(); ++i)
    if (name == names[i])
      return static_cast<task_type>(i);
  return std::nullopt;
}

} // namespace smart_agents
