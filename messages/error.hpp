#pragma once

#include "messages/dialect.hpp"
#include "messages/fwd.hpp"

#include <caf/error.hpp>

#if CAF_MAJOR_VERSION >= 1
#  include <caf/default_enum_inspect.hpp>
#  include <caf/is_error_code_enum.hpp>
#endif

#include <cstdint>
#include <string>
#include <string_view>

namespace smart_agents {

/// Why something of ours could not be done. What a provider did wrong is a
/// `failure` (messages/failure.hpp), not an error.
enum class ec : uint8_t {
  /// Not an error.
  none,
  /// Input from outside is wrong; the context names what and where.
  bad_input,
  /// A file, key or value of the configuration is wrong.
  bad_config,
  /// Something that was named does not exist.
  not_found,
  /// The store cannot be read or written.
  storage_failed,
  /// A file or socket operation failed.
  io_failed,
  /// The deadline passed.
  deadline_exceeded,
  /// The service is stopping and takes no more work.
  shutting_down,
  /// More work is waiting than we take; ask again later.
  overloaded,
  /// The target format cannot carry what was asked.
  unsupported,
};

std::string to_string(ec x);

/// Renders any error, ours or CAF's, for a log line or an API reply: the code
/// for CAF's own, for ours the context in plain words.
std::string render(const caf::error& x);

/// Makes an error of ours with a sentence for people.
caf::error make_error(ec code, std::string message);

#if CAF_MAJOR_VERSION >= 1
bool from_string(std::string_view name, ec& x);
bool from_integer(uint8_t value, ec& x);

template <class Inspector>
bool inspect(Inspector& f, ec& x) {
  return caf::default_enum_inspect(f, x);
}
#endif

} // namespace smart_agents

#if CAF_MAJOR_VERSION == 0
CAF_ERROR_CODE_ENUM(smart_agents::ec, "sagents")
#else
CAF_ERROR_CODE_ENUM(smart_agents::ec)
#endif
