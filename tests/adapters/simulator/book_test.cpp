#include "adapters/simulator/book.hpp"

#include "adapters/provider_codec.hpp"
#include "tests/adapters/simulator/shapes.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace smart_agents::sim {

using namespace std::chrono_literals;
using namespace test;
using ::testing::HasSubstr;
using enum failure_class;

namespace {

/// 2026-11-23 10:00 UTC.
const wall_time start{std::chrono::seconds{1'795'428'000}};

const char* codec_of(wire format) {
  switch (format) {
  case wire::anthropic: return "anthropic";
  case wire::chat: return "openai-chat";
  case wire::responses: return "openai-responses";
  case wire::gemini: return "gemini";
  default: return "ollama";
  }
}

wire format_of(vendor x) {
  switch (x) {
  case vendor::anthropic: return wire::anthropic;
  case vendor::gemini: return wire::gemini;
  case vendor::ollama: return wire::ollama_chat;
  case vendor::compatible: return wire::chat;
  default: return wire::responses;
  }
}

std::set<std::string> names(const http_headers& from) {
  std::set<std::string> result;
  for (const auto& [name, value] : from)
    if (name != "date" && name != "content-length")
      result.insert(name);
  return result;
}

/// Ours has the status, the headers and the structure of a recorded answer.
void expect_like(const reply& ours, const std::string& file) {
  auto known = read_http(file);
  EXPECT_EQ(ours.status, known.status) << file;
  EXPECT_EQ(shape(ours.body), shape(known.body)) << file << "\n" << ours.body;
  auto have = names(ours.headers);
  for (const auto& name : names(known.headers))
    EXPECT_TRUE(have.count(name)) << file << " lacks " << name;
}

} // namespace

class SimBook : public ::testing::Test {
protected:
  void be(vendor whose, behaviour how) {
    whose_ = whose;
    book_ = std::make_unique<book>("a", whose, std::move(how), 1,
                                   [this] { return now_; });
  }

  void be(vendor whose, const std::string& json = "{}") {
    auto how = default_behaviour(whose);
    ASSERT_FALSE(update(how, json));
    be(whose, how);
  }

  ask question(const std::string& model = {}) const {
    ask x;
    x.format = format_of(whose_);
    auto models = book_->how().models;
    x.model = model.empty() && !models.empty() ? models.front().name : model;
    x.prompt = "hi";
    x.input_tokens = 10;
    return x;
  }

  reply refused(const ask& what) {
    auto x = book_->admit(what);
    if (auto* result = std::get_if<reply>(&x))
      return *result;
    ADD_FAILURE() << "let in";
    return {};
  }

  reply refused() {
    return refused(question());
  }

  bool let_in(const ask& what) {
    return std::holds_alternative<admission>(book_->admit(what));
  }

  wall_time now_ = start;
  vendor whose_ = vendor::openai;
  std::unique_ptr<book> book_;
};

TEST_F(SimBook, RefusesAsRecorded) {
  be(vendor::anthropic, R"({"context_length": 5})");
  expect_like(refused(), "anthropic-400-context.http");
  be(vendor::anthropic, R"({"limits": {"requests_per_minute": 1000,
    "input_tokens_per_minute": 5, "output_tokens_per_minute": 1000,
    "tokens_per_minute": 1000}})");
  expect_like(refused(), "anthropic-429.http");
  be(vendor::anthropic, R"({"script": ["overloaded", "quota_exhausted"]})");
  expect_like(refused(), "anthropic-529.http");
  expect_like(refused(), "anthropic-429-spend-cap.http");

  be(vendor::openai, R"({"context_length": 5})");
  expect_like(refused(), "openai-400-context.http");
  be(vendor::openai, R"({"limits": {"requests_per_minute": 100,
    "tokens_per_minute": 5}})");
  expect_like(refused(), "openai-429.http");
  be(vendor::openai, R"({"script": ["overloaded"], "credit_exhausted": true})");
  expect_like(refused(), "openai-503.http");
  expect_like(refused(), "openai-429-credits.http");

  be(vendor::xai, R"({"context_length": 5})");
  expect_like(refused(), "xai-400-context.http");
  be(vendor::xai, R"({"limits": {"requests_per_minute": 100,
    "tokens_per_minute": 5}})");
  expect_like(refused(), "xai-429.http");
  be(vendor::xai, R"({"script": ["quota_exhausted", "billing"]})");
  expect_like(refused(), "xai-429-credits.http");
  expect_like(refused(), "xai-403-credits.http");

  be(vendor::gemini, R"({"context_length": 5})");
  expect_like(refused(), "gemini-400-context.http");
  be(vendor::gemini, R"({"script": ["rate_limited", "billing", "auth"]})");
  expect_like(refused(), "gemini-429.http");
  expect_like(refused(), "gemini-402-prepay.http");
  expect_like(refused(), "gemini-400-key.http");
  be(vendor::gemini, R"({"limits": {"requests_per_day": 1}})");
  EXPECT_TRUE(let_in(question()));
  expect_like(refused(), "gemini-429-daily.http");

  be(vendor::ollama, R"({"script": ["overloaded", "quota_exhausted"]})");
  expect_like(refused(), "ollama-503.http");
  expect_like(refused(), "ollama-429.http");
  expect_like(refused(question("qwen3:99b")), "ollama-404.http");
}

