// An MCP server for the conformance suite and for tests with real clients: our
// own front, with the suite's fixture tools behind it.
//
//   mcp_test_server               speaks on stdin and stdout
//   mcp_test_server --http PORT   serves http://127.0.0.1:PORT/mcp (0: any)
//
// With RAW_LOG in the environment, every message goes to that file, `>` before
// those of the client and `<` before ours.

#include "actors/front/mcp_http.hpp"
#include "adapters/beast/http_server.hpp"
#include "adapters/mcp/stdio_channel.hpp"
#include "messages/error.hpp"
#include "tests/mcp_server/fixtures.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

namespace {

using namespace smart_agents;
namespace asio = boost::asio;

class tape {
public:
  tape() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
    if (const char* path = std::getenv("RAW_LOG"))
      out_.open(path, std::ios::app);
  }

  void write(char mark, std::string_view message) {
    std::lock_guard guard{mutex_};
    if (out_)
      out_ << "0 " << mark << ' ' << message << std::endl;
  }

private:
  std::mutex mutex_;
  std::ofstream out_;
};

/// Sends lines to a channel, and keeps a copy.
class stdio_link final : public mcp_link {
public:
  explicit stdio_link(tape& log) : log_{log} {}

  void tell(std::string message) override {
    log_.write('<', message);
    channel->write(std::move(message));
  }

  void answer(mcp_reply reply) override {
    tell(std::move(reply.text));
  }

  std::unique_ptr<line_channel> channel;

private:
  tape& log_;
};

void wait_for_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  int number = 0;
  sigwait(&set, &number);
}

void block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void serve_stdio(asio::io_context& io, mcp_server& server, tape& log) {
  auto link = std::make_shared<stdio_link>(log);
  auto session = std::make_shared<mcp_session>();
  session->standing = link;
  line_handler handler;
  handler.on_line = [&, link, session](std::string line) {
    log.write('>', line);
    asio::post(io, [&server, link, session, line = std::move(line)] {
      server.receive(session, link, line);
    });
  };
  handler.on_too_long = [] {};
  // Not raise: that would go to this thread alone, and another one waits.
  handler.on_end = [] { kill(getpid(), SIGTERM); };
  link->channel = open_line_channel(0, claim_stdout(), std::move(handler));
  wait_for_signal();
  link->channel = nullptr;
}

int serve_http(io_threads& threads, mcp_server& server, uint16_t port,
               tape& log) {
  auto& io = threads.context(0);
  mcp_http_options options;
  std::unique_ptr<mcp_http> http;
  options.on_gone = [&](uint64_t x) {
    asio::post(io, [&http, x] { http->gone(x); });
  };
  http = std::make_unique<mcp_http>(server, std::move(options));
  asio::steady_timer timer{io};
  std::function<void()> tick = [&] {
    http->tick(std::chrono::steady_clock::now());
    timer.expires_after(std::chrono::seconds{5});
    timer.async_wait([&](boost::system::error_code bad) {
      if (!bad)
        tick();
    });
  };
  asio::post(io, tick);
  http_server_options listening;
  listening.port = port;
  auto listener = start_http_server(
    threads, listening,
    [&](const server_request& request, const http_responder_ptr& answer) {
      log.write('>', request.body);
      if (!mcp_http::serves(request.target))
        return answer->send(404, {}, {});
      http->receive(request, answer, std::chrono::steady_clock::now());
    });
  if (!listener) {
    std::cerr << render(listener.error()) << '\n';
    return 1;
  }
  std::cout << "http://127.0.0.1:" << (*listener)->port() << "/mcp"
            << std::endl;
  wait_for_signal();
  (*listener)->stop();
  return 0;
}

int run(int argc, char** argv) {
  block_signals();
  tape log;
  auto offer = test::fixture_offer();
  mcp_server server{{"mcp-test-server", "1.0", "Try echo."}, std::move(offer)};
  io_threads threads{1};
  auto& io = threads.context(0);
  server.serve(test::fixture_host(
    server, [&io](std::chrono::milliseconds delay, std::function<void()> run) {
      auto timer = std::make_shared<asio::steady_timer>(io, delay);
      timer->async_wait(
        [timer, run = std::move(run)](boost::system::error_code) { run(); });
    }));
  if (argc == 3 && std::strcmp(argv[1], "--http") == 0)
    return serve_http(threads, server,
                      static_cast<uint16_t>(std::atoi(argv[2])), log);
  serve_stdio(io, server, log);
  // Nobody is left to tell; timers may still be under way.
  std::_Exit(0);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "mcp_test_server: " << e.what() << std::endl;
    return 1;
  }
}
