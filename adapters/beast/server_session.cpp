#include "adapters/beast/server_session.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace smart_agents::beast_detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

/// How exactly time-outs are kept.
constexpr auto resolution = std::chrono::milliseconds{250};

constexpr auto never = std::chrono::steady_clock::time_point::max();

/// Bytes of a body for which room is made ahead of them: a client that only
/// claims to send much shall not cost much.
constexpr size_t step_size = 65536;

} // namespace

/// Answers the one request that its session is at.
class beast_responder final : public http_responder {
public:
  explicit beast_responder(std::shared_ptr<server_session> session)
    : session_{std::move(session)} {}

  // Without memory to say so nothing can end in order.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~beast_responder() override {
    if (ended_)
      return;
    if (started_)
      abort();
    else
      send(500, {{"Content-Type", "text/plain"}},
           "The server dropped this request; please try again.\n");
  }

  void send(int status, http_headers headers, std::string body) override {
    if (std::exchange(ended_, true))
      return;
    run([status, headers = std::move(headers),
         body = std::move(body)](server_session& x) mutable {
      x.send(status, headers, std::move(body));
    });
  }

  void start(int status, http_headers headers) override {
    started_ = true;
    run([status, headers = std::move(headers)](server_session& x) {
      x.start_chunked(status, headers);
    });
  }

  void write(std::string bytes, std::function<void(bool)> done) override {
    run([bytes = std::move(bytes),
         done = std::move(done)](server_session& x) mutable {
      x.write_chunk(std::move(bytes), std::move(done));
    });
  }

  void end() override {
    if (!std::exchange(ended_, true))
      run([](server_session& x) { x.end_chunked(); });
  }

  void abort() override {
    if (!std::exchange(ended_, true))
      run([](server_session& x) { x.abort(); });
  }

  void on_gone(std::function<void()> gone) override {
    run([gone = std::move(gone)](server_session& x) mutable {
      x.on_gone(std::move(gone));
    });
  }

  bool answered() const override {
    return ended_ || started_;
  }

private:
  template <class F>
  void run(F f) {
    auto& context = session_->shard_->context;
    asio::dispatch(context, [session = session_, f = std::move(f)]() mutable {
      f(*session);
    });
  }

  std::shared_ptr<server_session> session_;
  bool started_ = false;
  bool ended_ = false;
};

// -- shard --------------------------------------------------------------------

server_shard::server_shard(asio::io_context& io, http_server_options bounds,
                           http_handler handle, std::shared_ptr<tls_gate> tls)
  : context{io}, options{std::move(bounds)}, handler{std::move(handle)},
    websockets{options.websockets}, tls_{std::move(tls)},
    acceptor_{io.get_executor()}, pause_{io.get_executor()},
    timer_{io.get_executor()} {}

boost::system::error_code
server_shard::listen(const asio::ip::tcp::endpoint& at) {
  using reuse_port =
    asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  boost::system::error_code bad;
  acceptor_.open(at.protocol(), bad);
  if (!bad)
    acceptor_.set_option(asio::socket_base::reuse_address{true}, bad);
  if (!bad)
    acceptor_.set_option(reuse_port{true}, bad);
  if (!bad)
    acceptor_.bind(at, bad);
  if (!bad)
    acceptor_.listen(4096, bad);
  return bad;
}

uint16_t server_shard::port() const {
  return acceptor_.local_endpoint().port();
}

void server_shard::accept() {
  acceptor_.async_accept([self = shared_from_this()](
                           boost::system::error_code bad, tcp_socket socket) {
    if (!self->acceptor_.is_open())
      return;
    if (bad) {
      // Out of descriptors, most likely: give others time to close.
      self->pause_.expires_after(std::chrono::milliseconds{50});
      self->pause_.async_wait(
        [self](boost::system::error_code) { self->accept(); });
      return;
    }
    self->serve(std::move(socket));
    self->accept();
  });
}

void server_shard::serve(tcp_socket client) {
  if (sessions_.size() >= options.max_connections)
    return;
  boost::system::error_code ignored;
  client.set_option(asio::ip::tcp::no_delay{true}, ignored);
  auto peer = client.remote_endpoint(ignored).address().to_string(ignored);
  auto begin = [self = shared_from_this(),
                peer = std::move(peer)](tcp_socket plain) {
    if (!self->stopped_)
      std::make_shared<server_session>(self, std::move(plain), peer)->start();
  };
  if (tls_)
    tls_->take(context, std::move(client), std::move(begin));
  else
    begin(std::move(client));
}

void server_shard::stop_accepting() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void server_shard::stop() {
  stop_accepting();
  stopped_ = true;
  while (!sessions_.empty())
    sessions_.back()->close();
  websockets.close();
  timer_.cancel();
}

void server_shard::enter(server_session& x) {
  x.index = sessions_.size();
  sessions_.push_back(&x);
  watch();
}

