#include "adapters/beast/http_client.hpp"
#include "adapters/beast/http_server.hpp"
#include "messages/error.hpp"
#include "tests/adapters/beast/http_peers.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <future>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using namespace test;

} // namespace

class BeastHttp : public ::testing::Test {
protected:
  /// Serves with `handler` and returns the port.
  uint16_t serve(const http_handler& handler,
                 const http_server_options& options = {}) {
    auto server = start_http_server(io_, options, handler);
    EXPECT_TRUE(server) << render(server.error());
    server_ = std::move(*server);
    return server_->port();
  }

  static http_request to(uint16_t port, std::string body = "{}") {
    http_request result;
    result.to = *url::parse("http://127.0.0.1:" + std::to_string(port) + "/x");
    result.headers = {{"Content-Type", "application/json"}};
    result.body = std::move(body);
    return result;
  }

  std::shared_ptr<recorder> run(http_request request) {
    auto result = std::make_shared<recorder>();
    client_->send(std::move(request), result);
    EXPECT_TRUE(result->wait());
    return result;
  }

  io_threads io_{1};
  std::unique_ptr<http_server> server_;
  std::shared_ptr<http_client> client_ = *make_http_client(io_, {});
};

TEST_F(BeastHttp, CarriesARequestAndItsAnswer) {
  server_request seen;
  auto port =
    serve([&seen](server_request request, const http_responder_ptr& answer) {
      seen = std::move(request);
      answer->send(201, {{"X-A", "b"}}, "hello");
    });
  auto got = run(to(port, "ping"));
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/x");
  EXPECT_EQ(seen.body, "ping");
  EXPECT_EQ(find_header(seen.headers, "host"),
            "127.0.0.1:" + std::to_string(port));
  EXPECT_EQ(got->head.status, 201);
  EXPECT_EQ(find_header(got->head.headers, "x-a"), "b");
  EXPECT_EQ(got->body, "hello");
  EXPECT_FALSE(got->failure);
}

TEST_F(BeastHttp, KeepsAConnectionForTheNextRequest) {
  // The peer says one thing a connection: the answers must come from two.
  scripted_peer once{{{answer_200("a")}, {answer_200("b")}}};
  EXPECT_EQ(run(to(once.port()))->body, "a");
  // It closed the kept connection, which the client finds out and mends.
  ASSERT_TRUE(once.wait_closed(1));
  EXPECT_EQ(run(to(once.port()))->body, "b");
}

