// The whole runtime against the provider simulator, over real sockets: what the
// deterministic tests of the parts cannot show.

#include "adapters/beast/io_threads.hpp"
#include "adapters/simulator/simulator.hpp"
#include "messages/error.hpp"
#include "runtime/service_impl.hpp"
#include "runtime/settings.hpp"
#include "runtime/smart_agents.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <numeric>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// Long enough that only a hang gets there.
constexpr auto patience = 60s;

task question(std::string text, std::optional<task_type> type = {},
              int complexity = 0) {
  task result;
  result.request.messages = {text_message(role::user, std::move(text))};
  result.type = type;
  result.complexity = complexity;
  result.origin = "test";
  return result;
}

std::string name_of(const outcome& x) {
  if (const auto* good = std::get_if<answer_ptr>(&x))
    return (*good)->provider;
  return "failed: " + std::get<answer_failed>(x).why.message;
}

} // namespace

class Service : public ::testing::Test {
protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path()
              / ("service-test-" + make_task_id());
    std::filesystem::create_directories(folder_);
    auto started = simulator::start(io_);
    ASSERT_TRUE(started) << render(started.error());
    simulator_ = std::move(*started);
  }

  void TearDown() override {
    agents_ = nullptr;
    simulator_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  settings config() {
    auto nothing = [](std::string_view) { return std::nullopt; };
    settings_source source;
    auto base = parse_settings("{}", "test", nothing, source);
    EXPECT_TRUE(base) << render(base.error());
    auto result = simulated_settings(*base, simulator_->base_urls());
    result.database = (folder_ / "ledger.db").string();
    result.threads = 2;
    return result;
  }

  provider_settings& provider_in(settings& all, std::string_view name) {
    return *std::find_if(all.providers.begin(), all.providers.end(),
                         [name](auto& x) { return x.name == name; });
  }

  void start(settings all) {
    auto started = service::start(std::move(all), make_silent_log());
    ASSERT_TRUE(started) << render(started.error());
    agents_ = std::move(*started);
  }

  void behave(std::string_view provider, const char* how) {
    auto bad = simulator_->update(provider, how);
    ASSERT_FALSE(bad) << render(bad);
  }

  /// Asks `count` questions at once and waits for all outcomes.
  std::vector<outcome> ask_many(size_t count,
                                const std::function<void()>& meanwhile = {},
                                bool continues = false) {
    std::vector<std::promise<outcome>> promises(count);
    for (size_t i = 0; i < count; ++i) {
      stream_reader reader;
      auto& promise = promises[i];
      reader.finished = [&promise](answer_ptr x) { promise.set_value(x); };
      reader.failed = [&promise](const answer_failed& x) {
        promise.set_value(x);
      };
      auto what = question("What is " + std::to_string(i) + "+2?");
      what.request.stream = i % 2 == 1;
      what.continues = continues;
      agents_->submit(std::move(what), std::move(reader));
    }
    if (meanwhile)
      meanwhile();
    std::vector<outcome> result;
    for (auto& promise : promises) {
      auto future = promise.get_future();
      if (future.wait_for(patience) != std::future_status::ready) {
        ADD_FAILURE() << "a request was never answered";
        break;
      }
      result.push_back(future.get());
    }
    return result;
  }

  /// Rows of the ledger by provider and outcome.
  std::map<std::string, std::map<std::string, uint64_t>> ledger_counts() {
    std::map<std::string, std::map<std::string, uint64_t>> result;
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open((folder_ / "ledger.db").c_str(), &db), SQLITE_OK);
    // The service may still be closing its connection.
    sqlite3_busy_timeout(db, 10'000);
    auto count = [](void* into, int, char** values, char**) {
      auto& all = *static_cast<decltype(result)*>(into);
      all[values[0]][values[1]] = std::stoull(values[2]);
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(db,
                           "SELECT provider, outcome, count(*) FROM ledger "
                           "GROUP BY 1, 2",
                           count, &result, nullptr),
              SQLITE_OK);
    sqlite3_close(db);
    return result;
  }

  std::filesystem::path folder_;
  io_threads io_{1};
  std::unique_ptr<simulator> simulator_;
  std::unique_ptr<service> agents_;
};