void server_shard::leave(server_session& x) {
  sessions_[x.index] = sessions_.back();
  sessions_[x.index]->index = x.index;
  sessions_.pop_back();
}

void server_shard::watch() {
  if (watching_ || stopped_ || sessions_.empty())
    return;
  watching_ = true;
  timer_.expires_after(resolution);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
    self->watching_ = false;
    auto now = std::chrono::steady_clock::now();
    for (size_t i = self->sessions_.size(); i-- > 0;)
      if (i < self->sessions_.size())
        self->sessions_[i]->check(now);
    self->watch();
  });
}

// -- session ------------------------------------------------------------------

server_session::server_session(std::shared_ptr<server_shard> shard,
                               tcp_socket socket, std::string peer)
  : shard_{std::move(shard)}, socket_{std::move(socket)}, peer_{
                                                            std::move(peer)} {}

void server_session::start() {
  shard_->enter(*this);
  entered_ = true;
  read();
}

void server_session::check(std::chrono::steady_clock::time_point now) {
  if (now < late_)
    return;
  // Nothing was sent yet: an idle connection just goes.
  if (parser_ && parser_->got_some() && !answering_)
    return refuse(408, "The request did not arrive in time.\n");
  close();
}

void server_session::close() {
  if (std::exchange(closed_, true))
    return;
  auto self = shared_from_this();
  if (std::exchange(entered_, false))
    shard_->leave(*this);
  error ignored;
  socket_.shutdown(asio::socket_base::shutdown_both, ignored);
  socket_.close(ignored);
  gone();
}

void server_session::gone() {
  if (auto f = std::exchange(gone_, nullptr))
    f();
}

void server_session::read() {
  // Beast reads as much as fits; an empty buffer would mean 512 bytes.
  buffer_.reserve(16384);
  parser_.emplace();
  parser_->header_limit(shard_->options.max_header);
  parser_->body_limit(shard_->options.max_body);
  // An idle connection may wait longer than one that has begun to speak; the
  // header's arrival shortens it.
  late_ = std::chrono::steady_clock::now() + shard_->options.idle_timeout;
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](error bad, size_t) {
                            if (self->closed_)
                              return;
                            if (bad)
                              return self->request_read(bad);
                            self->late_ = std::chrono::steady_clock::now()
                                          + self->shard_->options.read_timeout;
                            self->head_read();
                          });
}

void server_session::head_read() {
  request_.clear();
  request_size_ = 0;
  if (parser_->is_done())
    return request_read({});
  auto expects =
    boost::beast::iequals(parser_->get()[http::field::expect], "100-continue");
  if (expects) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(go_on),
                      [self = shared_from_this()](error, size_t) {});
  }
  if (parser_->content_length())
    return read_body();
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](error bad, size_t) {
                     if (!self->closed_)
                       self->request_read(bad);
                   });
}

/// Reads a body of known length to where it stays, past Beast and its copies.
void server_session::read_body() {
  auto whole = static_cast<size_t>(*parser_->content_length());
  auto have = std::min(buffer_.size(), whole - request_size_);
  auto next = std::min(whole, request_size_ + std::max(have, step_size));
  // Doubles what came, so that a long body is moved few times.
  request_.reserve(next == whole ? whole : 2 * next);
  request_.append(static_cast<const char*>(buffer_.data().data()), have);
  buffer_.consume(have);
  auto from = std::exchange(request_size_, next);
  request_.resize(next);
  if (from + have == next)
    return next == whole ? request_read({}) : read_body();
  asio::async_read(
    socket_, asio::buffer(request_.data() + from + have, next - from - have),
    [self = shared_from_this(), whole](error bad, size_t) {
      if (self->closed_)
        return;
      if (bad || self->request_size_ == whole)
        return self->request_read(bad);
      self->read_body();
    });
}

void server_session::request_read(error bad) {
  if (!bad)
    return handle();
  if (bad == http::error::header_limit)
    return refuse(431, "The header is too large.\n");
  if (bad == http::error::body_limit)
    return refuse(413, "The body is too large.\n");
  auto garbage =
    bad.category() == http::make_error_code(http::error::bad_method).category()
    && bad != http::error::end_of_stream && bad != http::error::partial_message;
  if (!garbage)
    return close();
  refuse(400, "This is not HTTP/1.1.\n");
}

void server_session::handle() {
  late_ = never;
  answering_ = true;
  streaming_ = false;
  keep_alive_ = parser_->get().keep_alive();
  http_1_0_ = parser_->get().version() < 11;
  head_request_ = parser_->get().method() == http::verb::head;
  auto& from = parser_->get();
  server_request request;
  request.method = from.method_string();
  request.target = from.target();
  for (const auto& field : from)
    request.headers.emplace_back(field.name_string(), field.value());
  request.body =
    parser_->is_done() ? std::move(from.body()) : std::move(request_);
  request.peer = peer_;
  if (shard_->options.websockets && websocket_room::wanted(from))
    return become_websocket(std::move(request));
  parser_.reset();
  watch_for_leaving();
  shard_->handler(std::move(request),
                  std::make_shared<beast_responder>(shared_from_this()));
}

