#pragma once

#include "adapters/http_server.hpp"
#include "adapters/simulator/book.hpp"

namespace smart_agents::sim {

/// A request to `/_sim/`:
///   GET  /_sim/stats        what was counted
///   GET  /_sim/behaviour    how it behaves
///   PUT  /_sim/behaviour    changes the keys given
///   POST /_sim/reset        as at the start
/// `?provider=NAME` speaks of another provider than the one whose server it
/// is, which is the only way to one that is down.
struct control_request {
  enum class kind : uint8_t { unknown, stats, show, change, reset };
  kind what = kind::unknown;
  std::string provider;
  std::string body;

  /// True when the provider may open or close by it.
  bool changes() const {
    return what == kind::change || what == kind::reset;
  }
};

control_request read_control(const server_request& request,
                             const std::string& here);

/// Does what is asked; `about` is null when there is no such provider. The
/// errors are 400 and 404 with `{"error": "..."}`.
reply answer_control(const control_request& what, book* about);

/// An error answer, `{"error": "..."}`.
reply control_error(int status, std::string_view message);

} // namespace smart_agents::sim
