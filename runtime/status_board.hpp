#pragma once

#include "adapters/metrics.hpp"
#include "adapters/status_pages.hpp"
#include "runtime/smart_agents.hpp"

#include <memory>

namespace smart_agents {

/// Makes the status endpoint's pages of a running service. A thread of its own
/// asks the actors, on demand and at most once a second; a page that cannot
/// have a fresh view within half a second shows the last one with its age. So
/// the endpoint answers whatever the data plane does.
class status_board {
public:
  /// `of` and `counters` must outlive it.
  explicit status_board(service& of);
  status_board(const status_board&) = delete;
  status_board& operator=(const status_board&) = delete;
  ~status_board();

  status_pages pages();

  /// From now on not ready: the service is stopping.
  void stopping();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace smart_agents
