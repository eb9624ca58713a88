#pragma once

#include "tests/support/simulated_exchange.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

/// What every provider codec must pass. A new format gives one answer, the same
/// as a stream, and what both mean; `check_conformance` does the rest.

namespace smart_agents::test {

/// One answer of a format, told twice.
struct codec_sample {
  codec_ptr codec;
  /// Body of a whole answer.
  std::string answer;
  /// The same answer as a stream.
  std::string stream;
  /// Visible text, calls, finish reason and tokens of both.
  std::string text;
  std::vector<tool_call_part> calls;
  finish_reason finish = finish_reason::stop;
  usage tokens;
  /// Model to ask for.
  std::string model = "a-model";
};

inline void expect_sample(const codec_sample& x, const heard& got) {
  EXPECT_EQ(got.problem, "");
  EXPECT_EQ(text_of(got.response.parts), x.text);
  EXPECT_EQ(got.response.finish, x.finish);
  EXPECT_EQ(got.response.tokens.input(), x.tokens.input());
  EXPECT_EQ(got.response.tokens.output, x.tokens.output);
  auto calls = parts_of<tool_call_part>(got.response);
  ASSERT_EQ(calls.size(), x.calls.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(calls[i].id, x.calls[i].id);
    EXPECT_EQ(calls[i].name, x.calls[i].name);
    EXPECT_EQ(calls[i].arguments, x.calls[i].arguments);
  }
}

inline chat_request plain_question(const codec_sample& x) {
  chat_request result;
  result.model = x.model;
  result.messages = {text_message(role::system, "Be brief."),
                     text_message(role::user, "\"x\"\n☂ \\ \x01")};
  result.max_output = 77;
  return result;
}

/// Requests: the same bytes each time, the key in headers only, nothing that is
/// no JSON, orphans mended.
inline void check_requests(const codec_sample& x) {
  auto to = nowhere();
  to.api_key = "very-secret";
  to.extra_headers = {{"x-extra", "1"}};
  auto request = plain_question(x);
  for (auto stream : {false, true}) {
    request.stream = stream;
    auto sent = x.codec->encode(request, to);
    ASSERT_TRUE(sent) << render(sent.error());
    EXPECT_EQ(sent->body.text(), x.codec->encode(request, to)->body.text());
    EXPECT_EQ(sent->method, "POST");
    EXPECT_EQ(sent->body.text().find("very-secret"), std::string::npos);
    EXPECT_EQ(sent->to.target.find("very-secret"), std::string::npos);
    EXPECT_EQ(find_header(sent->headers, "x-extra"), "1");
    EXPECT_EQ(find_header(sent->headers, "Content-Type"), "application/json");
    EXPECT_NE(sent->body.text().find(R"(\"x\"\n☂ \\ \u0001)"),
              std::string::npos);
    EXPECT_NE(sent->body.text().find("77"), std::string::npos)
      << "the cap is lost";
  }
  for (const auto& bad : {std::string{"caf\xE9"}, std::string{"a\0b", 3}}) {
    auto wrong = request;
    wrong.messages.edit()[1] = text_message(role::user, bad);
    auto sent = x.codec->encode(wrong, to);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error(), ec::bad_input);
  }
  auto strange = to;
  strange.quirks = {"no-such-quirk"};
  auto sent = x.codec->encode(request, strange);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error(), ec::bad_config);
  strange = to;
  strange.base_url = "not a url";
  EXPECT_FALSE(x.codec->encode(request, strange));
  EXPECT_TRUE(x.codec->probe(to));
  auto orphaned = request;
  orphaned.messages.push_back(
    {role::assistant, {tool_call_part{"c?1", "f", {}, {}}}});
  orphaned.messages.push_back(
    {role::tool, {tool_result_part{"c2", "f", {text_part{"x"}}}}});
  EXPECT_TRUE(x.codec->encode(orphaned, to));
}