TEST_F(Service, SendsTheEasyToTheLocalModelAndTheHardToClaude) {
  start(config());
  auto easy = agents_->ask(question("What is 2+2?"));
  ASSERT_EQ(name_of(easy), "ollama");
  EXPECT_NE(text_of(std::get<answer_ptr>(easy)->response.parts).find('4'),
            std::string::npos);
  EXPECT_TRUE(std::get<answer_ptr>(easy)->simulated);
  auto hard = agents_->ask(question("Design a scheduler.", task_type::code, 9));
  ASSERT_EQ(name_of(hard), "claude");
  EXPECT_GT(std::get<answer_ptr>(hard)->cost_usd, 0);
}

TEST_F(Service, GoesOnWhenALimitIsUsedUpAndSaysSo) {
  auto all = config();
  provider_in(all, "claude").limits.requests_per_day = 1;
  start(std::move(all));
  auto hard = question("Design a scheduler.", task_type::code, 9);
  EXPECT_EQ(name_of(agents_->ask(hard)), "claude");
  auto next = agents_->ask(hard);
  ASSERT_TRUE(std::holds_alternative<answer_ptr>(next)) << name_of(next);
  const auto& answer = *std::get<answer_ptr>(next);
  EXPECT_NE(answer.provider, "claude");
  EXPECT_NE(answer.reason.find("claude"), std::string::npos) << answer.reason;
}

TEST_F(Service, GoesToACheaperModelWhenABudgetSaysSo) {
  auto all = config();
  auto& budget = all.limits.emplace_back();
  budget.usd = 0.000001;
  budget.per = "day";
  budget.action = "downgrade";
  start(std::move(all));
  auto cheap = question("What is 2+2?");
  EXPECT_EQ(name_of(agents_->ask(cheap)), "ollama");
  // It would go to claude; what that may cost is more than is left.
  auto hard = agents_->ask(question("Design a scheduler.", task_type::code, 9));
  ASSERT_TRUE(std::holds_alternative<answer_ptr>(hard)) << name_of(hard);
  const auto& answer = *std::get<answer_ptr>(hard);
  EXPECT_NE(answer.provider, "claude");
  EXPECT_NE(answer.reason.find("claude"), std::string::npos) << answer.reason;
  auto quota = agents_->quota();
  ASSERT_TRUE(quota);
  auto shown =
    std::find_if(quota->limits.begin(), quota->limits.end(),
                 [](const auto& x) { return x.action == "downgrade"; });
  ASSERT_NE(shown, quota->limits.end());
  EXPECT_EQ(shown->kind, "usd");
}

TEST_F(Service, ShowsThePlansOfLoginsWhereverItIsAsked) {
  auto all = config();
  std::ofstream{all.database + ".told.json"}
    << R"([{"provider": "claude", "credential": "login-0123456789ab",
            "model": "claude-opus-5-5", "at_ms": )"
    << std::chrono::duration_cast<std::chrono::milliseconds>(
         std::chrono::system_clock::now().time_since_epoch())
         .count()
    << R"(, "signals": {"anthropic-ratelimit-unified-status": "allowed",
            "anthropic-ratelimit-unified-7d-utilization": "0.25",
            "anthropic-ratelimit-unified-7d-status": "allowed",
            "anthropic-ratelimit-unified-7d-reset": ")"
    << std::chrono::duration_cast<std::chrono::seconds>(
         (std::chrono::system_clock::now() + 48h).time_since_epoch())
         .count()
    << R"("}}])";
  start(std::move(all));
  auto quota = agents_->quota();
  ASSERT_TRUE(quota);
  auto plan =
    std::find_if(quota->limits.begin(), quota->limits.end(), [](const auto& x) {
      return x.credential == "login-0123456789ab";
    });
  ASSERT_NE(plan, quota->limits.end());
  EXPECT_EQ(plan->kind, "plan");
  EXPECT_EQ(plan->used, 250u);
}

