#include "adapters/beast/client_trust.hpp"

namespace smart_agents::beast_detail {

namespace ssl = boost::asio::ssl;

ssl::context& client_trust::context() {
  std::call_once(once_, [this] {
    context_ = std::make_unique<ssl::context>(ssl::context::tls_client);
    // A system without authorities trusts nobody: each handshake says so.
    boost::system::error_code ignored;
    context_->set_default_verify_paths(ignored);
    context_->set_verify_mode(ssl::verify_peer, ignored);
  });
  return *context_;
}

caf::error client_trust::add_file(const std::string& path) {
  boost::system::error_code bad;
  context().load_verify_file(path, bad);
  return bad ? make_error(ec::bad_config, "trusted certificates: cannot read '"
                                            + path + "': " + bad.message())
             : caf::none;
}

} // namespace smart_agents::beast_detail
