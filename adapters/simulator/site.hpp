#pragma once

#include "adapters/beast/http_server.hpp"
#include "adapters/simulator/book.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace smart_agents::sim {

/// Handles requests to `/_sim/`; returns false for all others.
using control_handler =
  std::function<bool(const server_request&, const http_responder_ptr&)>;

/// One simulated provider and its server.
class site {
public:
  site(io_threads& io, http_server_options options, std::shared_ptr<book> about,
       control_handler control);

  site(const site&) = delete;
  site& operator=(const site&) = delete;

  /// Listens, on the port it had before if it had one.
  caf::error open();

  /// Refuses connections from now on and drops those there are. Not on an I/O
  /// thread.
  void close();

  book& about() {
    return *book_;
  }

  const book& about() const {
    return *book_;
  }

  /// As a client is configured.
  std::string base_url() const;

private:
  static void handle(io_threads& io, const std::shared_ptr<book>& about,
                     const server_request& request, http_responder_ptr answer);

  io_threads& io_;
  http_server_options options_;
  std::shared_ptr<book> book_;
  control_handler control_;
  std::unique_ptr<http_server> server_;
};

} // namespace smart_agents::sim