TEST_F(Service, RemembersWhatWasUsedAfterARestart) {
  auto all = config();
  provider_in(all, "claude").limits.requests_per_day = 1;
  start(all);
  auto hard = question("Design a scheduler.", task_type::code, 9);
  EXPECT_EQ(name_of(agents_->ask(hard)), "claude");
  agents_ = nullptr;
  start(all);
  EXPECT_NE(name_of(agents_->ask(hard)), "claude");
}

TEST_F(Service, FallsBackToOllamaWhenEveryCloudIsDown) {
  start(config());
  for (const char* name : {"claude", "chatgpt", "grok", "gemini"})
    behave(name, R"({"down":true})");
  auto result =
    agents_->ask(question("Design a scheduler.", task_type::code, 9));
  EXPECT_EQ(name_of(result), "ollama");
  EXPECT_GT(std::get<answer_ptr>(result)->attempts.size(), 1u);
}

TEST_F(Service, DoesWithoutOllama) {
  start(config());
  behave("ollama", R"({"down":true})");
  auto result = agents_->ask(question("What is 2+2?"));
  EXPECT_TRUE(std::holds_alternative<answer_ptr>(result)) << name_of(result);
}

TEST_F(Service, GoesElsewhereWhenOllamasContextIsTooShort) {
  start(config());
  behave("ollama", R"({"context_length":100})");
  std::string prompt = "Summarise: ";
  for (int i = 0; i < 500; ++i)
    prompt += "one more sentence, ";
  auto result = agents_->ask(question(prompt, task_type::text, 2));
  ASSERT_TRUE(std::holds_alternative<answer_ptr>(result)) << name_of(result);
  EXPECT_NE(name_of(result), "ollama");
}

TEST_F(Service, GoesElsewhereWhenOllamasModelIsNotPulled) {
  start(config());
  behave("ollama", R"({"script":[{"fault":"model_not_found","times":100}]})");
  auto result = agents_->ask(question("What is 2+2?"));
  ASSERT_TRUE(std::holds_alternative<answer_ptr>(result)) << name_of(result);
  EXPECT_NE(name_of(result), "ollama");
}

TEST_F(Service, SaysWhichModelToPullWhenNothingElseIsLeft) {
  start(config());
  for (const char* name : {"claude", "chatgpt", "grok", "gemini"})
    behave(name, R"({"down":true})");
  behave("ollama", R"({"script":[{"fault":"model_not_found","times":100}]})");
  auto result = agents_->ask(question("What is 2+2?"));
  ASSERT_TRUE(std::holds_alternative<answer_failed>(result));
  const auto& why = std::get<answer_failed>(result).why.message;
  EXPECT_NE(why.find("pull it with `ollama pull "), std::string::npos) << why;
}

TEST_F(Service, NamesEveryCauseWhenNothingIsLeft) {
  start(config());
  for (const auto& name : simulator_->providers())
    behave(name.c_str(), R"({"down":true})");
  auto result = agents_->ask(question("What is 2+2?"));
  ASSERT_TRUE(std::holds_alternative<answer_failed>(result));
  const auto& why = std::get<answer_failed>(result).why.message;
  for (const auto& name : simulator_->providers())
    EXPECT_NE(why.find(name), std::string::npos) << name << " in: " << why;
  EXPECT_NE(why.find("ollama serve"), std::string::npos) << why;
}

TEST_F(Service, StreamsPiecesInOrder) {
  start(config());
  std::promise<answer_ptr> over;
  std::string pieces;
  stream_reader reader;
  reader.piece = [&pieces](const stream_event& x) {
    if (const auto* text = std::get_if<text_delta>(&x))
      pieces += text->text;
  };
  reader.finished = [&over](answer_ptr x) { over.set_value(std::move(x)); };
  reader.failed = [&over](const answer_failed& x) {
    ADD_FAILURE() << x.why.message;
    over.set_value(nullptr);
  };
  auto long_question = question("write 2000 tokens", task_type::text, 8);
  long_question.request.stream = true;
  agents_->submit(std::move(long_question), std::move(reader));
  auto future = over.get_future();
  ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  auto result = future.get();
  ASSERT_TRUE(result);
  EXPECT_EQ(pieces, text_of(result->response.parts));
  EXPECT_GT(pieces.size(), 2000u);
}