void server_session::become_websocket(server_request what) {
  if (auto status = shard_->websockets.check(what); status != 0)
    return refuse(status, status == 503 ? "Too many clients listen already.\n"
                                        : "No WebSocket for you here.\n");
  closed_ = true;
  if (std::exchange(entered_, false))
    shard_->leave(*this);
  shard_->websockets.take(shard_->context, std::move(socket_),
                          parser_->release(), std::move(what));
}

/// Looks for a byte while an answer is pending: end of file means that the
/// client left. Costs no system call until then, other than `async_wait`, which
/// tells the kernel each time.
void server_session::watch_for_leaving() {
  if (watching_)
    return;
  watching_ = true;
  socket_.async_receive(
    asio::buffer(&seen_, 1), asio::socket_base::message_peek,
    [self = shared_from_this()](error bad, size_t) {
      self->watching_ = false;
      if (bad == asio::error::operation_aborted || !self->answering_)
        return;
      // A byte is of the next request, which waits its turn.
      if (bad)
        self->close();
    });
}

std::string server_session::make_head(int status,
                                      const http_headers& headers) const {
  auto reason = http::obsolete_reason(static_cast<http::status>(status));
  std::string result;
  result.reserve(256);
  result.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  result.append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : headers)
    result.append(name).append(": ").append(value).append("\r\n");
  if (!keep_alive_)
    result.append("Connection: close\r\n");
  return result;
}

void server_session::send(int status, const http_headers& headers,
                          std::string body) {
  if (closed_)
    return;
  head_ = make_head(status, headers);
  head_.append("Content-Length: ")
    .append(std::to_string(body.size()))
    .append("\r\n\r\n");
  body_ = head_request_ ? std::string{} : std::move(body);
  std::array<asio::const_buffer, 2> buffers{asio::buffer(head_),
                                            asio::buffer(body_)};
  asio::async_write(
    socket_, buffers,
    [self = shared_from_this()](error bad, size_t) { self->answered(bad); });
}

void server_session::start_chunked(int status, const http_headers& headers) {
  streaming_ = true;
  // A stream may last long and reads nothing meanwhile.
  if (buffer_.size() == 0)
    buffer_.shrink_to_fit();
  // HTTP/1.0 knows no chunks: the end of the connection ends the body.
  if (http_1_0_)
    keep_alive_ = false;
  // Sent together with the first chunk.
  head_ = make_head(status, headers);
  head_.append(http_1_0_ ? "\r\n" : "Transfer-Encoding: chunked\r\n\r\n");
}

void server_session::write_chunk(std::string bytes,
                                 std::function<void(bool)> done) {
  if (closed_) {
    asio::post(shard_->context, [done = std::move(done)] { done(false); });
    return;
  }
  body_ = std::move(bytes);
  std::array<char, 20> size{};
  auto* end =
    std::to_chars(size.data(), size.data() + size.size() - 2, body_.size(), 16)
      .ptr;
  if (!http_1_0_ && !body_.empty()) {
    head_.append(size.data(), end).append("\r\n");
    body_.append("\r\n");
  }
  std::array<asio::const_buffer, 2> buffers{asio::buffer(head_),
                                            asio::buffer(body_)};
  asio::async_write(
    socket_, buffers,
    [self = shared_from_this(), done = std::move(done)](error bad, size_t) {
      self->head_.clear();
      done(!bad && !self->closed_);
      if (bad)
        self->close();
    });
}

void server_session::end_chunked() {
  if (closed_)
    return;
  if (!http_1_0_)
    head_.append("0\r\n\r\n");
  asio::async_write(socket_, asio::buffer(head_),
                    [self = shared_from_this()](error bad, size_t) {
                      self->head_.clear();
                      self->answered(bad);
                    });
}

void server_session::abort() {
  error ignored;
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  if (std::exchange(closed_, true))
    return;
  auto self = shared_from_this();
  if (std::exchange(entered_, false))
    shard_->leave(*this);
  socket_.close(ignored);
  gone_ = nullptr;
}

void server_session::on_gone(std::function<void()> f) {
  gone_ = std::move(f);
  if (closed_)
    gone();
}

void server_session::refuse(int status, const char* why) {
  keep_alive_ = false;
  answering_ = true;
  late_ = std::chrono::steady_clock::now() + shard_->options.read_timeout;
  send(status, {{"Content-Type", "text/plain"}}, why);
}

void server_session::answered(error bad) {
  answering_ = false;
  gone_ = nullptr;
  if (closed_)
    return;
  if (bad || !keep_alive_)
    return close();
  if (watching_)
    socket_.cancel(bad);
  read();
}

} // namespace smart_agents::beast_detail
