#pragma once

#include "tests/support/simulated_exchange.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

/// What the tests of the twenty traps share.

namespace smart_agents {

namespace test::traps {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

inline std::string data(const std::string& text) {
  return "data: " + text + "\n\n";
}

inline std::string chunk(const std::string& delta,
                         const std::string& finish = "null") {
  return data(R"({"id":"x","model":"m","choices":[{"index":0,"delta":)" + delta
              + R"(,"finish_reason":)" + finish + "}]}");
}

inline const std::string done = "data: [DONE]\n\n";

inline answer_head head(std::string signer = "m") {
  answer_head result;
  result.id = "1";
  result.model = "x/" + signer;
  result.signer = std::move(signer);
  result.show_thoughts = true;
  result.stream_usage = true;
  return result;
}

/// What a provider streams, as a client of `served` gets it.
inline std::string translated(const char* provider, const std::string& stream,
                              const char* served) {
  auto got = listen(*make_codec(provider), stream, true);
  EXPECT_EQ(got.problem, "");
  return render_for(*make_client_codec(served), head(), got, true);
}

inline std::vector<json::value> events_of(const std::string& stream) {
  std::vector<json::value> result;
  for (size_t at = 0; (at = stream.find("data: ", at)) != std::string::npos;) {
    at += 6;
    auto line = stream.substr(at, stream.find('\n', at) - at);
    if (line != "[DONE]")
      result.push_back(json::parse(line));
  }
  return result;
}

/// Checks that blocks of a stream to Anthropic's clients follow one another and
/// hold deltas of their own kind only; returns their types in order.
inline std::vector<std::string> blocks_of(const std::string& stream) {
  const std::map<std::string, std::string> kinds{
    {"text_delta", "text"},
    {"thinking_delta", "thinking"},
    {"signature_delta", "thinking"},
    {"input_json_delta", "tool_use"}};
  std::vector<std::string> result;
  auto open = false;
  auto starts = 0;
  for (const auto& x : events_of(stream)) {
    auto type = json::value_to<std::string>(x.at("type"));
    starts += type == "message_start";
    if (type == "content_block_start") {
      EXPECT_FALSE(open);
      open = true;
      EXPECT_EQ(x.at("index"), result.size());
      result.push_back(
        json::value_to<std::string>(x.at_pointer("/content_block/type")));
    } else if (type == "content_block_delta") {
      EXPECT_TRUE(open);
      EXPECT_EQ(x.at("index"), result.size() - 1);
      EXPECT_EQ(
        kinds.at(json::value_to<std::string>(x.at_pointer("/delta/type"))),
        result.back());
    } else if (type == "content_block_stop") {
      EXPECT_TRUE(open);
      open = false;
    }
  }
  EXPECT_FALSE(open);
  EXPECT_EQ(starts, 1);
  return result;
}

inline std::string body_of(const char* format, chat_request request,
                           const char* model = nullptr) {
  if (model || request.model.empty())
    request.model = model ? model : "m";
  auto sent = make_codec(format)->encode(request, nowhere());
  EXPECT_TRUE(sent) << render(sent.error());
  return sent ? sent->body.text() : std::string{};
}

/// A conversation with one call and its result.
inline chat_request after_a_call(std::vector<part> said,
                                 tool_result_part result) {
  chat_request x;
  x.messages = {text_message(role::user, "x"),
                {role::assistant, std::move(said)},
                {role::tool, {std::move(result)}}};
  return x;
}

inline client_request received(const char* format, const std::string& body) {
  auto parsed = make_client_codec(format)->parse(body);
  EXPECT_TRUE(parsed) << render(parsed.error());
  return parsed ? std::move(*parsed) : client_request{};
}

} // namespace test::traps

} // namespace smart_agents
