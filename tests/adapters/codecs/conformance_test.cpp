#include "tests/adapters/codecs/conformance.hpp"

namespace smart_agents {

namespace {

using namespace test;

/// A sample as the simulator would say it: a text and two calls.
codec_sample sample_of(const peer& to) {
  codec_sample result;
  result.codec = make_codec(to.format);
  result.model = to.model;
  chat_request request = plain_question(result);
  request.messages.edit()[1] =
    text_message(role::user, "CALL f {\"a\":\"1\"};;CALL g");
  request.tools = {{"f", "d"}, {"g", "d"}};
  for (auto stream : {false, true}) {
    request.stream = stream;
    auto sent = result.codec->encode(request, nowhere());
    EXPECT_TRUE(sent);
    auto asked = std::get<sim::ask>(judge(to, *sent));
    (stream ? result.stream : result.answer) = speak(to, asked);
  }
  auto whole = listen(*result.codec, result.answer, false);
  result.text = text_of(whole.response.parts);
  result.calls = parts_of<tool_call_part>(whole.response);
  result.finish = finish_reason::tool_calls;
  result.tokens = whole.response.tokens;
  EXPECT_EQ(result.calls.size(), 2u);
  EXPECT_NE(result.text, "");
  return result;
}

} // namespace

class Conformance : public ::testing::TestWithParam<peer> {};

TEST_P(Conformance, OfTheCodecIsFull) {
  check_conformance(sample_of(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Formats, Conformance, ::testing::ValuesIn(peers),
                         [](const auto& info) {
                           std::string name = info.param.format;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Conformance, IsAskedOfEveryFormatThereIs) {
  for (const auto& format : codec_formats())
    EXPECT_EQ(peer_of(format).format, format);
}

} // namespace smart_agents
