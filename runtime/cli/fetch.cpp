#include "runtime/cli/fetch.hpp"

#include "adapters/beast/http_client.hpp"
#include "messages/error.hpp"
#include "runtime/settings.hpp"

#include <future>

namespace smart_agents::cli {

namespace {

using namespace std::chrono_literals;

/// Collects one exchange.
class collector : public http_listener {
public:
  void on_head(http_head head) override {
    result_.head = std::move(head);
  }
  bool on_body(std::string_view bytes) override {
    result_.body += bytes;
    return true;
  }
  void on_end() override {
    over_.set_value();
  }
  void on_failure(http_failure why) override {
    result_.failed = std::move(why);
    over_.set_value();
  }

  /// Waits for the end; the client's own deadlines bound it.
  fetched take() {
    over_.get_future().wait();
    return std::move(result_);
  }

private:
  fetched result_;
  std::promise<void> over_;
};

std::string variable(const char* upper, const char* lower) {
  auto env = process_environment();
  return env(upper).value_or(env(lower).value_or(""));
}

} // namespace

struct fetcher::impl {
  io_threads io{1};
  std::shared_ptr<http_client> client;
};

fetcher::fetcher() : impl_{std::make_unique<impl>()} {
  http_client_options options;
  options.http_proxy = variable("HTTP_PROXY", "http_proxy");
  options.https_proxy = variable("HTTPS_PROXY", "https_proxy");
  options.no_proxy = variable("NO_PROXY", "no_proxy");
  auto made = make_http_client(impl_->io, options);
  if (made)
    impl_->client = std::move(*made);
  else
    trouble_ = render(made.error());
}

fetcher::~fetcher() = default;

std::vector<fetched> fetcher::get_all(std::vector<http_request> requests,
                                      caf::timespan patience) {
  std::vector<std::shared_ptr<collector>> waiting;
  std::vector<fetched> result;
  if (impl_->client == nullptr)
    return result;
  for (auto& request : requests) {
    request.limits.connect = 5s;
    request.limits.first_byte = patience;
    request.limits.idle = patience;
    request.limits.deadline = std::chrono::steady_clock::now() + patience;
    request.limits.max_body = 1u << 20;
    waiting.push_back(std::make_shared<collector>());
    impl_->client->send(std::move(request), waiting.back());
  }
  for (auto& one : waiting)
    result.push_back(one->take());
  return result;
}

} // namespace smart_agents::cli
