#include "adapters/limit_signals.hpp"
#include "adapters/provider_codec.hpp"
#include "tests/support/fixtures.hpp"

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
using enum failure_class;

struct error_fixture {
  const char* file;
  const char* format;
  failure_class what;
  std::optional<caf::timespan> retry_after = {};
};

const error_fixture errors[] = {
  {"anthropic-400-context.http", "anthropic", context_too_long},
  {"anthropic-429.http", "anthropic", rate_limited, 17s},
  {"anthropic-429-spend-cap.http", "anthropic", quota_exhausted},
  {"anthropic-529.http", "anthropic", overloaded},
  {"deepseek-402.http", "openai-chat", billing},
  {"gemini-400-context.http", "gemini", context_too_long},
  {"gemini-400-key.http", "gemini", auth},
  {"gemini-402-prepay.http", "gemini", billing},
  {"gemini-429.http", "gemini", rate_limited, 26418ms},
  {"gemini-429-daily.http", "gemini", quota_exhausted},
  {"groq-429.http", "openai-chat", rate_limited},
  {"llamacpp-400-context.http", "openai-chat", context_too_long},
  {"llamacpp-503-loading.http", "openai-chat", overloaded},
  {"ollama-404.http", "ollama", model_not_found},
  {"ollama-429.http", "ollama", quota_exhausted},
  {"ollama-503.http", "ollama", overloaded},
  {"openai-400-context.http", "openai-responses", context_too_long},
  {"openai-429.http", "openai-responses", rate_limited},
  {"openai-429-credits.http", "openai-responses", billing},
  {"openai-503.http", "openai-responses", overloaded},
  {"openrouter-402.http", "openai-chat", billing},
  {"openrouter-429.http", "openai-chat", rate_limited},
  {"xai-400-context.http", "openai-responses", context_too_long},
  {"xai-403-credits.http", "openai-responses", billing},
  {"xai-429.http", "openai-responses", rate_limited},
  {"xai-429-credits.http", "openai-responses", billing},
};

} // namespace

class Errors : public ::testing::TestWithParam<error_fixture> {};

TEST_P(Errors, AreClassifiedByWhatTheySay) {
  auto raw = test::http_fixture(GetParam().file);
  auto got = make_codec(GetParam().format)->classify(raw.head, raw.body);
  EXPECT_EQ(to_string(got.what), to_string(GetParam().what)) << got.message;
  EXPECT_EQ(got.status, raw.head.status);
  EXPECT_FALSE(got.message.empty());
  if (GetParam().retry_after) {
    EXPECT_EQ(got.retry_after, GetParam().retry_after);
  }
}

INSTANTIATE_TEST_SUITE_P(Wire, Errors, ::testing::ValuesIn(errors),
                         [](const auto& info) {
                           std::string result = info.param.file;
                           for (char& c : result)
                             if (!std::isalnum(static_cast<unsigned char>(c)))
                               c = '_';
                           return result;
                         });

TEST(Errors, OfASubscriptionRestUntilItsWindowResets) {
  auto raw = test::http_fixture("anthropic-429-unified.http");
  auto got = make_codec("anthropic")->classify(raw.head, raw.body);
  EXPECT_EQ(got.what, quota_exhausted);
  EXPECT_TRUE(got.retry_after);
}

TEST(Errors, WithoutJsonKeepTheirStatus) {
  for (const auto& format : codec_formats()) {
    auto got =
      make_codec(format)->classify({502, {}}, "<html>Bad Gateway</html>");
    EXPECT_EQ(got.what, server_error) << format;
    EXPECT_NE(got.message.find("Bad Gateway"), std::string::npos);
  }
}

TEST(Errors, TellTheWaitInEveryNotation) {
  auto wait = [](http_headers headers) {
    return make_codec("openai-chat")
      ->classify({429, std::move(headers)}, "{}")
      .retry_after;
  };
  EXPECT_EQ(wait({{"retry-after-ms", "1500"}}), 1500ms);
  EXPECT_EQ(wait({{"Retry-After", "7"}}), 7s);
  EXPECT_EQ(wait({{"Date", "Mon, 23 Nov 2026 10:15:02 GMT"},
                  {"Retry-After", "Mon, 23 Nov 2026 10:16:02 GMT"}}),
            60s);
  EXPECT_EQ(wait({{"x-ratelimit-remaining-tokens", "0"},
                  {"x-ratelimit-reset-tokens", "1m2.5s"}}),
            62500ms);
  EXPECT_EQ(wait({{"Retry-After", "soon"}}), std::nullopt);
}

TEST(Errors, OfAPlanWithRoomAreAboutTheModelsThatWereAskedFor) {
  auto raw = test::http_fixture("anthropic-429-unified.http");
  auto codec = make_codec("anthropic");
  EXPECT_FALSE(is_of_family(codec->classify(raw.head, raw.body)));
  for (auto& [name, value] : raw.head.headers)
    if (name == "anthropic-ratelimit-unified-5h-status")
      value = "allowed";
  auto got = codec->classify(raw.head, raw.body);
  EXPECT_EQ(got.what, quota_exhausted);
  EXPECT_TRUE(is_of_family(got));
}

} // namespace smart_agents
