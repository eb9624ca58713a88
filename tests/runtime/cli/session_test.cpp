#include "runtime/cli/session.hpp"

#include "actors/coordinator/faults.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace smart_agents;
using namespace smart_agents::cli;
using namespace std::chrono_literals;

namespace {

/// A loopback port on which somebody listens, or nobody any more.
class listener {
public:
  listener() : socket_{socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, any, size), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    EXPECT_EQ(getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~listener() {
    close_now();
  }
  void close_now() {
    if (socket_ >= 0)
      close(socket_);
    socket_ = -1;
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

private:
  int socket_;
  uint16_t port_ = 0;
};

settings with_assumed_ollama(const std::string& base_url) {
  settings x;
  x.providers = {default_provider("ollama")};
  x.providers[0].base_url = base_url;
  x.providers[0].assumed = true;
  return x;
}

answer_failed failed_with(failure_class what) {
  answer_failed x;
  x.why.what = what;
  return x;
}

} // namespace

TEST(Provider, ThatIsAssumedCountsOnlyWhileItAnswers) {
  listener ollama;
  auto config = with_assumed_ollama(ollama.url());
  EXPECT_TRUE(has_provider(config));
  ollama.close_now();
  EXPECT_FALSE(has_provider(config));
}

TEST(Provider, ThatWasAskedForCountsAlways) {
  listener ollama;
  auto config = with_assumed_ollama(ollama.url());
  ollama.close_now();
  config.providers[0].assumed = false;
  EXPECT_TRUE(has_provider(config));
  EXPECT_FALSE(has_provider({}));
}

TEST(Probe, NeedsAnAddressNotAName) {
  EXPECT_FALSE(accepts_connections("http://nowhere.invalid:1", 100ms));
  EXPECT_FALSE(accepts_connections("nonsense", 100ms));
}

TEST(ExitCode, TellsWhoseFaultItWas) {
  using enum failure_class;
  for (auto what : {over_quota, resting, timeout, network, auth, billing,
                    context_too_long, model_not_found, queue_full})
    EXPECT_EQ(exit_of(failed_with(what)), 3) << to_string(what);
  EXPECT_EQ(exit_of(failed_with(bad_request)), 2);
  auto misnamed = failed_with(model_not_found);
  misnamed.why.code = unknown_model;
  EXPECT_EQ(exit_of(misnamed), 2);
  EXPECT_EQ(exit_of(failed_with(cancelled)), 1);
  EXPECT_EQ(exit_of(failed_with(internal)), 1);
}

TEST(Task, IsMadeOfTheArguments) {
  task_arguments from;
  from.type = task_type::code;
  from.complexity = 9;
  from.system = "Be brief.";
  from.max_output = 50;
  settings config;
  config.routing.default_model = "auto:cheap";
  auto x = make_task(from, config, "hello", "cli");
  EXPECT_EQ(x.model, "auto:cheap");
  EXPECT_EQ(x.origin, "cli");
  EXPECT_EQ(x.complexity, 9);
  EXPECT_EQ(x.request.max_output, 50u);
  ASSERT_EQ(x.request.messages.size(), 2u);
  EXPECT_EQ(x.request.messages[0].from, role::system);
  EXPECT_EQ(text_of(x.request.messages[1].parts), "hello");
  EXPECT_TRUE(x.limits_bind);
  from.model = "claude/opus";
  EXPECT_EQ(make_task(from, config, "hello", "cli").model, "claude/opus");
}
