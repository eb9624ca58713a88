#include "adapters/beast/websocket_session.hpp"

#include "adapters/websocket_outbox.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <utility>

namespace smart_agents::beast_detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ws = boost::beast::websocket;

/// All on its thread, but for what is marked.
class websocket_session
  : public std::enable_shared_from_this<websocket_session> {
public:
  websocket_session(asio::io_context& context, tcp_socket socket,
                    websocket_room& room)
    : context_{context}, stream_{std::move(socket)}, room_{&room},
      door_{room.door_}, outbox_{
                           std::make_shared<websocket_outbox>(door_->bounds)} {
    room.sessions_.push_back(this);
  }

  void start(websocket_room::request asked, server_request what) {
    const auto& bounds = door_->bounds;
    ws::stream_base::timeout limits{};
    limits.handshake_timeout = std::chrono::seconds{10};
    limits.idle_timeout =
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        bounds.idle);
    limits.keep_alive_pings = true;
    stream_.set_option(limits);
    stream_.read_message_max(bounds.message_size);
    stream_.text(true);
    asked_ = std::move(asked);
    stream_.async_accept(asked_,
                         [self = shared_from_this(), what = std::move(what)](
                           boost::system::error_code bad) mutable {
                           if (bad || self->closing_)
                             return self->over();
                           self->open(std::move(what));
                         });
  }

  // From any thread.
  asio::io_context& context() {
    return context_;
  }

  const std::shared_ptr<websocket_outbox>& outbox() {
    return outbox_;
  }

  /// Writes what waits, one after the other.
  void write() {
    if (writing_ || !opened_ || closing_)
      return;
    auto next = outbox_->take();
    if (next.close)
      return say_goodbye({static_cast<ws::close_code>(next.code), next.why});
    if (!next.text)
      return;
    current_ = std::move(next.text);
    writing_ = true;
    stream_.async_write(
      asio::buffer(*current_),
      [self = shared_from_this()](boost::system::error_code bad, size_t) {
        self->writing_ = false;
        self->current_ = nullptr;
        if (bad)
          return self->over();
        self->write();
      });
  }

  /// Without a word.
  void drop() {
    closing_ = true;
    boost::system::error_code ignored;
    boost::beast::get_lowest_layer(stream_).close(ignored);
  }

  void forget_room() {
    room_ = nullptr;
  }

private:
  class handle;

  void open(server_request what);

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](
                                  boost::system::error_code bad, size_t) {
      if (bad)
        return self->over();
      auto text = boost::beast::buffers_to_string(self->buffer_.data());
      self->buffer_.consume(self->buffer_.size());
      if (self->reader_.text)
        self->reader_.text(std::move(text));
      self->read();
    });
  }

  void say_goodbye(const ws::close_reason& why) {
    closing_ = true;
    stream_.async_close(why, [self = shared_from_this()](
                               boost::system::error_code) { self->over(); });
  }

  void over() {
    closing_ = true;
    outbox_->end();
    if (auto* room = std::exchange(room_, nullptr))
      std::erase(room->sessions_, this);
    if (auto closed = std::exchange(reader_.closed, nullptr))
      closed();
    reader_ = {};
  }

  asio::io_context& context_;
  ws::stream<tcp_socket> stream_;
  websocket_room* room_;
  std::shared_ptr<const websocket_door> door_;
  websocket_room::request asked_;
  boost::beast::flat_buffer buffer_;
  websocket_reader reader_;
  std::shared_ptr<websocket_outbox> outbox_;
  websocket_text current_;
  bool opened_ = false;
  bool writing_ = false;
  bool closing_ = false;
};

/// What the rest of the program holds. It does not keep a session open whose
/// client is gone. Messages wait in the outbox and not in the context's queue,
/// where those from the session's own thread stand aside until its handler
/// returns, and messages of other threads overtake them.
class websocket_session::handle final : public websocket {
public:
  explicit handle(const std::shared_ptr<websocket_session>& session)
    : context_{session->context()}, outbox_{session->outbox()}, session_{
                                                                  session} {}

  void send(websocket_text message) override {
    if (outbox_->put(std::move(message)))
      wake();
  }

  void close(uint16_t code, std::string why) override {
    if (outbox_->close(code, std::move(why)))
      wake();
  }

private:
  void wake() {
    asio::post(context_, [session = session_] {
      if (auto x = session.lock())
        x->write();
    });
  }

  asio::io_context& context_;
  std::shared_ptr<websocket_outbox> outbox_;
  std::weak_ptr<websocket_session> session_;
};

void websocket_session::open(server_request what) {
  opened_ = true;
  reader_ =
    door_->open(std::move(what), std::make_shared<handle>(shared_from_this()));
  read();
  write();
}

// -- room ---------------------------------------------------------------------

websocket_room::websocket_room(std::shared_ptr<const websocket_door> door)
  : door_{std::move(door)} {}

bool websocket_room::wanted(const request& x) {
  return ws::is_upgrade(x);
}

int websocket_room::check(const server_request& x) const {
  if (!door_)
    return 404;
  if (sessions_.size() >= door_->most)
    return 503;
  return door_->check ? door_->check(x) : 0;
}

void websocket_room::take(asio::io_context& context, tcp_socket socket,
                          request asked, server_request what) {
  std::make_shared<websocket_session>(context, std::move(socket), *this)
    ->start(std::move(asked), std::move(what));
}

void websocket_room::close() {
  // Each leaves the list by itself, later; until then it must not look for it.
  for (auto* x : std::exchange(sessions_, {})) {
    x->forget_room();
    x->drop();
  }
}

} // namespace smart_agents::beast_detail
