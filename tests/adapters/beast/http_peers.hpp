#pragma once

#include "adapters/http_client.hpp"
#include "tests/adapters/beast/certificates.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace smart_agents::test {

/// Long enough that only a hang gets there.
inline constexpr auto patience = std::chrono::seconds{20};

/// Collects one exchange; `wait` returns when it is over.
class recorder : public http_listener {
public:
  void on_head(http_head x) override {
    head = std::move(x);
    got_head.set_value();
  }
  bool on_body(std::string_view bytes) override {
    body += bytes;
    ++pieces;
    return !pause.load();
  }
  void on_end() override {
    over_.set_value();
  }
  void on_failure(http_failure why) override {
    failure = std::move(why);
    over_.set_value();
  }

  bool wait() {
    return over_.get_future().wait_for(patience) == std::future_status::ready;
  }

  http_head head;
  std::string body;
  std::atomic<int> pieces = 0;
  std::atomic<bool> pause = false;
  std::optional<http_failure> failure;
  std::promise<void> got_head;

private:
  std::promise<void> over_;
};

/// What a peer does with one connection, step by step; it closes at the end.
struct peer_step {
  enum class kind {
    /// Reads a head and remembers it, then says `text`.
    answer,
    /// Says `text` unasked.
    speak,
    /// Becomes encrypted. Reads and writes are inside from then on.
    handshake,
    /// Keeps still until the client closes.
    hang,
  };
  kind what = kind::answer;
  std::string text;
};

inline peer_step answer(std::string text) {
  return {peer_step::kind::answer, std::move(text)};
}

inline peer_step speak(std::string text) {
  return {peer_step::kind::speak, std::move(text)};
}

inline peer_step handshake() {
  return {peer_step::kind::handshake, {}};
}

inline peer_step hang() {
  return {peer_step::kind::hang, {}};
}

/// An answer of status 200 with a body, on a connection that is kept.
inline peer_step answer_200(const std::string& body) {
  return answer("HTTP/1.1 200 OK\r\nContent-Length: "
                + std::to_string(body.size()) + "\r\n\r\n" + body);
}

/// A peer below HTTP, on a thread of its own: takes connections one by one and
/// plays the script of each.
class scripted_peer {
public:
  using tcp = boost::asio::ip::tcp;
  using script = std::vector<peer_step>;

  /// `identity` is what handshakes show; without one there are none.
  explicit scripted_peer(std::vector<script> scripts,
                         std::optional<certificate> identity = {})
    : identity_{std::move(identity)} {
    thread_ = std::thread{[this, scripts = std::move(scripts)] {
      for (const auto& x : scripts) {
        if (!serve(x))
          return;
        std::lock_guard guard{mutex_};
        ++closed_;
        changed_.notify_all();
      }
    }};
  }

  ~scripted_peer() {
    // A last connection wakes an accept that still waits.
    boost::system::error_code ignored;
    tcp::socket socket{context_};
    socket.connect(acceptor_.local_endpoint(), ignored);
    socket.close(ignored);
    thread_.join();
  }

  uint16_t port() const {
    return acceptor_.local_endpoint().port();
  }

  /// Returns once this many connections were closed by the peer; false if that
  /// does not happen.
  bool wait_closed(size_t count) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, patience,
                             [this, count] { return closed_ >= count; });
  }

  /// The heads that came, in order.
  std::vector<std::string> heads() {
    std::lock_guard guard{mutex_};
    return heads_;
  }

private:
  using stream = boost::asio::ssl::stream<tcp::socket&>;

  bool serve(const script& steps) {
    tcp::socket socket{context_};
    boost::system::error_code bad;
    acceptor_.accept(socket, bad);
    if (bad)
      return false;
    boost::asio::ssl::context tls{boost::asio::ssl::context::tls_server};
    if (identity_)
      identity_->show(tls);
    std::optional<stream> secure;
    boost::asio::streambuf buffer;
    for (const auto& step : steps) {
      switch (step.what) {
      case peer_step::kind::handshake:
        secure.emplace(socket, tls).handshake(stream::server, bad);
        break;
      case peer_step::kind::speak:
        boost::asio::write(socket, boost::asio::buffer(step.text), bad);
        break;
      case peer_step::kind::hang: {
        char byte = 0;
        socket.read_some(boost::asio::buffer(&byte, 1), bad);
        while (!bad)
          socket.read_some(boost::asio::buffer(&byte, 1), bad);
        break;
      }
      case peer_step::kind::answer:
        if (secure)
          converse(*secure, buffer, step.text, bad);
        else
          converse(socket, buffer, step.text, bad);
        break;
      }
      if (bad)
        break;
    }
    return true;
  }

  template <class Stream>
  void converse(Stream& on, boost::asio::streambuf& buffer,
                const std::string& text, boost::system::error_code& bad) {
    auto size = boost::asio::read_until(on, buffer, "\r\n\r\n", bad);
    if (bad)
      return;
    auto from = boost::asio::buffers_begin(buffer.data());
    std::string head(from, from + static_cast<std::ptrdiff_t>(size));
    buffer.consume(size);
    // The body that the head announces, so that the next head is one.
    auto at = head.find("Content-Length: ");
    auto left = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    while (buffer.size() < left && !bad)
      buffer.commit(on.read_some(buffer.prepare(65536), bad));
    if (bad)
      return;
    buffer.consume(left);
    {
      std::lock_guard guard{mutex_};
      heads_.push_back(std::move(head));
    }
    boost::asio::write(on, boost::asio::buffer(text), bad);
  }

  std::optional<certificate> identity_;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_,
                          {boost::asio::ip::address_v4::loopback(), 0}};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> heads_;
  size_t closed_ = 0;
  std::thread thread_;
};

/// A loopback port on which nobody listens.
inline uint16_t free_port() {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  tcp::acceptor acceptor{context, {boost::asio::ip::address_v4::loopback(), 0}};
  return acceptor.local_endpoint().port();
}

} // namespace smart_agents::test
