#pragma once

#include <string>
#include <string_view>

namespace smart_agents {

/// Begins every client key of ours.
inline constexpr std::string_view client_key_prefix = "sk-sa-";

/// A new client key: the prefix and 256 random bits. Throws when the system has
/// no randomness.
std::string make_client_key();

/// SHA-256 in lower-case hexadecimal. Good for secrets that are random and
/// long, as keys are, and not for passwords.
std::string sha256_hex(std::string_view text);

/// True for 64 lower-case hexadecimal digits.
bool is_sha256_hex(std::string_view text);

} // namespace smart_agents
