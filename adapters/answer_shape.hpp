#pragma once

#include "adapters/provider_codec.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How a real answer departs from what a codec expects: services change, and
/// codecs read them tolerantly, so that a change is seen here first.

namespace smart_agents {

/// The tiny request that `doctor --live` sends.
chat_request tiny_request(std::string model);

/// What is odd about one whole answer.
struct answer_shape {
  /// What the codec could not make sense of; empty when it understood.
  std::string broken;
  /// Fields that it reads and that are not there, as paths.
  std::vector<std::string> missing;
  /// Fields at the top that it has never seen, by name.
  std::vector<std::string> unknown;
  /// What it says, for people: text, tokens, finish reason.
  std::string summary;

  bool good() const {
    return broken.empty() && missing.empty();
  }
};

/// Looks at the body of a good answer to `tiny_request`.
answer_shape shape_of(const provider_codec& codec, std::string_view body);

} // namespace smart_agents