TEST_F(SimBook, IsUnderstoodByOurCodecs) {
  struct expectation {
    fault what;
    failure_class meaning;
  };
  for (auto whose : {vendor::anthropic, vendor::openai, vendor::xai,
                     vendor::gemini, vendor::ollama, vendor::compatible})
    for (auto [what, meaning] : std::vector<expectation>{
           {fault::rate_limited, rate_limited},
           {fault::quota_exhausted, quota_exhausted},
           {fault::billing, billing},
           {fault::auth, auth},
           {fault::server_error, server_error},
           {fault::overloaded, overloaded},
           {fault::model_not_found, model_not_found},
           {fault::context_too_long, context_too_long}}) {
      // Not told apart by these vendors' answers; xAI's words name both.
      auto daily = what == fault::quota_exhausted
                   && (whose == vendor::gemini || whose == vendor::ollama
                       || whose == vendor::xai);
      if (daily || (whose == vendor::ollama && what == fault::rate_limited)
          || (whose == vendor::ollama && what == fault::billing))
        continue;
      behaviour how = default_behaviour(whose);
      how.script = {{what, 1}};
      be(whose, how);
      auto got = refused(question(how.models.empty() ? "any" : ""));
      auto seen = make_codec(codec_of(format_of(whose)))
                    ->classify({got.status, got.headers}, got.body);
      EXPECT_EQ(to_string(seen.what), to_string(meaning))
        << to_string(whose) << " " << to_string(what) << "\n"
        << got.body;
    }
}

TEST_F(SimBook, CountsEveryRequestOnce) {
  be(vendor::openai, R"({"script": ["ok", "ok", "ok", "rate_limited",
    "server_error"]})");
  auto a = question("gpt-6.1-sol");
  auto b = question("gpt-6-luna");
  ASSERT_TRUE(let_in(a));
  ASSERT_TRUE(let_in(a));
  ASSERT_TRUE(let_in(b));
  EXPECT_EQ(book_->stats().total.running, 3u);
  refused(a);
  refused(b);
  refused(question("nobody"));
  book_->refuse_unread({bad_request, "what?", {}, {}}, wire::chat, {});
  book_->end("gpt-6.1-sol", outcome::answered, {10, 20});
  book_->end("gpt-6.1-sol", outcome::cut_off, {10, 1});
  book_->end("gpt-6-luna", outcome::cancelled, {0, 0});
  book_->other();

  auto x = book_->stats();
  EXPECT_EQ(x.total.received, 7u);
  EXPECT_EQ(x.total.answered, 1u);
  EXPECT_EQ(x.total.cut_off, 1u);
  EXPECT_EQ(x.total.cancelled, 1u);
  EXPECT_EQ(x.total.refused,
            (std::map<failure_class, uint64_t>{{bad_request, 1},
                                               {model_not_found, 1},
                                               {rate_limited, 1},
                                               {server_error, 1}}));
  EXPECT_EQ(x.total.running, 0u);
  EXPECT_EQ(x.total.max_concurrent, 3u);
  EXPECT_EQ(x.total.input_tokens, 10u);
  EXPECT_EQ(x.total.output_tokens, 20u);
  EXPECT_EQ(x.total.broken_input_tokens, 10u);
  EXPECT_EQ(x.models.at("gpt-6.1-sol").received, 3u);
  EXPECT_EQ(x.models.at("gpt-6-luna").cancelled, 1u);
  EXPECT_EQ(x.models.at("nobody").received, 1u);
  EXPECT_EQ(x.models.at("(none)").received, 1u);
  EXPECT_EQ(x.other_requests, 1u);
}

