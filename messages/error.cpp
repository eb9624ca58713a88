#include "messages/error.hpp"

#include <caf/deep_to_string.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

#include <array>

namespace smart_agents {

namespace {

constexpr std::array names{
  "none",           "bad_input",   "bad_config",        "not_found",
  "storage_failed", "io_failed",   "deadline_exceeded", "shutting_down",
  "overloaded",     "unsupported",
};

} // namespace

std::string to_string(ec x) {
  auto index = static_cast<size_t>(x);
  return index < names.size() ? names[index] : "unknown";
}

caf::error make_error(ec code, std::string message) {
  return caf::make_error(code, std::move(message));
}

#if CAF_MAJOR_VERSION == 0

std::string render(const caf::error& x) {
  if (!x)
    return "none";
  if (x.category() != caf::atom("sagents"))
    return to_string(x);
  auto text = to_string(static_cast<ec>(x.code()));
  if (x.context().match_elements<std::string>())
    return text + ": " + x.context().get_as<std::string>(0);
  return text;
}

#else

std::string render(const caf::error& x) {
  if (!x)
    return "none";
  auto view = caf::make_const_typed_message_view<std::string>(x.context());
  return view ? to_string(x.code()) + ": " + caf::get<0>(view) : to_string(x);
}

bool from_string(std::string_view name, ec& x) {
  for (size_t i = 0; i < names.size(); ++i)
    if (name == names[i])
      return from_integer(static_cast<uint8_t>(i), x);
  return false;
}

bool from_integer(uint8_t value, ec& x) {
  if (value >= names.size())
    return false;
  x = static_cast<ec>(value);
  return true;
}

#endif

} // namespace smart_agents
