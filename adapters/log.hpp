#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <string_view>

namespace smart_agents {

/// What the log looks like.
struct log_options {
  /// `trace`, `debug`, `info`, `warn`, `error`, `off`.
  std::string level = "info";
  /// One JSON object a line instead of text.
  bool json = false;
  /// Colours; `automatic` means on a terminal without NO_COLOR.
  enum class colours : uint8_t { automatic, never } colour = colours::automatic;
};

using log_ptr = std::shared_ptr<spdlog::logger>;

/// Makes the logger that main hands to everybody. It writes to stderr only
/// (stdout belongs to protocols and answers), never blocks the caller for
/// long, and masks what looks like a key (`redact`).
log_ptr make_log(const log_options& options);

/// A logger that drops everything, for tests and embedding hosts.
log_ptr make_silent_log();

/// Replaces what looks like an API key or bearer token by `***`.
std::string redact(std::string_view text);

} // namespace smart_agents
