// A server that speaks TLS itself, asked by our own client.

#include "adapters/beast/http_client.hpp"
#include "adapters/beast/http_server.hpp"
#include "adapters/tls_files.hpp"
#include "messages/error.hpp"
#include "tests/adapters/beast/http_peers.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
using namespace test;
using boost::asio::ip::tcp;

} // namespace

class TlsServer : public ::testing::Test {
protected:
  TlsServer() {
    auto name =
      (std::filesystem::temp_directory_path() / "tls-server-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    pem_ = authority_.write_pem();
    files_ = write(authority_.issue({"IP:127.0.0.1"}), "good");
    http_client_options trusting;
    trusting.extra_ca_file = pem_;
    auto client = make_http_client(io_, trusting);
    EXPECT_TRUE(client) << render(client.error());
    client_ = *client;
  }

  ~TlsServer() override {
    std::remove(pem_.c_str());
    std::filesystem::remove_all(folder_);
  }

  tls_files write(const certificate& what, const std::string& name) {
    tls_files result{folder_ + "/" + name + ".pem",
                     folder_ + "/" + name + ".key"};
    auto* shown = std::fopen(result.certificate.c_str(), "w");
    PEM_write_X509(shown, what.shown.get());
    std::fclose(shown);
    auto* key = std::fopen(result.key.c_str(), "w");
    PEM_write_PrivateKey(key, what.key.get(), nullptr, nullptr, 0, nullptr,
                         nullptr);
    std::fclose(key);
    return result;
  }

  uint16_t serve(const http_handler& handler) {
    auto server = start_http_server(io_, {}, handler, files_);
    EXPECT_TRUE(server) << render(server.error());
    server_ = std::move(*server);
    return server_->port();
  }

  static http_request to(uint16_t port, std::string body = "{}") {
    http_request result;
    result.to = *url::parse("https://127.0.0.1:" + std::to_string(port) + "/x");
    result.body = std::move(body);
    return result;
  }

  std::shared_ptr<recorder> run(http_request request) {
    auto result = std::make_shared<recorder>();
    client_->send(std::move(request), result);
    EXPECT_TRUE(result->wait());
    return result;
  }

  std::string refusal(const tls_files& which) {
    auto bad = check_tls_files(which);
    EXPECT_TRUE(bad);
    return render(bad);
  }

  authority authority_{"root"};
  std::string folder_;
  std::string pem_;
  tls_files files_;
  io_threads io_{1};
  std::unique_ptr<http_server> server_;
  std::shared_ptr<http_client> client_;
};

TEST_F(TlsServer, AnswersLargeBodiesWholeOnConnectionsThatStay) {
  std::string peer;
  auto port =
    serve([&](server_request request, const http_responder_ptr& answer) {
      peer = request.peer;
      answer->send(200, {}, std::move(request.body));
    });
  for (int i = 0; i < 3; ++i) {
    auto body = std::string(3'000'000, static_cast<char>('a' + i));
    auto got = run(to(port, body));
    ASSERT_FALSE(got->failure) << got->failure->message;
    EXPECT_EQ(got->head.status, 200);
    EXPECT_TRUE(got->body == body) << got->body.size();
  }
  EXPECT_EQ(peer, "127.0.0.1");
}

TEST_F(TlsServer, StreamsAndHearsThatItsClientIsGone) {
  std::promise<void> gone;
  http_responder_ptr held;
  auto port =
    serve([&](const server_request&, const http_responder_ptr& answer) {
      held = answer;
      answer->on_gone([&gone] { gone.set_value(); });
      answer->start(200, {});
      answer->write("piece", [](bool) {});
    });
  auto got = std::make_shared<recorder>();
  auto exchange = client_->send(to(port), got);
  got->got_head.get_future().wait();
  exchange->cancel();
  EXPECT_EQ(gone.get_future().wait_for(patience), std::future_status::ready);
  held->abort();
}

TEST_F(TlsServer, ClosesOnWhoSpeaksPlainly) {
  std::atomic<int> asked = 0;
  auto port =
    serve([&](const server_request&, const http_responder_ptr& answer) {
      ++asked;
      answer->send(200, {}, "secret");
    });
  boost::asio::io_context context;
  tcp::socket socket{context};
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  std::string plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  boost::asio::write(socket, boost::asio::buffer(plain));
  std::string answer;
  boost::system::error_code bad;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), bad);
  EXPECT_TRUE(bad);
  EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos);
  EXPECT_EQ(asked, 0);
  // Others are served.
  EXPECT_EQ(run(to(port))->body, "secret");
}

TEST_F(TlsServer, TakesNoFilesThatAreNotACertificateAndItsKey) {
  EXPECT_FALSE(check_tls_files(files_));
  EXPECT_NE(refusal({files_.certificate, ""}).find("key is missing"),
            std::string::npos);
  EXPECT_NE(refusal({"/none/x.pem", files_.key}).find("/none/x.pem cannot be"),
            std::string::npos);
  EXPECT_NE(refusal({files_.key, files_.key}).find("holds no certificate"),
            std::string::npos);
  EXPECT_NE(
    refusal({files_.certificate, files_.certificate}).find("no private key"),
    std::string::npos);
  auto other = write(authority_.issue({"IP:127.0.0.1"}), "other");
  EXPECT_NE(refusal({files_.certificate, other.key}).find("is not the key of"),
            std::string::npos)
    << refusal({files_.certificate, other.key});
  auto old = write(authority_.issue({"IP:127.0.0.1", -2h, -1h}), "old");
  EXPECT_NE(refusal(old).find("has expired"), std::string::npos);
  auto server = start_http_server(
    io_, {}, [](auto, auto) {}, old);
  EXPECT_FALSE(server);
}

} // namespace smart_agents