TEST_F(Service, CancelsTheUpstreamCall) {
  start(config());
  behave("ollama", R"({"latency_ms":60000})");
  std::promise<answer_failed> over;
  stream_reader reader;
  reader.finished = [](const answer_ptr&) { ADD_FAILURE() << "not cancelled"; };
  reader.failed = [&over](const answer_failed& x) { over.set_value(x); };
  auto id = agents_->submit(question("What is 2+2?"), std::move(reader));
  while (simulator_->stats("ollama")->total.running == 0)
    std::this_thread::yield();
  agents_->cancel(id);
  auto future = over.get_future();
  ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(future.get().why.what, failure_class::cancelled);
  while (simulator_->stats("ollama")->total.cancelled == 0)
    std::this_thread::yield();
}

TEST_F(Service, ReviewsCodeWithSeveralModels) {
  start(config());
  auto result =
    agents_->orchestrate("code_review", question("int f() { return 1/0; }"));
  ASSERT_TRUE(std::holds_alternative<answer_ptr>(result)) << name_of(result);
  EXPECT_GE(std::get<answer_ptr>(result)->attempts.size(), 4u);
}

TEST_F(Service, LeavesOthersAloneWhenOneProviderHangs) {
  auto all = config();
  provider_in(all, "grok").limits = {};
  start(std::move(all));
  auto worst_of_grok = [this] {
    auto worst = 0ns;
    for (int i = 0; i < 100; ++i) {
      auto ask = question("Why?", task_type::reasoning, 5);
      auto before = std::chrono::steady_clock::now();
      EXPECT_EQ(name_of(agents_->ask(ask)), "grok");
      worst = std::max<std::chrono::nanoseconds>(
        worst, std::chrono::steady_clock::now() - before);
    }
    return worst;
  };
  auto undisturbed = worst_of_grok();
  behave("claude", R"({"script":[{"fault":"hang","times":1000}]})");
  // They end after this test.
  for (int i = 0; i < 10; ++i)
    agents_->submit(question("Design.", task_type::code, 9), {});
  auto disturbed = worst_of_grok();
  RecordProperty("undisturbed_us", static_cast<int>(undisturbed / 1us));
  RecordProperty("disturbed_us", static_cast<int>(disturbed / 1us));
  // Not a measurement: a request that waits for the hanging ones takes 60 s.
  EXPECT_LT(disturbed, 10s);
}

TEST_F(Service, AnswersWhileTheDiskStandsStill) {
  start(config());
  // Another process in a long transaction: every commit waits for it.
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "ledger.db").c_str(), &other), SQLITE_OK);
  sqlite3_busy_timeout(other, 10'000);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  for (const auto& x : ask_many(100))
    EXPECT_TRUE(std::holds_alternative<answer_ptr>(x)) << name_of(x);
  EXPECT_TRUE(ledger_counts().empty());
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  // Not one row is lost.
  EXPECT_TRUE(agents_->shutdown(patience));
  EXPECT_EQ(ledger_counts()["ollama"]["answered"], 100u);
}

