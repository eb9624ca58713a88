#pragma once

#include "adapters/log.hpp"
#include "runtime/settings.hpp"
#include "runtime/smart_agents.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// What the command line starts beside the service itself.

namespace smart_agents {

/// The data plane: HTTP clients on `settings::listen_host` and `listen_port`.
/// Closes when dropped.
class data_plane {
public:
  virtual ~data_plane() = default;

  /// The port it listens on.
  virtual uint16_t port() const = 0;

  /// Takes no more connections; requests under way go on.
  virtual void stop_accepting() = 0;
};

/// Opens the data plane of a running service, which must outlive it. The
/// dashboard shows what `status` makes. Fails with `ec::io_failed` naming
/// address and port.
caf::expected<std::unique_ptr<data_plane>>
open_data_plane(service& of, std::function<std::string()> status);

/// Speaks the Model Context Protocol on stdin and stdout until stdin closes or
/// a signal comes. Starts a service of its own. Returns the exit code; what
/// is wrong goes to the log.
int run_mcp(settings config, const log_ptr& log);

/// The same, but speaks for a running `serve` at a URL: starts nothing.
int run_mcp_connect(const std::string& server, log_ptr log);

} // namespace smart_agents
