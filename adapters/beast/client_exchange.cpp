#include "adapters/beast/client_exchange.hpp"

#include "adapters/beast/tls.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace smart_agents::beast_detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

/// How exactly deadlines are kept.
constexpr auto resolution = std::chrono::milliseconds{25};

/// How often idle connections are looked at.
constexpr auto idle_check = std::chrono::seconds{5};

/// Room for an answer that is read at once, and for the next piece of a stream.
constexpr size_t whole_buffer = 16384;
constexpr size_t stream_buffer = 2048;

/// The longest beginning of a body that is copied behind the head.
constexpr size_t short_piece = 4096;

/// Lets as much be written at once as the socket takes; Asio by itself stops
/// at 64 KB, where many prompts with their head are just longer.
size_t whole(const boost::system::error_code& bad, size_t) {
  return bad ? 0 : size_t{16} << 20;
}

/// A host as URLs and headers write it: IPv6 addresses in brackets.
std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string place_of(const url& x) {
  return bracketed(x.host) + ":" + std::to_string(x.port);
}

} // namespace

// -- shard --------------------------------------------------------------------

client_shard::client_shard(asio::io_context& io,
                           std::shared_ptr<client_config> settings)
  : context{io}, config{std::move(settings)},
    pool{config->options.max_idle_per_peer}, resolver{io.get_executor()},
    timer_{io.get_executor()} {}

bool client_shard::enter(client_exchange& x) {
  if (closed_ || active_.size() >= config->options.max_connections)
    return false;
  x.index = active_.size();
  active_.push_back(&x);
  // The clock may be waiting for its slow look at idle connections.
  if (active_.size() == 1)
    timer_.cancel();
  watch();
  return true;
}

void client_shard::leave(client_exchange& x) {
  active_[x.index] = active_.back();
  active_[x.index]->index = x.index;
  active_.pop_back();
}

void client_shard::watch() {
  if (watching_ || closed_ || (active_.empty() && pool.empty()))
    return;
  watching_ = true;
  if (active_.empty())
    timer_.expires_after(idle_check);
  else
    timer_.expires_after(resolution);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
    self->watching_ = false;
    self->tick();
  });
}

void client_shard::tick() {
  auto now = std::chrono::steady_clock::now();
  // From the end, because a late one leaves the list.
  for (size_t i = active_.size(); i-- > 0;)
    if (i < active_.size())
      active_[i]->check(now);
  pool.expire(now - config->options.idle_timeout);
  watch();
}

void client_shard::close() {
  closed_ = true;
  while (!active_.empty())
    active_.back()->fail(http_failure::kind::cancelled,
                         "the HTTP client is closed");
  pool.expire(instant::max());
  timer_.cancel();
}

// -- exchange: life -----------------------------------------------------------

client_exchange::client_exchange(std::shared_ptr<client_shard> shard,
                                 http_request request,
                                 std::shared_ptr<http_listener> listener)
  : shard_{std::move(shard)}, request_{std::move(request)}, listener_{std::move(
                                                              listener)} {}

void client_exchange::start() {
  if (over_)
    return;
  if (!shard_->enter(*this)) {
    over_ = true;
    listener_->on_failure({http_failure::kind::overloaded,
                           place() + ": too many connections are open", false});
    return;
  }
  entered_ = true;
  proxy_ = shard_->config->proxies.find(request_.to);
  acquire();
}

void client_exchange::resume() {
  asio::dispatch(shard_->context, [self = shared_from_this()] {
    if (!std::exchange(self->paused_, false) || self->over_)
      return;
    self->phase(self->request_.limits.idle);
    if (!self->reading_)
      self->read_body();
  });
}

void client_exchange::cancel() {
  asio::dispatch(shard_->context, [self = shared_from_this()] {
    self->fail(http_failure::kind::cancelled, "cancelled");
  });
}

void client_exchange::check(instant now) {
  if (now >= request_.limits.deadline)
    fail(http_failure::kind::timeout, "the deadline passed");
  else if (now >= phase_ends_)
    fail(http_failure::kind::timeout, waiting_for_);
}

void client_exchange::fail(http_failure::kind what, std::string_view why) {
  if (std::exchange(over_, true))
    return;
  if (connection_)
    connection_->close();
  if (entered_)
    shard_->leave(*this);
  auto listener = std::move(listener_);
  listener->on_failure({what, place().append(": ").append(why), sent_});
}

void client_exchange::broken(error bad, const char* doing) {
  auto closed = bad == asio::error::eof || bad == asio::error::connection_reset
                || bad == asio::error::broken_pipe
                || bad == http::error::end_of_stream
                || bad == http::error::partial_message
                || bad == asio::ssl::error::stream_truncated;
  if (closed)
    return fail(http_failure::kind::reset,
                std::string{"the connection was closed while "} + doing);
  fail(http_failure::kind::protocol,
       std::string{doing} + " failed: " + bad.message());
}

