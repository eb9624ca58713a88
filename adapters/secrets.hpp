#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace smart_agents {

/// Begins every client key of ours.
inline constexpr std::string_view client_key_prefix = "sk-sa-";

/// A new client key: the prefix and 256 random bits. Throws when the system has
/// no randomness.
std::string make_client_key();

using sha256_digest = std::array<unsigned char, 32>;

/// Good for secrets that are random and long, as keys are, and not for
/// passwords. Throws when the system has no SHA-256.
sha256_digest sha256(std::string_view text);

/// The same in lower-case hexadecimal.
std::string sha256_hex(std::string_view text);

/// What `sha256_hex` wrote; nothing for any other text.
std::optional<sha256_digest> parse_sha256_hex(std::string_view text);

/// True for 64 lower-case hexadecimal digits.
bool is_sha256_hex(std::string_view text);

} // namespace smart_agents
