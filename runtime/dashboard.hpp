#pragma once

#include "adapters/http_server.hpp"
#include "adapters/log.hpp"
#include "runtime/smart_agents.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace smart_agents {

/// A file of the dashboard's page; the binary carries it.
struct dashboard_file {
  std::string_view path;
  const char* type;
  std::string_view bytes;
};

/// The file at a path; null when there is none.
const dashboard_file* find_dashboard_file(std::string_view path);

/// The dashboard on the data plane: its page at `/`, and what the page shows,
/// read-only JSON:
///
///     /v1/status              what the control plane has at /status
///     /v1/activity?after=N&attempts=M    events after number N, and the last
///                                        M attempts
///     /v1/usage?days=N        sums by day and provider, model, origin, type
///
/// The JSON comes from a thread of its own, so that no I/O thread waits for the
/// disk or an actor; questions beyond some tens are refused. Whoever reads it
/// is let in as the gateway's clients are (actors/front/gate.hpp), and no page
/// of another site.
class dashboard {
public:
  /// `status` makes the status document; it may take a second. `of` must
  /// outlive this.
  dashboard(service& of, std::function<std::string()> status);
  dashboard(const dashboard&) = delete;
  dashboard& operator=(const dashboard&) = delete;
  ~dashboard();

  /// True when the request is one for the dashboard, which then answers it.
  /// Never blocks; thread-safe.
  bool take(const server_request& request, const http_responder_ptr& answer);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace smart_agents