TEST_F(Service, AnswersAllWhenAnyOneActorIsKilled) {
  start(config());
  for (const auto& name : simulator_->providers())
    behave(name.c_str(), R"({"latency_ms":50})");
  const std::array<const char*, 8> victims{"coordinator", "router",    "quota",
                                           "storage",     "events",    "ollama",
                                           "claude",      "host-front"};
  for (const char* victim : victims) {
    auto meanwhile = [this, victim] {
      auto now = agents_->actors();
      auto kill = [](const auto& who) {
        caf::anon_send_exit(who, caf::exit_reason::kill);
      };
      std::string_view name = victim;
      if (name == "coordinator")
        kill(now->coordinator);
      else if (name == "router")
        kill(now->router);
      else if (name == "quota")
        kill(now->quota);
      else if (name == "storage")
        kill(now->storage);
      else if (name == "events")
        kill(now->events);
      else if (name == "host-front")
        kill(agents_->details().parts()->host_front());
      else if (auto i = now->providers.find(name); i != now->providers.end())
        kill(i->second);
    };
    // As the gateway does for `auto`: a stream that broke goes on elsewhere.
    auto outcomes = ask_many(200, meanwhile, true);
    ASSERT_EQ(outcomes.size(), 200u) << victim;
    for (const auto& x : outcomes) {
      if (std::holds_alternative<answer_ptr>(x))
        continue;
      // Only the death of the front itself shows, in what it held.
      ASSERT_STREQ(victim, "host-front") << name_of(x);
      EXPECT_NE(name_of(x).find("was restarted; ask again"), std::string::npos)
        << name_of(x);
    }
  }
}

TEST_F(Service, KeepsALedgerThatEqualsWhatTheProvidersCounted) {
  auto all = config();
  for (auto& x : all.providers) {
    x.limits = {};
    x.rest = 50ms;
    x.first_byte_timeout = 300ms;
    x.idle_timeout = 300ms;
  }
  start(std::move(all));
  for (const auto& name : simulator_->providers())
    behave(name.c_str(),
           R"({"retry_after_ms":20,"faults":{"rate_limited":0.03,
               "server_error":0.05,"hang":0.01,"reset":0.03,
               "truncate":0.03,"overloaded":0.02}})");
  size_t answered = 0;
  for (int round = 0; round < 40; ++round)
    for (const auto& x : ask_many(25)) {
      if (std::holds_alternative<answer_ptr>(x))
        ++answered;
      else
        EXPECT_FALSE(std::get<answer_failed>(x).why.message.empty());
    }
  EXPECT_GT(answered, 800u);
  // Rows follow answers; the end of the service waits for them.
  EXPECT_TRUE(agents_->shutdown(patience));
  auto rows = ledger_counts();
  for (const auto& name : simulator_->providers()) {
    auto counted = simulator_->stats(name)->total;
    auto mine = rows[name];
    // What never reached the provider was refused by our own breaker, queue or
    // quota.
    auto sent = std::accumulate(
      mine.begin(), mine.end(), uint64_t{0}, [](uint64_t sum, const auto& x) {
        auto ours = x.first == "resting" || x.first == "queue_full"
                    || x.first == "over_quota";
        return ours ? sum : sum + x.second;
      });
    EXPECT_EQ(sent, counted.received)
      << name << ": " << testing::PrintToString(mine);
    EXPECT_EQ(mine["answered"], counted.answered) << name;
  }
}

TEST_F(Service, RefusesInputThatNobodyCanAnswer) {
  start(config());
  for (const auto& text : {std::string{"caf\xE9"}, std::string{"a\0b", 3},
                           std::string(50u << 20, 'x'), std::string{}}) {
    auto result = agents_->ask(question(text));
    ASSERT_TRUE(std::holds_alternative<answer_failed>(result));
    const auto& why = std::get<answer_failed>(result).why;
    EXPECT_EQ(why.what, failure_class::bad_request) << why.message;
  }
}

TEST_F(Service, LivesInAHostsActorSystem) {
  caf::actor_system_config host_config;
  caf::actor_system host{host_config};
  auto started = service::start(config(), make_silent_log(), host);
  ASSERT_TRUE(started) << render(started.error());
  agents_ = std::move(*started);
  std::atomic<int> events = 0;
  auto listening = agents_->subscribe([&events](const event&) { ++events; });
  EXPECT_EQ(name_of(agents_->ask(question("What is 2+2?"))), "ollama");
  EXPECT_TRUE(agents_->shutdown(5s));
  EXPECT_GT(events, 0);
  agents_ = nullptr;
}

} // namespace smart_agents