void client_exchange::phase(caf::timespan limit) {
  phase_ends_ = std::chrono::steady_clock::now() + limit;
}

std::string client_exchange::place() const {
  return place_of(request_.to);
}

std::string client_exchange::peer_key() const {
  auto result = (request_.to.tls ? "s:" : "p:") + place();
  if (proxy_)
    result += "@" + place_of(*proxy_);
  return result;
}

/// What we connect to, when it is not the peer itself.
std::string client_exchange::by_proxy() const {
  return proxy_ ? " to the proxy " + place_of(*proxy_) : "";
}

// -- exchange: connecting -----------------------------------------------------

void client_exchange::acquire() {
  auto key = peer_key();
  connection_ = shard_->pool.take(key);
  reused_ = connection_ != nullptr;
  if (reused_)
    return write();
  connection_ = std::make_unique<connection>(shard_->context);
  connection_->peer = std::move(key);
  waiting_for_ = "no connection in time";
  phase(request_.limits.connect);
  resolve();
}

void client_exchange::resolve() {
  const auto& to = proxy_ ? static_cast<const url&>(*proxy_) : request_.to;
  error no_address;
  auto address = asio::ip::make_address(to.host, no_address);
  if (!no_address)
    return connect(std::array{tcp::endpoint{address, to.port}});
  shard_->resolver.async_resolve(
    to.host, std::to_string(to.port),
    [self = shared_from_this()](error bad, const auto& results) {
      if (self->over_)
        return;
      if (bad)
        return self->fail(http_failure::kind::name,
                          "no connection" + self->by_proxy()
                            + ": the host name is not found: " + bad.message());
      self->connect(results);
    });
}

template <class Endpoints>
void client_exchange::connect(const Endpoints& endpoints) {
  asio::async_connect(connection_->socket, endpoints,
                      step(&client_exchange::connected));
}

void client_exchange::connected(error bad) {
  if (bad)
    return fail(http_failure::kind::connect,
                "no connection" + by_proxy() + ": " + bad.message());
  error ignored;
  connection_->socket.set_option(tcp::no_delay{true}, ignored);
  if (proxy_ && request_.to.tls)
    return tunnel();
  if (request_.to.tls)
    return handshake();
  write();
}

void client_exchange::tunnel() {
  head_ = "CONNECT " + place() + " HTTP/1.1\r\nHost: " + place() + "\r\n";
  introduce();
  head_.append("\r\n");
  asio::async_write(
    *connection_, asio::buffer(head_),
    [self = shared_from_this()](error bad, size_t) {
      if (self->over_)
        return;
      if (bad)
        return self->broken(bad, "asking the proxy for a tunnel");
      auto& parser = self->tunnel_parser_.emplace();
      parser.skip(true); // an answer to CONNECT has no body
      http::async_read_header(
        *self->connection_, self->connection_->buffer, parser,
        [self](error worse, size_t) {
          if (self->over_)
            return;
          if (worse)
            return self->broken(worse, "waiting for the proxy's tunnel");
          auto status = self->tunnel_parser_->get().result_int();
          if (status / 100 != 2)
            return self->refused(static_cast<int>(status));
          // What follows must come encrypted: it would count as the peer's.
          if (self->connection_->buffer.size() > 0)
            return self->fail(http_failure::kind::protocol,
                              "the proxy says more than its answer");
          self->handshake();
        });
    });
}

void client_exchange::introduce() {
  if (!proxy_->authorization.empty())
    head_.append("Proxy-Authorization: ")
      .append(proxy_->authorization)
      .append("\r\n");
}

void client_exchange::refused(int status) {
  auto why = "the proxy " + place_of(*proxy_) + " refuses a tunnel with status "
             + std::to_string(status);
  if (status == 407)
    why += ": it wants a user and password that it knows; set HTTPS_PROXY to "
           "http://USER:PASSWORD@"
           + place_of(*proxy_);
  fail(http_failure::kind::connect, why);
}

void client_exchange::handshake() {
  auto& tls = connection_->tls.emplace(connection_->socket,
                                       shard_->config->trust.context());
  expect_peer(tls.native_handle(), request_.to.host);
  tls.async_handshake(
    asio::ssl::stream_base::client, [self = shared_from_this()](error bad) {
      if (self->over_)
        return;
      if (bad)
        return self->fail(
          http_failure::kind::tls,
          "no secure connection: "
            + explain_handshake(self->connection_->tls->native_handle(), bad));
      self->write();
    });
}

// -- exchange: request and answer ---------------------------------------------