TEST_F(BeastHttp, ReadsChunkedAndCloseDelimitedBodies) {
  scripted_peer peer{
    {{answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")},
     {answer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end")}}};
  EXPECT_EQ(run(to(peer.port()))->body, "abcde");
  ASSERT_TRUE(peer.wait_closed(1));
  EXPECT_EQ(run(to(peer.port()))->body, "until the end");
}

TEST_F(BeastHttp, TellsATruncatedBodyFromAWholeOne) {
  scripted_peer peer{
    {{answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")},
     {answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na")}}};
  for (int i = 0; i < 2; ++i) {
    auto got = run(to(peer.port()));
    ASSERT_TRUE(got->failure);
    EXPECT_EQ(got->failure->what, http_failure::kind::reset);
    EXPECT_TRUE(got->failure->sent);
  }
}

TEST_F(BeastHttp, CallsGarbageByItsName) {
  scripted_peer peer{{{answer("SSH-2.0-OpenSSH_9.2\r\n\r\n")}}};
  auto got = run(to(peer.port()));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::protocol);
}

TEST_F(BeastHttp, SaysThatNobodyListens) {
  auto got = run(to(free_port()));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::connect);
  EXPECT_FALSE(got->failure->sent);
}

TEST_F(BeastHttp, GivesUpOnAPeerThatHangs) {
  std::vector<http_responder_ptr> held;
  auto port = serve([&held](const server_request&, http_responder_ptr answer) {
    held.push_back(std::move(answer));
  });
  auto request = to(port);
  request.limits.first_byte = 60ms;
  auto got = run(std::move(request));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::timeout);
  server_->stop();
}

TEST_F(BeastHttp, GivesUpOnAStreamThatStalls) {
  std::vector<http_responder_ptr> held;
  auto port = serve([&held](const server_request&, http_responder_ptr answer) {
    answer->start(200, {});
    answer->write("first", [](bool) {});
    held.push_back(std::move(answer));
  });
  auto request = to(port);
  request.limits.idle = 60ms;
  auto got = run(std::move(request));
  EXPECT_EQ(got->body, "first");
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::timeout);
  server_->stop();
}

TEST_F(BeastHttp, ClosesTheUpstreamConnectionWhenCancelled) {
  std::promise<void> left;
  http_responder_ptr held;
  auto port = serve([&](const server_request&, http_responder_ptr answer) {
    answer->on_gone([&left] { left.set_value(); });
    answer->start(200, {});
    answer->write("x", [](bool) {});
    held = std::move(answer);
  });
  auto got = std::make_shared<recorder>();
  auto exchange = client_->send(to(port), got);
  ASSERT_EQ(got->got_head.get_future().wait_for(patience),
            std::future_status::ready);
  exchange->cancel();
  EXPECT_TRUE(got->wait());
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::cancelled);
  EXPECT_EQ(left.get_future().wait_for(patience), std::future_status::ready);
  server_->stop();
}

TEST_F(BeastHttp, StopsReadingWhileItsReaderPauses) {
  std::atomic<size_t> written = 0;
  std::function<void(http_responder_ptr)> more;
  constexpr size_t total = 64u << 20;
  auto port = serve([&](const server_request&, http_responder_ptr answer) {
    answer->start(200, {});
    more = [&](const http_responder_ptr& to) {
      if (written >= total)
        return to->end();
      written += 65536;
      to->write(std::string(65536, 'x'), [&more, to](bool ok) {
        if (ok)
          more(to);
      });
    };
    more(std::move(answer));
  });
  auto got = std::make_shared<recorder>();
  got->pause = true;
  auto exchange = client_->send(to(port), got);
  ASSERT_EQ(got->got_head.get_future().wait_for(patience),
            std::future_status::ready);
  // The server runs into the full socket buffers; nothing is delivered until
  // the reader goes on, however long that takes.
  auto seen = got->pieces.load();
  EXPECT_LE(seen, 1);
  got->pause = false;
  exchange->resume();
  EXPECT_TRUE(got->wait());
  EXPECT_EQ(got->body.size(), total);
  EXPECT_FALSE(got->failure);
}

TEST_F(BeastHttp, TakesNoMoreThanItsLimit) {
  auto port =
    serve([](const server_request&, const http_responder_ptr& answer) {
      answer->send(200, {}, std::string(100'000, 'x'));
    });
  auto request = to(port);
  request.limits.max_body = 50'000;
  auto got = run(std::move(request));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::too_large);
}

TEST_F(BeastHttp, AnswersForAHandlerThatForgets) {
  auto port = serve([](const server_request&, const http_responder_ptr&) {});
  EXPECT_EQ(run(to(port))->head.status, 500);
}

TEST_F(BeastHttp, ResetsWhenTheHandlerAborts) {
  auto port = serve([](const server_request&,
                       const http_responder_ptr& answer) { answer->abort(); });
  auto got = run(to(port));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::reset);
}

TEST_F(BeastHttp, RefusesWhatIsTooLargeOrNoHttp) {
  http_server_options options;
  options.max_body = 1000;
  options.max_header = 1000;
  auto port =
    serve([](const server_request&,
             const http_responder_ptr& answer) { answer->send(200, {}, ""); },
          options);
  EXPECT_EQ(run(to(port, std::string(2000, 'x')))->head.status, 413);
  auto long_header = to(port);
  long_header.headers.emplace_back("X-Long", std::string(2000, 'x'));
  EXPECT_EQ(run(std::move(long_header))->head.status, 431);
  auto strange = to(port);
  strange.method = "WHAT EVER";
  EXPECT_EQ(run(std::move(strange))->head.status, 400);
}

TEST_F(BeastHttp, DropsAClientThatIsTooSlow) {
  http_server_options options;
  options.idle_timeout = 50ms;
  options.read_timeout = 50ms;
  auto port =
    serve([](const server_request&, const http_responder_ptr&) {}, options);
  boost::asio::io_context context;
  tcp::socket socket{context};
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  boost::asio::write(socket, boost::asio::buffer("POST /x HTTP/1.1\r\n", 18));
  boost::asio::streambuf answer;
  boost::system::error_code bad;
  boost::asio::read_until(socket, answer, "\r\n", bad);
  std::istream line{&answer};
  std::string version;
  int status = 0;
  line >> version >> status;
  EXPECT_EQ(status, 408);
}

TEST_F(BeastHttp, GivesAHeadThatDripsNoMoreTimeForEachByte) {
  http_server_options options;
  options.idle_timeout = 300ms;
  std::atomic<int> asked = 0;
  auto port = serve(
    [&asked](const server_request&, const http_responder_ptr&) { ++asked; },
    options);
  boost::asio::io_context context;
  tcp::socket slow{context};
  slow.connect({boost::asio::ip::address_v4::loopback(), port});
  std::string head = "POST /x HTTP/1.1\r\nX-Long: ";
  boost::asio::write(slow, boost::asio::buffer(head));
  boost::system::error_code bad;
  pollfd readable{slow.native_handle(), POLLIN, 0};
  while (!bad && poll(&readable, 1, 2) == 0)
    boost::asio::write(slow, boost::asio::buffer("x", 1), bad);
  EXPECT_EQ(asked, 0);
  // It cost its socket, and others nothing.
  EXPECT_EQ(run(to(port))->head.status, 500);
}

TEST_F(BeastHttp, DropsABodyThatDrips) {
  http_server_options options;
  options.read_timeout = 300ms;
  auto port = serve(
    [](const server_request&, const http_responder_ptr& answer) {
      answer->send(200, {}, "done");
    },
    options);
  boost::asio::io_context context;
  tcp::socket slow{context};
  slow.connect({boost::asio::ip::address_v4::loopback(), port});
  std::string head = "POST /x HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n";
  boost::asio::write(slow, boost::asio::buffer(head));
  boost::system::error_code bad;
  pollfd readable{slow.native_handle(), POLLIN, 0};
  while (!bad && poll(&readable, 1, 2) == 0)
    boost::asio::write(slow, boost::asio::buffer("x", 1), bad);
  std::string got;
  boost::asio::read(slow, boost::asio::dynamic_buffer(got), bad);
  EXPECT_EQ(got.find("HTTP/1.1 200"), std::string::npos);
}

TEST_F(BeastHttp, SaysThatAPortIsTaken) {
  auto port = serve([](const server_request&, const http_responder_ptr&) {});
  http_server_options same;
  same.port = port;
  auto second = start_http_server(io_, same, [](auto, auto) {});
  ASSERT_FALSE(second);
  EXPECT_NE(render(second.error()).find("the port is in use"),
            std::string::npos);
}

TEST_F(BeastHttp, ServesManyAtOnce) {
  auto port =
    serve([](server_request request, const http_responder_ptr& answer) {
      answer->send(200, {}, std::move(request.body));
    });
  std::vector<std::shared_ptr<recorder>> all;
  for (int i = 0; i < 500; ++i) {
    all.push_back(std::make_shared<recorder>());
    client_->send(to(port, std::to_string(i)), all.back());
  }
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(all[static_cast<size_t>(i)]->wait());
    EXPECT_EQ(all[static_cast<size_t>(i)]->body, std::to_string(i));
  }
}

} // namespace smart_agents
