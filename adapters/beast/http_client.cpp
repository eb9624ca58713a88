#include "adapters/beast/http_client.hpp"

#include "adapters/beast/client_exchange.hpp"
#include "messages/error.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

namespace smart_agents {

namespace {

using namespace beast_detail;

class beast_http_client final : public http_client {
public:
  beast_http_client(io_threads& io,
                    const std::shared_ptr<client_config>& config)
    : io_{io} {
    for (size_t i = 0; i < io.size(); ++i)
      shards_.push_back(std::make_shared<client_shard>(io.context(i), config));
  }

  // Exchanges may outlive the client; they hold their shard. Without memory to
  // post nothing can end in order.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~beast_http_client() override {
    for (auto& shard : shards_)
      boost::asio::post(shard->context, [shard] { shard->close(); });
  }

  std::shared_ptr<http_exchange>
  send(http_request request, std::shared_ptr<http_listener> listener) override {
    auto& shard = shards_[io_.here()];
    auto result = std::make_shared<client_exchange>(shard, std::move(request),
                                                    std::move(listener));
    boost::asio::post(shard->context, [result] { result->start(); });
    return result;
  }

private:
  io_threads& io_;
  std::vector<std::shared_ptr<client_shard>> shards_;
};

} // namespace

caf::expected<std::shared_ptr<http_client>>
make_http_client(io_threads& io, http_client_options options) {
  auto proxies = proxy_rules::parse(options.http_proxy, options.https_proxy,
                                    options.no_proxy);
  if (!proxies)
    return proxies.error();
  auto config = std::make_shared<client_config>();
  config->proxies = std::move(*proxies);
  if (!options.extra_ca_file.empty())
    if (auto failed = config->trust.add_file(options.extra_ca_file))
      return failed;
  config->options = std::move(options);
  return std::shared_ptr<http_client>{
    std::make_shared<beast_http_client>(io, std::move(config))};
}

} // namespace smart_agents
