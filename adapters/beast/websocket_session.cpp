#include "adapters/beast/websocket_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
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
      door_{room.door_} {
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

  void send(websocket_text message) {
    if (closing_)
      return;
    const auto& bounds = door_->bounds;
    waiting_bytes_ += message->size();
    waiting_.push_back(std::move(message));
    // What the socket has counts too: it stays until it is written.
    if (waiting_.size() > bounds.messages || waiting_bytes_ > bounds.bytes) {
      lost_ += waiting_.size();
      waiting_.clear();
      waiting_bytes_ = 0;
    }
    write();
  }

  void close(uint16_t code, const std::string& why) {
    if (std::exchange(closing_, true))
      return;
    reason_ = {static_cast<ws::close_code>(code), why};
    if (!writing_)
      say_goodbye();
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

  void write() {
    if (writing_ || !opened_ || (waiting_.empty() && lost_ == 0))
      return;
    if (lost_ > 0) {
      auto lost = std::exchange(lost_, 0);
      current_ = std::make_shared<const std::string>(
        door_->bounds.lost ? door_->bounds.lost(lost) : std::string{});
    } else {
      current_ = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_bytes_ -= current_->size();
    }
    writing_ = true;
    stream_.async_write(
      asio::buffer(*current_),
      [self = shared_from_this()](boost::system::error_code bad, size_t) {
        self->writing_ = false;
        self->current_ = nullptr;
        if (bad)
          return self->over();
        if (self->closing_)
          return self->say_goodbye();
        self->write();
      });
  }

  void say_goodbye() {
    stream_.async_close(
      reason_,
      [self = shared_from_this()](boost::system::error_code) { self->over(); });
  }

  void over() {
    closing_ = true;
    waiting_.clear();
    waiting_bytes_ = 0;
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
  std::deque<websocket_text> waiting_;
  size_t waiting_bytes_ = 0;
  websocket_text current_;
  uint64_t lost_ = 0;
  ws::close_reason reason_;
  bool opened_ = false;
  bool writing_ = false;
  bool closing_ = false;
};

/// What the rest of the program holds. It does not keep a session open whose
/// client is gone. Always by the context's queue, never at once: an actor moves
/// between threads, and what it sends from the session's own must not overtake
/// what it sent before from another.
class websocket_session::handle final : public websocket {
public:
  explicit handle(const std::shared_ptr<websocket_session>& session)
    : context_{session->context()}, session_{session} {}

  void send(websocket_text message) override {
    asio::post(context_,
               [session = session_, message = std::move(message)]() mutable {
                 if (auto x = session.lock())
                   x->send(std::move(message));
               });
  }

  void close(uint16_t code, std::string why) override {
    asio::post(context_, [session = session_, code, why = std::move(why)] {
      if (auto x = session.lock())
        x->close(code, why);
    });
  }

private:
  asio::io_context& context_;
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
