#pragma once

#include "messages/dialect.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace smart_agents {

/// Gives texts away to be kept by somebody who may neither read nor change
/// them, and knows them again (AES-256-GCM, with a key of this object's own).
class text_sealer {
public:
  /// A fresh random key.
  text_sealer();

  /// A text for anybody to keep: letters, digits, `-` and `_`. It opens until
  /// `until` and only for the same `purpose`.
  std::string seal(std::string_view text, std::string_view purpose,
                   wall_time until) const;

  /// The text, or nothing when it was changed, is too old or was sealed by
  /// another, or for another purpose.
  std::optional<std::string>
  open(std::string_view sealed, std::string_view purpose, wall_time now) const;

private:
  std::array<unsigned char, 32> key_{};
};

/// `bytes` random bytes in hexadecimal: what nobody can guess.
std::string random_name(size_t bytes = 16);

} // namespace smart_agents
