#pragma once

#include "adapters/beast/connection.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace smart_agents::beast_detail {

/// Kept-alive connections of one I/O thread. Bounded; the youngest is reused
/// first, so that surplus ones grow old and are closed.
class connection_pool {
public:
  explicit connection_pool(size_t max_idle_per_peer)
    : max_idle_per_peer_{max_idle_per_peer} {}

  /// A kept connection to the peer, or null. Those that the peer has closed
  /// meanwhile are dropped: a request sent on one would fail, and could not
  /// safely be sent again.
  std::unique_ptr<connection> take(const std::string& peer);

  /// Keeps a connection, or closes it when there are enough.
  void put(std::unique_ptr<connection> x);

  /// Closes those that have been idle since before `limit`.
  void expire(std::chrono::steady_clock::time_point limit);

  bool empty() const {
    return idle_.empty();
  }

private:
  size_t max_idle_per_peer_;
  std::unordered_map<std::string, std::vector<std::unique_ptr<connection>>>
    idle_;
};

} // namespace smart_agents::beast_detail
