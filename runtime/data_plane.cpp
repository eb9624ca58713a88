#include "adapters/beast/http_server.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/commands.hpp"
#include "runtime/service_impl.hpp"

#include <caf/send.hpp>

#include <utility>

namespace smart_agents {

namespace {

class beast_data_plane final : public data_plane {
public:
  explicit beast_data_plane(std::unique_ptr<http_server> server)
    : server_{std::move(server)} {}

  uint16_t port() const override {
    return server_->port();
  }

  void stop_accepting() override {
    server_->stop_accepting();
  }

private:
  std::unique_ptr<http_server> server_;
};

} // namespace

caf::expected<std::unique_ptr<data_plane>> open_data_plane(service& of,
                                                           log_ptr) {
  auto* details = &of.details();
  auto parts = details->parts();
  const auto& config = parts->configuration();
  if (auto bad = check_client_keys(config))
    return bad;
  http_server_options options;
  options.host = config.listen_host;
  options.port = config.listen_port;
  options.max_body = config.max_prompt + (1u << 20);
  auto server = start_http_server(
    parts->io(), options,
    [details](server_request request, http_responder_ptr answer) {
      auto whole = std::make_shared<const server_request>(std::move(request));
      auto current = details->parts();
      // A front that is being restarted drops the request, and the responder
      // answers for it.
      if (mcp_http::serves(whole->target))
        caf::anon_send(current->mcp_front(), mcp_http_incoming{whole, answer});
      else
        caf::anon_send(current->http_front(), http_incoming{whole, answer});
    });
  if (!server)
    return server.error();
  return std::unique_ptr<data_plane>{
    std::make_unique<beast_data_plane>(std::move(*server))};
}

} // namespace smart_agents
