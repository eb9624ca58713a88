#pragma once

#include "adapters/beast/client_trust.hpp"
#include "adapters/beast/connection_pool.hpp"
#include "adapters/beast/http_client.hpp"
#include "adapters/beast/proxy.hpp"
#include "adapters/http_client.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents::beast_detail {

/// What all shards share.
struct client_config {
  http_client_options options;
  proxy_rules proxies;
  client_trust trust;
};

class client_exchange;

/// The part of the client that lives on one I/O thread.
class client_shard : public std::enable_shared_from_this<client_shard> {
public:
  client_shard(boost::asio::io_context& io,
               std::shared_ptr<client_config> settings);

  /// Counts an exchange in; false when there are too many.
  bool enter(client_exchange& x);

  /// Counts it out.
  void leave(client_exchange& x);

  /// Starts the clock that watches deadlines; one timer serves all.
  void watch();

  /// Ends everything.
  void close();

  boost::asio::io_context& context;
  std::shared_ptr<client_config> config;
  connection_pool pool;
  boost::asio::ip::basic_resolver<boost::asio::ip::tcp, io_executor> resolver;

private:
  void tick();

  using timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>;

  std::vector<client_exchange*> active_;
  timer timer_;
  bool watching_ = false;
  bool closed_ = false;
};

/// A body in Beast's sense that is handed on as it comes, without a buffer of
/// its own: a stream at rest holds no memory for it.
struct passed_body {
  using value_type = client_exchange*;

  class reader {
  public:
    template <bool IsRequest, class Fields>
    reader(boost::beast::http::header<IsRequest, Fields>&, value_type& to)
      : to_{to} {}

    void init(const boost::optional<uint64_t>&,
              boost::system::error_code& bad) {
      bad = {};
    }

    template <class Buffers>
    size_t put(const Buffers& from, boost::system::error_code& bad);

    void finish(boost::system::error_code& bad) {
      bad = {};
    }

  private:
    value_type& to_;
  };
};

/// One request and its answer: a chain of asynchronous steps, each of which
/// ends in the next or in `fail`. All on its shard's thread.
///
///   start -> [resolve -> connect -> [tunnel] -> [handshake]] -> write
///         -> read_head -> read_body ... -> finish
class client_exchange final
  : public http_exchange,
    public std::enable_shared_from_this<client_exchange> {
public:
  client_exchange(std::shared_ptr<client_shard> shard, http_request request,
                  std::shared_ptr<http_listener> listener);

  void start();
  void resume() override;
  void cancel() override;

  /// Ends the exchange if it is late.
  void check(instant now);

  void fail(http_failure::kind what, std::string_view why);

  /// A piece of the body came.
  void take(std::string_view bytes);

  /// Place in the shard's list.
  size_t index = 0;

private:
  using error = boost::system::error_code;

  void acquire();
  void resolve();
  template <class Endpoints>
  void connect(const Endpoints& endpoints);
  void connected(error bad);
  void tunnel();
  void introduce();
  void refused(int status);
  void handshake();
  void write();
  void unsent(error bad);
  void read_head();
  void head_read(error bad);
  void read_body();
  void body_read(error bad);
  void finish();
  void broken(error bad, const char* doing);

  /// Wraps a member as the handler of a step that is ignored once over.
  template <class Next>
  auto step(Next next) {
    return [self = shared_from_this(), next](error bad, auto&&...) {
      if (!self->over_)
        (self.get()->*next)(bad);
    };
  }

  std::string peer_key() const;
  std::string place() const;
  std::string by_proxy() const;
  void phase(caf::timespan limit);

  std::shared_ptr<client_shard> shard_;
  http_request request_;
  std::shared_ptr<http_listener> listener_;
  const proxy* proxy_ = nullptr;
  std::unique_ptr<connection> connection_;
  std::string head_;
  std::optional<boost::beast::http::response_parser<passed_body>> parser_;
  std::optional<
    boost::beast::http::response_parser<boost::beast::http::empty_body>>
    tunnel_parser_;
  uint64_t body_size_ = 0;
  instant phase_ends_ = instant::max();
  const char* waiting_for_ = "";
  bool entered_ = false;
  bool reused_ = false;
  bool sent_ = false;
  bool paused_ = false;
  bool reading_ = false;
  bool over_ = false;
};

template <class Buffers>
size_t passed_body::reader::put(const Buffers& from,
                                boost::system::error_code& bad) {
  bad = {};
  size_t size = 0;
  for (auto piece : boost::beast::buffers_range_ref(from)) {
    to_->take({static_cast<const char*>(piece.data()), piece.size()});
    size += piece.size();
  }
  return size;
}

} // namespace smart_agents::beast_detail
