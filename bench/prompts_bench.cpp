// Real prompts through the whole runtime: every prompt of the files is routed;
// then some of them are asked, one after another, of providers that fail at
// random. Every one must be answered or refused with a reason, and the ledger
// must equal what the providers counted on their side.
//
//   prompts_bench ASKS FILE.jsonl...     lines with a "prompt"
//
// Exit code 1 when something was lost.

#include "bench/simulated_service.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <vector>

namespace smart_agents::bench {

namespace {

using clock = std::chrono::steady_clock;

std::vector<std::string> read_prompts(int count, char** files) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    std::ifstream in{files[i]};
    if (!in) {
      std::fprintf(stderr, "cannot read %s\n", files[i]);
      return {};
    }
    for (std::string line; std::getline(in, line);)
      result.emplace_back(boost::json::parse(line).at("prompt").as_string());
  }
  return result;
}

/// Routes all; false when one got no decision.
bool route_all(service& agents, const std::vector<std::string>& prompts) {
  std::vector<double> all;
  std::map<std::string, size_t> first;
  bool good = true;
  for (const auto& prompt : prompts) {
    auto before = clock::now();
    auto decision = agents.route(question(prompt));
    all.push_back(
      std::chrono::duration<double, std::micro>{clock::now() - before}.count());
    if (!decision || (*decision)->ranked.empty()) {
      std::printf("not routed: %.60s\n", prompt.c_str());
      good = false;
      continue;
    }
    ++first[(*decision)->ranked.front().provider];
  }
  std::sort(all.begin(), all.end());
  std::printf(
    "routed %zu prompts: p50 %.0f us, p99 %.0f us with the way to the "
    "router and back;",
    prompts.size(), all[all.size() / 2], all[all.size() * 99 / 100]);
  for (const auto& [name, count] : first)
    std::printf(" %s %zu", name.c_str(), count);
  std::printf("\n");
  return good;
}

struct asked {
  size_t answered = 0;
  /// The first words of each refusal, with how often it came.
  std::map<std::string, size_t> refused;
  size_t without_reason = 0;
};

asked ask_some(service& agents, const std::vector<std::string>& prompts,
               size_t asks) {
  asked result;
  // Spread over all files.
  auto stride = std::max<size_t>(1, prompts.size() / asks);
  for (size_t i = 0; i < asks; ++i) {
    auto what = question(prompts[i * stride % prompts.size()]);
    what.request.stream = i % 2 == 0;
    auto got = agents.ask(std::move(what));
    if (std::holds_alternative<answer_ptr>(got)) {
      ++result.answered;
      continue;
    }
    const auto& why = std::get<answer_failed>(got).why.message;
    if (why.empty())
      ++result.without_reason;
    ++result.refused[why.substr(0, 100)];
  }
  return result;
}

struct book {
  uint64_t sent = 0;
  uint64_t answered = 0;
};

/// What the ledger says was sent to each provider, and answered.
std::map<std::string, book> read_ledger(const std::filesystem::path& path) {
  std::map<std::string, book> result;
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  // The service may still be closing its connection.
  sqlite3_busy_timeout(db, 10'000);
  auto row = [](void* into, int, char** values, char**) {
    auto& x = (*static_cast<decltype(result)*>(into))[values[0]];
    x.sent = std::stoull(values[1]);
    x.answered = std::stoull(values[2]);
    return 0;
  };
  // Our own breaker and queue refuse without sending.
  if (sqlite3_exec(db,
                   "SELECT provider,"
                   " sum(outcome NOT IN ('resting', 'queue_full')),"
                   " sum(outcome = 'answered') FROM ledger GROUP BY 1",
                   row, &result, nullptr)
      != SQLITE_OK)
    std::printf("no ledger: %s\n", sqlite3_errmsg(db));
  sqlite3_close(db);
  return result;
}

/// Prints both books; false when they differ.
bool compare(simulator& providers, const std::filesystem::path& ledger) {
  bool same = true;
  auto ours = read_ledger(ledger);
  std::printf("%-10s %10s %10s %10s %10s\n", "", "sent", "received", "answers",
              "answered");
  for (const auto& name : providers.providers()) {
    auto theirs = providers.stats(name)->total;
    auto mine = ours[name];
    std::printf("%-10s %10lu %10lu %10lu %10lu\n", name.c_str(), mine.sent,
                theirs.received, mine.answered, theirs.answered);
    same =
      same && mine.sent == theirs.received && mine.answered == theirs.answered;
  }
  return same;
}

bool run(size_t asks, const std::vector<std::string>& prompts) {
  simulated_service all{[](settings& x) {
    for (auto& provider : x.providers) {
      provider.rest = std::chrono::milliseconds{50};
      provider.first_byte_timeout = std::chrono::milliseconds{500};
      provider.idle_timeout = std::chrono::milliseconds{500};
    }
  }};
  auto good = route_all(all.agents(), prompts);
  for (const auto& name : all.providers().providers())
    all.behave(name, R"({"tokens_per_second":0,"retry_after_ms":20,
      "faults":{"rate_limited":0.05,"server_error":0.05,"hang":0.01,
                "reset":0.03,"truncate":0.03,"overloaded":0.02}})");
  // Its 429 is that of a spent plan, after which it would rest for an hour.
  all.behave("ollama", R"({"faults":{"server_error":0.1,"hang":0.01,
                           "reset":0.03,"truncate":0.03}})");
  auto before = clock::now();
  auto got = ask_some(all.agents(), prompts, asks);
  auto took = std::chrono::duration<double>{clock::now() - before}.count();
  std::printf("asked %zu in %.1f s: %zu answered", asks, took, got.answered);
  for (const auto& [why, count] : got.refused)
    std::printf("\n  %zu refused: %s", count, why.c_str());
  std::printf("\n");
  // Rows follow answers; the end of the service waits for them.
  good = all.agents().shutdown(std::chrono::seconds{30}) && good;
  good = compare(all.providers(), all.database()) && good;
  return good && got.without_reason == 0;
}

} // namespace

} // namespace smart_agents::bench

int main(int argc, char** argv) {
  using namespace smart_agents::bench;
  if (argc < 3 || std::atoi(argv[1]) <= 0) {
    std::fprintf(stderr, "usage: prompts_bench ASKS FILE.jsonl...\n");
    return 2;
  }
  try {
    auto prompts = read_prompts(argc - 2, argv + 2);
    if (prompts.empty()) {
      std::fprintf(stderr, "no prompts in these files\n");
      return 2;
    }
    return run(static_cast<size_t>(std::atoi(argv[1])), prompts) ? 0 : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "prompts_bench: %s\n", e.what());
    return 1;
  }
}
