#include "adapters/beast/http_server.hpp"

#include "adapters/beast/server_session.hpp"
#include "messages/error.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <future>

namespace smart_agents {

namespace {

using namespace beast_detail;

class beast_http_server final : public http_server {
public:
  beast_http_server(io_threads& io,
                    std::vector<std::shared_ptr<server_shard>> shards)
    : io_{io}, shards_{std::move(shards)}, port_{shards_.front()->port()} {
    for (auto& x : shards_)
      boost::asio::post(x->context, [x] { x->accept(); });
  }

  // Without memory to say so nothing can end in order.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~beast_http_server() override {
    stop();
  }

  uint16_t port() const override {
    return port_;
  }

  void stop_accepting() override {
    on_all(&server_shard::stop_accepting);
  }

  void stop() override {
    if (!std::exchange(stopped_, true))
      on_all(&server_shard::stop);
  }

private:
  /// Runs `f` on every shard's thread, and waits unless this is one of them.
  void on_all(void (server_shard::*f)()) {
    std::vector<std::future<void>> pending;
    for (auto& x : shards_) {
      auto done = std::make_shared<std::promise<void>>();
      pending.push_back(done->get_future());
      boost::asio::post(x->context, [x, f, done] {
        (x.get()->*f)();
        done->set_value();
      });
    }
    if (!io_.inside())
      for (auto& x : pending)
        x.wait();
  }

  io_threads& io_;
  std::vector<std::shared_ptr<server_shard>> shards_;
  uint16_t port_;
  bool stopped_ = false;
};

/// True when somebody else listens there. Listeners that share a port by
/// SO_REUSEPORT would not notice.
bool taken(const boost::asio::ip::tcp::endpoint& at) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::socket probe{context, at.protocol()};
  boost::system::error_code bad;
  probe.set_option(boost::asio::socket_base::reuse_address{true}, bad);
  probe.bind(at, bad);
  return bad == boost::asio::error::address_in_use;
}

caf::error cannot_listen(const http_server_options& options,
                         const std::string& why) {
  return make_error(ec::io_failed, "cannot listen on " + options.host + ":"
                                     + std::to_string(options.port) + ": " + why
                                     + "; choose another port");
}

} // namespace

caf::expected<std::unique_ptr<http_server>>
start_http_server(io_threads& io, const http_server_options& options,
                  const http_handler& handler, const tls_files& tls) {
  std::shared_ptr<tls_gate> gate;
  if (tls.used()) {
    auto opened = tls_gate::open(tls);
    if (!opened)
      return std::move(opened.error());
    gate = std::move(*opened);
  }
  boost::system::error_code bad;
  auto address = boost::asio::ip::make_address(
    options.host == "localhost" ? "127.0.0.1" : options.host, bad);
  if (bad)
    return make_error(ec::bad_config, "listen address '" + options.host
                                        + "': must be an IP address");
  boost::asio::ip::tcp::endpoint at{address, options.port};
  if (at.port() != 0 && taken(at))
    return cannot_listen(options, "the port is in use");
  std::vector<std::shared_ptr<server_shard>> shards;
  for (size_t i = 0; i < io.size(); ++i) {
    auto shard =
      std::make_shared<server_shard>(io.context(i), options, handler, gate);
    if (auto error = shard->listen(at))
      return cannot_listen(options, error.message());
    at.port(shard->port());
    shards.push_back(std::move(shard));
  }
  return std::unique_ptr<http_server>{
    std::make_unique<beast_http_server>(io, std::move(shards))};
}

} // namespace smart_agents