void client_exchange::write() {
  waiting_for_ = "no answer in time";
  phase(request_.limits.first_byte);
  connection_->buffer.reserve(whole_buffer);
  const auto& to = request_.to;
  auto through_proxy = proxy_ && !to.tls;
  head_.clear();
  head_.reserve(512);
  head_.append(request_.method).append(" ");
  if (through_proxy)
    head_.append("http://").append(place());
  head_.append(to.target)
    .append(" HTTP/1.1\r\nHost: ")
    .append(bracketed(to.host));
  if (to.port != (to.tls ? 443 : 80))
    head_.append(":").append(std::to_string(to.port));
  head_.append("\r\n");
  if (through_proxy)
    introduce();
  for (const auto& [name, value] : request_.headers)
    head_.append(name).append(": ").append(value).append("\r\n");
  if (!request_.body.empty() || request_.method == "POST")
    head_.append("Content-Length: ")
      .append(std::to_string(request_.body.size()))
      .append("\r\n");
  head_.append("\r\n");
  sent_ = true;
  auto pieces = request_.body.pieces();
  // A short beginning goes with the head: TLS makes a record of each buffer.
  auto rest = pieces.begin();
  if (rest != pieces.end() && rest->size() <= short_piece)
    head_.append(*rest++);
  std::vector<asio::const_buffer> buffers{asio::buffer(head_)};
  std::transform(rest, pieces.end(), std::back_inserter(buffers),
                 [](std::string_view x) { return asio::buffer(x); });
  asio::async_write(*connection_, buffers, whole,
                    [self = shared_from_this()](error bad, size_t sent) {
                      if (self->over_)
                        return;
                      if (bad && sent == 0)
                        return self->unsent(bad);
                      // A peer may answer and close before it has read all: the
                      // answer counts, and a lost one shows while reading.
                      self->read_head();
                    });
}

void client_exchange::unsent(error bad) {
  sent_ = false;
  if (!reused_)
    return broken(bad, "sending the request");
  // Not one byte went out, so it is safe to send them elsewhere. Once some
  // did, only the caller may: the peer may have acted on them.
  connection_->close();
  connection_ = nullptr;
  acquire();
}

void client_exchange::read_head() {
  parser_.emplace();
  parser_->get().body() = this;
  parser_->header_limit(shard_->config->options.max_head);
  parser_->body_limit(boost::none); // counted here
  http::async_read_header(*connection_, connection_->buffer, *parser_,
                          step(&client_exchange::head_read));
}

void client_exchange::head_read(error bad) {
  if (bad)
    return broken(bad, "waiting for the answer");
  if (parser_->get().result_int() / 100 == 1)
    return read_head(); // an interim answer
  http_head head;
  head.status = static_cast<int>(parser_->get().result_int());
  for (const auto& field : parser_->get())
    head.headers.emplace_back(field.name_string(), field.value());
  if (request_.method == "HEAD")
    parser_->skip(true);
  listener_->on_head(std::move(head));
  if (over_)
    return;
  waiting_for_ = "the answer stalled";
  // Not needed again, and a stream lasts.
  request_.headers = {};
  request_.body = {};
  head_ = {};
  // A stream says little at a time, and lasts: thousands of them should not
  // hold a page each.
  auto type = parser_->get()[http::field::content_type];
  auto& buffer = connection_->buffer;
  if (type.starts_with("text/event-stream") && buffer.size() < stream_buffer) {
    buffer.shrink_to_fit();
    buffer.reserve(stream_buffer);
  }
  parser_->get().base().clear();
  // All that has arrived at once.
  parser_->eager(true);
  read_body();
}

void client_exchange::read_body() {
  if (parser_->is_done())
    return finish();
  phase(request_.limits.idle);
  reading_ = true;
  http::async_read_some(*connection_, connection_->buffer, *parser_,
                        step(&client_exchange::body_read));
}

void client_exchange::take(std::string_view bytes) {
  body_size_ += bytes.size();
  if (over_ || bytes.empty() || body_size_ > request_.limits.max_body)
    return;
  if (!listener_->on_body(bytes))
    paused_ = true;
}

void client_exchange::body_read(error bad) {
  reading_ = false;
  if (body_size_ > request_.limits.max_body)
    return fail(http_failure::kind::too_large,
                "the answer is larger than "
                  + std::to_string(request_.limits.max_body) + " bytes");
  if (bad)
    return broken(bad, "reading the answer");
  // What has arrived is delivered even to a reader that paused.
  if (parser_->is_done())
    return finish();
  if (paused_)
    phase_ends_ = instant::max(); // the reader is slow, not the peer
  else
    read_body();
}

void client_exchange::finish() {
  over_ = true;
  shard_->leave(*this);
  if (parser_->keep_alive() && connection_->buffer.size() == 0)
    shard_->pool.put(std::move(connection_));
  connection_ = nullptr;
  auto listener = std::move(listener_);
  listener->on_end();
}

} // namespace smart_agents::beast_detail
