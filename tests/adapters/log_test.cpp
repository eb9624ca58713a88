#include "adapters/log.hpp"

#include "adapters/log_fields.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using testing::HasSubstr;
using testing::Not;

TEST(Redaction, MasksKeysByTheirShape) {
  for (const char* key : {"sk-0123456789abcdef0123456789",
                          "sk-proj-AbCd_0123456789abcdef-0123456789",
                          "sk-ant-api03-AbCdEf0123456789_-AbCdEf0123456789-AA",
                          "xai-0123456789abcdefABCDEF0123456789",
                          "AIzaSyA0123456789abcdefghijklmnopqrstu",
                          "gsk_0123456789abcdefABCDEF"}) {
    auto said = redact("refused: " + std::string{key} + ", try again");
    EXPECT_EQ(said, "refused: ***, try again") << key;
  }
}

TEST(Redaction, MasksWhatFollowsAHeaderName) {
  EXPECT_EQ(redact("Authorization: Bearer abcdefgh12345"),
            "Authorization: Bearer ***");
  EXPECT_EQ(redact("x-api-key: 0123456789abcdef"), "x-api-key: ***");
  EXPECT_EQ(redact(R"({"x-goog-api-key":"0123456789abcdef"})"),
            R"({"x-goog-api-key":"***"})");
  EXPECT_EQ(redact("GET /v1?api_key=0123456789abcdef&x=1"),
            "GET /v1?api_key=***&x=1");
  EXPECT_EQ(redact("bearer 0123456789abcdef."), "bearer ***");
  EXPECT_EQ(redact("ANTHROPIC_API_KEY=0123456789abcdef"),
            "ANTHROPIC_API_KEY=***");
}

TEST(Redaction, LeavesOrdinaryTextAlone) {
  for (const char* text :
       {"the risk-based approach of sk-learn", "the bearer certificate expired",
        "basic instructions for ANTHROPIC_API_KEY is not set", "task-1234",
        "claude is left out: ANTHROPIC_API_KEY is not set", ""})
    EXPECT_EQ(redact(text), text);
}

namespace {

/// What one line of the log looks like on stderr.
std::string logged(const log_options& options, const std::string& text) {
  testing::internal::CaptureStderr();
  make_log(options)->warn("{}", text);
  return testing::internal::GetCapturedStderr();
}

} // namespace

TEST(Log, WritesOneLineToStderrAndMasksKeys) {
  auto line = logged({}, "key sk-0123456789abcdef0123456789 refused");
  EXPECT_THAT(line, HasSubstr("warning key *** refused\n"));
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
}

TEST(Log, WritesOneJsonObjectALine) {
  log_options options;
  options.json = true;
  auto line = logged(options, "he said \"no\"\nand x-api-key: abcdefgh12345");
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  auto object = boost::json::parse(line);
  EXPECT_EQ(object.at("level"), boost::json::value("warning"));
  EXPECT_EQ(object.at("message"),
            boost::json::value("he said \"no\"\nand x-api-key: ***"));
}

TEST(Log, HasFieldsInJsonAndTheMessageAloneInText) {
  boost::json::object fields{{"gen_ai.request.model", "o\"pus"},
                             {"note", "x-api-key: abcdefgh12345"},
                             {"tokens", 3}};
  log_options options;
  options.json = true;
  testing::internal::CaptureStderr();
  log_fields(*make_log(options), "answered", fields);
  make_log(options)->info("next");
  auto said = testing::internal::GetCapturedStderr();
  auto cut = said.find('\n') + 1;
  auto first = boost::json::parse(said.substr(0, cut));
  EXPECT_EQ(first.at("message"), boost::json::value("answered"));
  EXPECT_EQ(first.at("gen_ai.request.model"), boost::json::value("o\"pus"));
  EXPECT_EQ(first.at("tokens"), boost::json::value(3));
  EXPECT_EQ(first.at("note"), boost::json::value("x-api-key: ***"));
  // The next line has none of them.
  EXPECT_EQ(boost::json::parse(said.substr(cut)).as_object().size(), 3u);
  testing::internal::CaptureStderr();
  log_fields(*make_log({}), "answered", fields);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::EndsWith(" answered\n"));
}

TEST(Log, DropsWhatIsBelowItsLevel) {
  log_options options;
  options.level = "error";
  EXPECT_EQ(logged(options, "not so bad"), "");
  options.level = "off";
  EXPECT_EQ(logged(options, "nothing at all"), "");
}

TEST(SilentLog, WritesNothing) {
  testing::internal::CaptureStderr();
  make_silent_log()->critical("boom");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}