/// Answers: whole, and streamed with a cut at every byte; never whole when cut
/// short.
inline void check_answers(const codec_sample& x) {
  expect_sample(x, listen(*x.codec, x.answer, false));
  expect_sample(x, listen(*x.codec, x.stream, true));
  std::string_view all = x.stream;
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    auto decoder = x.codec->stream();
    heard got;
    auto bad = decoder->feed(all.substr(0, cut), got.events);
    if (!bad)
      bad = decoder->feed(all.substr(cut), got.events);
    if (!bad)
      bad = decoder->finish(got.events);
    ASSERT_FALSE(bad) << bad->message << " at " << cut;
    response_builder builder;
    for (const auto& event : got.events)
      builder.add(event);
    EXPECT_TRUE(builder.complete());
    got.response = builder.take();
    ASSERT_NO_FATAL_FAILURE(expect_sample(x, got)) << "cut at " << cut;
    // The rest never comes.
    auto short_one = x.codec->stream();
    std::vector<stream_event> events;
    bad = short_one->feed(all.substr(0, cut), events);
    if (!bad)
      bad = short_one->finish(events);
    if (bad) {
      EXPECT_EQ(bad->what, failure_class::broken_answer);
      EXPECT_NE(bad->message, "");
    } else {
      // Only what is of no consequence may be missing.
      auto end = std::count_if(events.begin(), events.end(), [](auto& event) {
        return std::holds_alternative<stream_end>(event);
      });
      ASSERT_EQ(end, 1) << "passed for whole after " << cut << " bytes";
    }
  }
}

/// Errors: every status has a class and a sentence.
inline void check_errors(const codec_sample& x) {
  const std::pair<int, std::vector<failure_class>> expected[] = {
    {400, {failure_class::bad_request}},
    {401, {failure_class::auth}},
    {402, {failure_class::billing}},
    {403, {failure_class::forbidden}},
    {404, {failure_class::model_not_found}},
    {413, {failure_class::too_large}},
    {429, {failure_class::rate_limited}},
    {500, {failure_class::server_error}},
    {503, {failure_class::overloaded}},
  };
  for (const auto& [status, classes] : expected)
    for (const char* body : {"", "{}", "<html>no</html>", "{\"error\":{}}"}) {
      http_head head;
      head.status = status;
      auto why = x.codec->classify(head, body);
      EXPECT_EQ(to_string(why.what), to_string(classes[0])) << status << body;
      EXPECT_EQ(why.status, status);
      EXPECT_NE(why.message, "");
      EXPECT_EQ(why.message.find('\n'), std::string::npos);
    }
  http_head slow;
  slow.status = 429;
  slow.headers = {{"Retry-After", "7"}};
  EXPECT_EQ(x.codec->classify(slow, "{}").retry_after, std::chrono::seconds{7});
}

/// Nonsense is refused, and bounded; no bytes do harm.
inline void check_nonsense(const codec_sample& x) {
  for (const char* body : {"", "null", "[]", "{}", "{\"x\":1}", "<html>"}) {
    chat_response out;
    auto bad = x.codec->decode(body, out);
    ASSERT_TRUE(bad) << "took " << body;
    EXPECT_EQ(bad->what, failure_class::broken_answer);
  }
  // An event without an end is not collected forever.
  auto decoder = x.codec->stream();
  std::vector<stream_event> events;
  std::string flood(1u << 20, 'x');
  auto fed = 0;
  auto bad = decoder->feed("data: \"", events);
  for (; !bad && fed < 64; ++fed)
    bad = decoder->feed(flood, events);
  EXPECT_TRUE(bad) << "took " << fed << " MB without an end";
  std::mt19937 random{7};
  for (int i = 0; i < 300; ++i)
    for (const auto* text : {&x.answer, &x.stream}) {
      auto broken = *text;
      for (int n = 0; n < 3; ++n)
        broken[random() % broken.size()] = static_cast<char>(random());
      auto got = listen(*x.codec, broken, text == &x.stream);
      (void)got;
    }
}

/// All of it.
inline void check_conformance(const codec_sample& x) {
  check_requests(x);
  check_answers(x);
  check_errors(x);
  check_nonsense(x);
}

} // namespace smart_agents::test
