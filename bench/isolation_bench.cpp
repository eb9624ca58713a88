// Does trouble in one corner slow the others? Latency of requests to one
// provider: undisturbed; while another provider answers nobody and requests
// hang on it; while the disk of the ledger stands still (another process holds
// its write lock). The three take turns; medians of p50 and p99 over the
// rounds, ratios to the undisturbed first.
//
//   isolation_bench [ROUNDS [REQUESTS]]

#include "bench/simulated_service.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace smart_agents::bench {

namespace {

using clock = std::chrono::steady_clock;

/// Requests that hang on the other provider at a time.
constexpr int hanging_at_once = 16;

struct quantiles {
  double p50_us = 0;
  double p99_us = 0;
};

double at(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<size_t>(share
                                    * static_cast<double>(sorted.size() - 1))];
}

/// Asks grok one question after another.
quantiles ask_grok(service& agents, int requests) {
  std::vector<double> all;
  for (int i = 0; i < requests; ++i) {
    auto what = question("Why?", task_type::reasoning, 5);
    auto before = clock::now();
    auto result = agents.ask(std::move(what));
    auto took =
      std::chrono::duration<double, std::micro>{clock::now() - before};
    const auto* answer = std::get_if<answer_ptr>(&result);
    if (answer == nullptr || (*answer)->provider != "grok")
      throw std::runtime_error{"request " + std::to_string(i)
                               + " was not answered by grok"};
    all.push_back(took.count());
  }
  std::sort(all.begin(), all.end());
  return {at(all, 0.5), at(all, 0.99)};
}

/// Requests that wait for an answer of claude which never comes.
class hanging_requests {
public:
  explicit hanging_requests(simulated_service& all) : all_{all} {
    all_.behave("claude", R"({"script":[{"fault":"hang","times":100000}]})");
    for (int i = 0; i < hanging_at_once; ++i) {
      stream_reader reader;
      reader.finished = [this](const answer_ptr&) { ++over_; };
      reader.failed = [this](const answer_failed&) { ++over_; };
      ids_.push_back(all_.agents().submit(
        question("Design.", task_type::code, 9), std::move(reader)));
    }
    while (all_.providers().stats("claude")->total.running == 0)
      std::this_thread::yield();
  }

  ~hanging_requests() {
    for (const auto& id : ids_)
      all_.agents().cancel(id);
    while (over_ < hanging_at_once)
      std::this_thread::yield();
    all_.behave("claude", R"({"script":[]})");
  }

private:
  simulated_service& all_;
  std::atomic<int> over_ = 0;
  std::vector<std::string> ids_;
};

/// The ledger's write lock in other hands: every commit waits.
class stalled_disk {
public:
  explicit stalled_disk(const std::filesystem::path& database) {
    sqlite3_open(database.c_str(), &db_);
    sqlite3_busy_timeout(db_, 10'000);
    if (sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr)
        != SQLITE_OK) {
      auto why = std::string{"no lock: "} + sqlite3_errmsg(db_);
      sqlite3_close(db_);
      throw std::runtime_error{why};
    }
  }

  ~stalled_disk() {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(db_);
  }

private:
  sqlite3* db_ = nullptr;
};

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x[x.size() / 2];
}

void run(int rounds, int requests) {
  simulated_service all{[](settings& x) {
    // Nobody who hangs may end by a time-out within the run.
    for (auto& provider : x.providers)
      provider.first_byte_timeout = std::chrono::minutes{10};
  }};
  all.behave("grok", R"({"latency_ms":2})");
  ask_grok(all.agents(), requests);

  constexpr std::array names{"undisturbed", "a provider hangs",
                             "the disk stalls"};
  std::array<std::vector<double>, 3> p50, p99, p99_ratio;
  for (int round = 0; round < rounds; ++round) {
    auto note = [&](size_t what, quantiles x) {
      p50[what].push_back(x.p50_us);
      p99[what].push_back(x.p99_us);
      p99_ratio[what].push_back(x.p99_us / p99[0].back());
    };
    note(0, ask_grok(all.agents(), requests));
    {
      hanging_requests hanging{all};
      note(1, ask_grok(all.agents(), requests));
    }
    {
      stalled_disk stalled{all.database()};
      note(2, ask_grok(all.agents(), requests));
    }
  }
  std::printf("%-18s %9s %10s %10s   (%d rounds of %d requests)\n", "", "p99 x",
              "p50 us", "p99 us", rounds, requests);
  for (size_t i = 0; i < names.size(); ++i)
    std::printf("%-18s %8.2fx %10.0f %10.0f\n", names[i], median(p99_ratio[i]),
                median(p50[i]), median(p99[i]));
}

} // namespace

} // namespace smart_agents::bench

int main(int argc, char** argv) {
  auto number = [&](int i, int preset) {
    return argc > i ? std::max(1, std::atoi(argv[i])) : preset;
  };
  try {
    smart_agents::bench::run(number(1, 9), number(2, 500));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "isolation_bench: %s\n", e.what());
    return 1;
  }
}
