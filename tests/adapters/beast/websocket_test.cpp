#include "adapters/websocket.hpp"

#include "adapters/beast/http_server.hpp"
#include "messages/error.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace smart_agents {

namespace {

using boost::asio::ip::tcp;
namespace ws = boost::beast::websocket;

websocket_text text(const std::string& x) {
  return std::make_shared<const std::string>(x);
}

/// A client that blocks.
class client {
public:
  explicit client(uint16_t port) {
    stream_.next_layer().connect(
      tcp::endpoint{boost::asio::ip::address_v4::loopback(), port});
    stream_.handshake("127.0.0.1", "/");
  }

  /// The next message, or `closed CODE`.
  std::string next() {
    boost::beast::flat_buffer buffer;
    boost::system::error_code bad;
    stream_.read(buffer, bad);
    if (bad)
      return "closed " + std::to_string(stream_.reason().code);
    return boost::beast::buffers_to_string(buffer.data());
  }

  void say(const std::string& x) {
    stream_.write(boost::asio::buffer(x));
  }

private:
  boost::asio::io_context io_;
  ws::stream<tcp::socket> stream_{io_};
};

} // namespace

class BeastWebsocket : public ::testing::Test {
protected:
  uint16_t serve(const std::function<void(const websocket_ptr&)>& greet) {
    auto door = std::make_shared<websocket_door>();
    door->open = [greet](const server_request&, const websocket_ptr& who) {
      greet(who);
      websocket_reader reader;
      reader.text = [who](const std::string& said) {
        who->send(text("you said " + said));
      };
      return reader;
    };
    http_server_options options;
    options.websockets = std::move(door);
    auto server = start_http_server(
      io_, options, [](const server_request&, const http_responder_ptr&) {});
    EXPECT_TRUE(server) << render(server.error());
    server_ = std::move(*server);
    return server_->port();
  }

  io_threads io_{1};
  std::unique_ptr<http_server> server_;
};

TEST_F(BeastWebsocket, CarriesMessagesBothWays) {
  client x{serve([](const auto& who) { who->send(text("welcome")); })};
  EXPECT_EQ(x.next(), "welcome");
  x.say("hello");
  EXPECT_EQ(x.next(), "you said hello");
}

TEST_F(BeastWebsocket, KeepsTheOrderOfSendersThatMoveBetweenThreads) {
  // An actor sends from wherever it runs: here first on the session's own
  // thread, then, before that thread's handler returns, on another.
  client x{serve([](const websocket_ptr& who) {
    who->send(text("1"));
    std::thread{[&who] { who->send(text("2")); }}.join();
    who->send(text("3"));
    std::thread{[&who] { who->send(text("4")); }}.join();
  })};
  for (auto expected : {"1", "2", "3", "4"})
    EXPECT_EQ(x.next(), expected);
}

TEST_F(BeastWebsocket, SaysWhyBeforeItCloses) {
  client x{serve([](const auto& who) {
    who->send(text("no such topic"));
    who->close(1008, "unknown topic");
  })};
  EXPECT_EQ(x.next(), "no such topic");
  EXPECT_EQ(x.next(), "closed 1008");
}

} // namespace smart_agents
