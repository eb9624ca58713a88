#include "adapters/trace_export.hpp"

#include "adapters/genai_attributes.hpp"
#include "messages/error.hpp"
#include "messages/trace_parent.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace smart_agents {

namespace {

/// Hears whether a batch was taken: empty, or why not.
class delivery final : public http_listener {
public:
  ~delivery() override {
    // Nobody may wait for ever, whatever became of the exchange.
    if (!told_)
      over_.set_value("the exchange was dropped");
  }

  std::future<std::string> result() {
    return over_.get_future();
  }

  void on_head(http_head head) override {
    status_ = head.status;
  }
  bool on_body(std::string_view) override {
    return true;
  }
  void on_end() override {
    tell(status_ / 100 == 2 ? "" : "status " + std::to_string(status_));
  }
  void on_failure(http_failure why) override {
    tell(why.message.empty() ? "no answer" : why.message);
  }

private:
  void tell(std::string why) {
    told_ = true;
    over_.set_value(std::move(why));
  }

  int status_ = 0;
  bool told_ = false;
  std::promise<std::string> over_;
};

http_headers parse_headers(std::string_view text) {
  http_headers result{{"Content-Type", "application/json"}};
  while (!text.empty()) {
    auto one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    if (auto equals = one.find('='); equals != std::string_view::npos)
      result.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  return result;
}

} // namespace

struct trace_exporter::impl {
  std::shared_ptr<http_client> client;
  trace_export_options options;
  url to;
  http_headers headers;
  log_ptr log;
  std::mutex mutex;
  std::condition_variable wanted;
  std::vector<ledger_row> waiting;
  bool ending = false;
  bool failing = false;
  std::thread thread;

  void run() {
    std::unique_lock lock{mutex};
    for (;;) {
      wanted.wait(lock, [this] { return !waiting.empty() || ending; });
      wanted.wait_for(lock, options.every, [this] {
        return waiting.size() >= options.max_batch || ending;
      });
      if (waiting.empty())
        return; // Only at the end.
      auto count = std::min(waiting.size(), options.max_batch);
      auto from = waiting.begin();
      std::vector<ledger_row> batch{
        std::make_move_iterator(from),
        std::make_move_iterator(from + static_cast<ptrdiff_t>(count))};
      waiting.erase(from, from + static_cast<ptrdiff_t>(count));
      lock.unlock();
      deliver(batch);
      lock.lock();
    }
  }

  void count(uint64_t sent, uint64_t dropped) const {
    if (options.count)
      options.count(sent, dropped);
  }

  void deliver(const std::vector<ledger_row>& batch) {
    http_request request;
    request.to = to;
    request.headers = headers;
    request.body = otlp_traces(batch, options.version);
    request.limits.connect = options.patience;
    request.limits.first_byte = options.patience;
    request.limits.idle = options.patience;
    request.limits.deadline =
      std::chrono::steady_clock::now() + options.patience;
    request.limits.max_body = 1u << 20;
    auto listener = std::make_shared<delivery>();
    auto result = listener->result();
    client->send(std::move(request), std::move(listener));
    auto why = result.get(); // The client's deadlines bound it.
    if (why.empty()) {
      count(batch.size(), 0);
      if (std::exchange(failing, false))
        log->info("traces are taken again by {}", to.host);
      return;
    }
    count(0, batch.size());
    if (!std::exchange(failing, true))
      log->warn("traces are not taken by {}: {}; they are dropped until it "
                "does",
                to.host, why);
  }
};

caf::expected<std::unique_ptr<trace_exporter>>
trace_exporter::make(std::shared_ptr<http_client> client,
                     trace_export_options options, log_ptr log) {
  auto base = options.endpoint;
  while (!base.empty() && base.back() == '/')
    base.pop_back();
  auto to = url::parse(base + "/v1/traces");
  if (!to)
    return make_error(ec::bad_config,
                      "traces.endpoint: " + render(to.error())
                        + "; give for example http://127.0.0.1:4318");
  auto self = std::make_unique<impl>();
  self->client = std::move(client);
  self->to = std::move(*to);
  self->headers = parse_headers(options.headers);
  self->options = std::move(options);
  self->log = std::move(log);
  self->thread = std::thread{[x = self.get()] { x->run(); }};
  return std::unique_ptr<trace_exporter>{new trace_exporter{std::move(self)}};
}

trace_exporter::trace_exporter(std::unique_ptr<impl> pimpl)
  : impl_{std::move(pimpl)} {}

trace_exporter::~trace_exporter() {
  {
    std::lock_guard guard{impl_->mutex};
    impl_->ending = true;
    // What one last batch does not hold is not waited for.
    auto& rows = impl_->waiting;
    if (rows.size() > impl_->options.max_batch) {
      impl_->count(0, rows.size() - impl_->options.max_batch);
      rows.resize(impl_->options.max_batch);
    }
  }
  impl_->wanted.notify_all();
  impl_->thread.join();
}

void trace_exporter::add(const ledger_row& row) {
  if (!row.traceparent.empty() && !is_sampled(row.traceparent))
    return;
  {
    std::lock_guard guard{impl_->mutex};
    if (impl_->ending || impl_->waiting.size() >= impl_->options.max_waiting)
      return impl_->count(0, 1);
    impl_->waiting.push_back(row);
  }
  impl_->wanted.notify_one();
}
} // namespace smart_agents
