#pragma once

#include "messages/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace smart_agents::beast_detail {

/// Whom our client believes: the authorities of the system, and of a file. To
/// read them takes 25 ms and 2 MB, so that waits for the first connection that
/// needs them.
class client_trust {
public:
  /// The context for a connection, made by the first call. From any thread.
  boost::asio::ssl::context& context();

  /// Believes the authorities of a PEM file, too. Fails with `ec::bad_config`.
  caf::error add_file(const std::string& path);

private:
  std::once_flag once_;
  std::unique_ptr<boost::asio::ssl::context> context_;
};

} // namespace smart_agents::beast_detail
