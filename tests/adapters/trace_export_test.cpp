#include "adapters/trace_export.hpp"

#include "messages/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

using namespace smart_agents;
using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

namespace {

/// A collector that answers each batch as it is told to.
class collector final : public http_client {
public:
  explicit collector(std::deque<int> statuses)
    : statuses_{std::move(statuses)} {}

  std::shared_ptr<http_exchange>
  send(http_request request, std::shared_ptr<http_listener> listener) override {
    int status = 200;
    {
      std::lock_guard guard{mutex_};
      requests_.push_back(std::move(request));
      if (!statuses_.empty()) {
        status = statuses_.front();
        statuses_.pop_front();
      }
    }
    if (status < 0) {
      // Never heard of again.
    } else if (status == 0) {
      listener->on_failure({http_failure::kind::connect, "refused", false});
    } else {
      listener->on_head({status, {}});
      listener->on_end();
    }
    came_.notify_all();
    return nullptr;
  }

  /// Waits for `count` batches.
  std::vector<http_request> batches(size_t count) {
    std::unique_lock lock{mutex_};
    came_.wait_for(lock, 10s, [&] { return requests_.size() >= count; });
    return requests_;
  }

private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<int> statuses_;
  std::vector<http_request> requests_;
};

ledger_row row(const std::string& id) {
  ledger_row x;
  x.task_id = id;
  x.provider = "claude";
  x.model = "opus";
  x.outcome = "answered";
  return x;
}

size_t spans_of(const http_request& x) {
  return boost::json::parse(x.body.text())
    .at("resourceSpans")
    .at(0)
    .at("scopeSpans")
    .at(0)
    .at("spans")
    .as_array()
    .size();
}

/// What the exporter counts.
struct tally {
  std::atomic<uint64_t> sent = 0;
  std::atomic<uint64_t> dropped = 0;

  std::function<void(uint64_t, uint64_t)> counter() {
    return [this](uint64_t s, uint64_t d) {
      sent += s;
      dropped += d;
    };
  }
};

std::unique_ptr<trace_exporter> make(const std::shared_ptr<collector>& to,
                                     trace_export_options options = {}) {
  if (options.endpoint.empty())
    options.endpoint = "http://127.0.0.1:4318/";
  auto result = trace_exporter::make(to, std::move(options), make_silent_log());
  EXPECT_TRUE(result);
  return std::move(*result);
}

} // namespace

TEST(TraceExport, SendsWhatWaitsAtTheEnd) {
  auto to = std::make_shared<collector>(std::deque<int>{});
  trace_export_options options;
  options.headers = "x-team=a,authorization=Bearer t";
  {
    auto exporter = make(to, options);
    exporter->add(row("req_1"));
    exporter->add(row("req_2"));
  }
  auto sent = to->batches(1);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].to.target, "/v1/traces");
  EXPECT_EQ(sent[0].to.port, 4318);
  EXPECT_EQ(spans_of(sent[0]), 2u);
  EXPECT_THAT(sent[0].headers, Contains(Pair("x-team", "a")));
  EXPECT_THAT(sent[0].headers, Contains(Pair("authorization", "Bearer t")));
}

TEST(TraceExport, LeavesOutWhatTheCallerDoesNotRecord) {
  auto to = std::make_shared<collector>(std::deque<int>{});
  {
    auto exporter = make(to);
    auto of = [](const char* flags) {
      auto x = row("req_1");
      x.traceparent =
        std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"}
        + flags;
      return x;
    };
    exporter->add(of("00"));
    exporter->add(of("01"));
    exporter->add(of("02"));
  }
  auto sent = to->batches(1);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(spans_of(sent[0]), 1u);
}

TEST(TraceExport, SendsABatchAsSoonAsItIsFull) {
  auto to = std::make_shared<collector>(std::deque<int>{});
  trace_export_options options;
  options.max_batch = 2;
  options.every = 1h;
  auto exporter = make(to, options);
  exporter->add(row("req_1"));
  exporter->add(row("req_2"));
  EXPECT_EQ(to->batches(1).size(), 1u);
}

TEST(TraceExport, CountsWhatTheCollectorDoesNotTake) {
  auto to = std::make_shared<collector>(std::deque<int>{503, 0});
  tally counted;
  trace_export_options options;
  options.max_batch = 1;
  options.count = counted.counter();
  {
    auto exporter = make(to, options);
    for (const char* id : {"req_1", "req_2", "req_3"})
      exporter->add(row(id));
    EXPECT_EQ(to->batches(3).size(), 3u);
  }
  EXPECT_EQ(counted.dropped, 2u);
  EXPECT_EQ(counted.sent, 1u);
}

TEST(TraceExport, DropsWhatDoesNotFitIntoItsQueue) {
  auto to = std::make_shared<collector>(std::deque<int>{});
  tally counted;
  trace_export_options options;
  options.max_waiting = 2;
  options.every = 1h; // until the end
  options.count = counted.counter();
  {
    auto exporter = make(to, options);
    for (const char* id : {"req_1", "req_2", "req_3"})
      exporter->add(row(id));
    EXPECT_EQ(counted.dropped, 1u);
  }
  EXPECT_EQ(counted.sent, 2u);
}

TEST(TraceExport, WaitsForNoCollectorThatDropsTheExchange) {
  auto to = std::make_shared<collector>(std::deque<int>{-1});
  tally counted;
  trace_export_options options;
  options.count = counted.counter();
  make(to, options)->add(row("req_1"));
  EXPECT_EQ(counted.dropped, 1u);
}

TEST(TraceExport, RefusesAnAddressThatIsNone) {
  trace_export_options options;
  options.endpoint = "collector";
  auto made = trace_exporter::make(nullptr, options, make_silent_log());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), ec::bad_config);
  EXPECT_THAT(render(made.error()), HasSubstr("traces.endpoint"));
}
