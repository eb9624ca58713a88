#include "adapters/beast/http_client.hpp"
#include "adapters/mcp/http_bridge.hpp"
#include "adapters/mcp/stdio_channel.hpp"
#include "messages/error.hpp"
#include "runtime/commands.hpp"
#include "runtime/settings.hpp"
#include "runtime/shutdown.hpp"

#include <boost/asio/steady_timer.hpp>
#include <spdlog/logger.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <memory>
#include <mutex>

namespace smart_agents {

namespace {

/// How long a server may take to hear that we go.
constexpr auto farewell = std::chrono::seconds{2};

/// Where clients' keys come from; a command line would show it to everybody.
constexpr const char* key_variable = "SMART_AGENTS_KEY";

bool is_file(int fd) {
  struct stat what {};
  return ::fstat(fd, &what) == 0 && S_ISREG(what.st_mode);
}

/// `http://host:port` means its `/mcp`.
caf::expected<url> parse_server(const std::string& text) {
  auto result = url::parse(text);
  if (result && result->target == "/")
    result->target = "/mcp";
  return result;
}

/// Runs something later, on an I/O thread.
void run_later(io_threads& io, caf::timespan when, std::function<void()> what) {
  auto timer = std::make_shared<boost::asio::steady_timer>(io.context(0), when);
  timer->async_wait(
    [timer, what = std::move(what)](const boost::system::error_code& stopped) {
      if (!stopped)
        what();
    });
}

} // namespace

int run_mcp_connect(const std::string& server, log_ptr log) {
  auto to = parse_server(server);
  if (!to) {
    log->error("--connect: {}", render(to.error()));
    return 2;
  }
  auto out = claim_stdout();
  if (out < 0) {
    log->error("mcp: there is no stdout to answer on");
    return 1;
  }
  std::promise<void> over;
  std::once_flag once;
  auto finish = [&] { std::call_once(once, [&] { over.set_value(); }); };
  signal_watch signals{[&](int) { finish(); }};
  io_threads io{1};
  auto client = make_http_client(io, {});
  if (!client) {
    log->error("{}", render(client.error()));
    return 1;
  }
  std::unique_ptr<line_channel> channel;
  std::mutex mutex;
  http_bridge_options options;
  options.client = *client;
  options.to = *to;
  if (auto key = process_environment()(key_variable))
    options.headers.emplace_back("Authorization", "Bearer " + *key);
  options.write = [&](std::string line) {
    std::lock_guard guard{mutex};
    if (channel)
      channel->write(std::move(line));
  };
  options.later = [&io](caf::timespan when, std::function<void()> what) {
    run_later(io, when, std::move(what));
  };
  http_bridge bridge{std::move(options)};
  line_handler handler;
  handler.on_line = [&](std::string line) { bridge.take(std::move(line)); };
  handler.on_too_long = [&] {
    log->warn("a line of more than {} bytes was skipped", max_line);
  };
  handler.on_end = finish;
  {
    std::lock_guard guard{mutex};
    channel = open_line_channel(STDIN_FILENO, out, std::move(handler));
  }
  over.get_future().wait();
  // The reader of a file's requests wants all answers.
  if (is_file(STDIN_FILENO))
    bridge.wait(std::chrono::hours{1});
  bridge.end();
  bridge.wait(farewell);
  std::unique_ptr<line_channel> last;
  {
    std::lock_guard guard{mutex};
    last = std::move(channel);
  }
  last = nullptr; // writes what is queued
  return 0;
}

} // namespace smart_agents