TEST_F(SimBook, KeepsItsLimitsByTheClockItIsGiven) {
  be(vendor::openai, R"({"limits": {"requests_per_minute": 2,
    "requests_per_day": 3}})");
  EXPECT_TRUE(let_in(question()));
  EXPECT_TRUE(let_in(question()));
  auto got = refused();
  EXPECT_EQ(got.status, 429);
  EXPECT_EQ(find_header(got.headers, "retry-after"), "30");
  EXPECT_EQ(find_header(got.headers, "x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(find_header(got.headers, "x-ratelimit-reset-requests"), "1m0s");
  now_ += 30s;
  EXPECT_TRUE(let_in(question()));
  now_ += 1min;
  EXPECT_THAT(refused().body, HasSubstr("requests per day (RPD): Limit 3"));
  EXPECT_EQ(book_->stats().total.refused.at(quota_exhausted), 1u);
  now_ += 24h;
  EXPECT_TRUE(let_in(question()));
}

TEST_F(SimBook, TellsItsLimitsWithEveryAnswer) {
  be(vendor::anthropic, R"({"limits": {"requests_per_minute": 60}})");
  auto x = book_->admit(question());
  const auto& headers = std::get<admission>(x).headers;
  EXPECT_EQ(find_header(headers, "anthropic-ratelimit-requests-limit"), "60");
  EXPECT_EQ(find_header(headers, "anthropic-ratelimit-requests-remaining"),
            "59");
  EXPECT_EQ(find_header(headers, "anthropic-ratelimit-requests-reset"),
            "2026-11-23T10:00:01Z");
  EXPECT_EQ(find_header(headers, "anthropic-ratelimit-tokens-limit"), "");
}

TEST_F(SimBook, RefusesOverItsConcurrency) {
  be(vendor::ollama, R"({"max_concurrent": 1})");
  auto what = question();
  ASSERT_TRUE(let_in(what));
  EXPECT_EQ(refused(what).status, 503);
  book_->end(what.model, outcome::answered, {});
  EXPECT_TRUE(let_in(what));
}

TEST_F(SimBook, LetsOllamaForgetWhatIsTooLongUnlessForbidden) {
  be(vendor::ollama);
  auto what = question();
  what.input_tokens = 5000;
  auto x = book_->admit(what);
  EXPECT_EQ(std::get<admission>(x).answer.input_tokens, 4096u);
  what.truncate = false;
  EXPECT_EQ(refused(what).status, 400);
  what.num_ctx = 8192;
  EXPECT_TRUE(let_in(what));
}

TEST_F(SimBook, FailsWhenThePromptSaysSo) {
  be(vendor::anthropic);
  auto what = question();
  what.prompt = "FAIL 529 overloaded_error";
  EXPECT_EQ(refused(what).status, 529);
  EXPECT_EQ(refused(what).status, 529);
  what.prompt = "FAILONCE 429";
  EXPECT_EQ(refused(what).status, 429);
  EXPECT_TRUE(let_in(what));
}

TEST_F(SimBook, KnowsItsKey) {
  be(vendor::anthropic, R"({"key": "right"})");
  EXPECT_TRUE(book_->check_key({}, "/"));
  EXPECT_TRUE(book_->check_key({{"x-api-key", "wrong"}}, "/"));
  EXPECT_FALSE(book_->check_key({{"X-Api-Key", "right"}}, "/"));
  EXPECT_FALSE(book_->check_key({{"Authorization", "Bearer right"}}, "/"));
  EXPECT_EQ(to_json(book_->how()).find("right"), std::string::npos);
  be(vendor::gemini);
  EXPECT_TRUE(book_->check_key({}, "/"));
  EXPECT_FALSE(book_->check_key({}, "/v1beta/models?key=k"));
  EXPECT_FALSE(book_->check_key({{"x-goog-api-key", "k"}}, "/"));
  be(vendor::ollama);
  EXPECT_FALSE(book_->check_key({}, "/"));
}

TEST_F(SimBook, BeginsAnewWhenReset) {
  be(vendor::openai, R"({"script": ["ok", "server_error"],
    "limits": {"requests_per_day": 1}})");
  auto what = question();
  ASSERT_TRUE(let_in(what));
  EXPECT_EQ(refused(what).status, 500);
  book_->reset();
  auto x = book_->stats().total;
  EXPECT_EQ(x.received, 1u) << "what still runs was received";
  EXPECT_EQ(x.running, 1u);
  EXPECT_TRUE(x.refused.empty());
  EXPECT_TRUE(let_in(what)) << "the limit is whole again";
  EXPECT_EQ(refused(what).status, 500) << "the script is whole again";
}

TEST_F(SimBook, DoesNotRepeatItsScriptWhenSomethingElseChanges) {
  be(vendor::openai, R"({"script": ["server_error"]})");
  EXPECT_EQ(refused().status, 500);
  auto how = book_->how();
  how.latency_ms = 3;
  book_->set(how);
  EXPECT_TRUE(let_in(question()));
}

TEST_F(SimBook, KeepsAnEndToTheNumberOfModels) {
  be(vendor::compatible);
  for (int i = 0; i < 1000; ++i) {
    auto what = question("m" + std::to_string(i));
    ASSERT_TRUE(let_in(what));
    book_->end(what.model, outcome::answered, {1, 1});
  }
  auto x = book_->stats();
  EXPECT_LE(x.models.size(), stats::max_models);
  EXPECT_EQ(x.total.answered, 1000u);
  EXPECT_EQ(x.total.running, 0u);
}

} // namespace smart_agents::sim
