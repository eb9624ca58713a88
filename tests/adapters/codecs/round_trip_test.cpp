// Random conversations, written in a format by its provider codec and read back
// by the client codec of the same format: nothing changes that the format can
// carry. Seeded, so that a failure can be repeated.

#include "tests/support/simulated_exchange.hpp"

#include <random>

namespace smart_agents {

namespace {

using namespace test;

/// What a format keeps as it is; the generator makes nothing else.
struct scope {
  const char* format;
  const char* family;
  /// Several texts in one turn of the assistant.
  bool many_texts = false;
  bool thinking = false;
  bool failed_results = false;
  bool result_media = false;
  bool cache_marks = false;
  bool audio = false;
};

constexpr scope scopes[] = {
  {"anthropic", "claude*", true, true, true, true, true, false},
  {"openai-responses", "gpt*", false, true, false, true, false, false},
  {"openai-chat", "", false, false, false, false, false, true},
};

class generator {
public:
  generator(const scope& what, uint32_t seed) : what_{what}, random_{seed} {}

  chat_request make() {
    chat_request x;
    x.model = "a-model";
    x.max_output = 16 + pick(5000);
    if (coin())
      x.messages.push_back(text_message(role::system, text()));
    for (auto turns = 1 + pick(4); turns > 0; --turns)
      add_turn(x);
    for (auto n = pick(3); n > 0; --n)
      x.tools.push_back(tool(n));
    if (!x.tools.empty()) {
      x.choice.how = static_cast<tool_choice::mode>(pick(4));
      if (x.choice.how == tool_choice::mode::named)
        x.choice.name = x.tools[0].name;
      x.choice.parallel =
        x.choice.how == tool_choice::mode::none || pick(3) > 0;
    }
    if (coin())
      x.temperature = pick(20) / 10.0;
    if (coin())
      x.output_schema = schema();
    x.stream = coin();
    return x;
  }

private:
  uint32_t pick(uint32_t below) {
    return static_cast<uint32_t>(random_() % below);
  }
  bool coin() {
    return pick(2) == 0;
  }

  std::string text() {
    static const char* pieces[] = {"word", " ",    "\n",  "\"", "\\",
                                   "é",    "☂",    "😀",   "\t", "{}",
                                   "\x01", "</s>", "0.70"};
    std::string result = "t";
    for (auto n = 1 + pick(12); n > 0; --n)
      result += pieces[pick(std::size(pieces))];
    return result;
  }

  std::string json() {
    return R"({"a":)" + std::to_string(pick(1000)) + R"(,"b":[0.7,-1e+30,)"
           + (coin() ? "true" : "null") + R"(],"":{"é\n":""}})";
  }

  std::string schema() {
    return R"({"type":"object","$defs":{},"properties":{"a":{"const":)"
           + std::to_string(pick(9)) + "}}}";
  }

  cache_mark mark() {
    // At most a few, since the format takes four.
    return what_.cache_marks && marks_ < 4 && pick(8) == 0
             ? (++marks_, cache_mark::five_minutes)
             : cache_mark::none;
  }

  media_part media() {
    media_part x;
    x.what = what_.audio && pick(4) == 0 ? media_part::kind::audio
             : pick(4) == 0              ? media_part::kind::document
                                         : media_part::kind::image;
    x.base64 = "QUJD" + std::to_string(1000 + pick(1000));
    x.mime_type = x.what == media_part::kind::audio      ? "audio/wav"
                  : x.what == media_part::kind::document ? "application/pdf"
                                                         : "image/png";
    if (x.what == media_part::kind::document)
      x.name = "a.pdf";
    return x;
  }

  tool_definition tool(uint32_t n) {
    tool_definition x;
    x.name = "tool_" + std::to_string(n);
    x.description = text();
    x.schema = schema();
    x.strict = coin();
    return x;
  }

  void add_turn(chat_request& x) {
    message user{role::user, {text_part{text(), mark()}}};
    if (pick(3) == 0)
      user.parts.emplace_back(media());
    x.messages.push_back(std::move(user));
    for (auto rounds = pick(3); rounds > 0; --rounds)
      add_round(x);
    message last{role::assistant, {}};
    think(last);
    last.parts.emplace_back(text_part{text()});
    if (what_.many_texts && coin())
      last.parts.emplace_back(text_part{text()});
    x.messages.push_back(std::move(last));
  }

  void think(message& to) {
    if (!what_.thinking || coin())
      return;
    to.parts.emplace_back(thinking_part{coin() ? "" : text(),
                                        "c2ln" + std::to_string(pick(100)),
                                        false, what_.format, what_.family});
  }

  /// Calls, and their results in one message.
  void add_round(chat_request& x) {
    message said{role::assistant, {}};
    message results{role::tool, {}};
    think(said);
    if (coin())
      said.parts.emplace_back(text_part{text()});
    for (auto n = 1 + pick(3); n > 0; --n) {
      auto id = "call_" + std::to_string(++calls_);
      said.parts.emplace_back(tool_call_part{id, "tool_1", json(), {}});
      tool_result_part result;
      result.call_id = id;
      result.content.emplace_back(text_part{text()});
      result.is_error = what_.failed_results && coin();
      if (what_.result_media && pick(3) == 0)
        result.content.emplace_back(media());
      results.parts.emplace_back(std::move(result));
    }
    // A turn that ends with calls is followed by their results, and what the
    // assistant says then is a turn of its own.
    x.messages.push_back(std::move(said));
    x.messages.push_back(std::move(results));
  }

  const scope& what_;
  std::mt19937 random_;
  uint32_t calls_ = 0;
  uint32_t marks_ = 0;
};

} // namespace

TEST(RoundTrip, OfRandomConversationsChangesNothingThatTheFormatCarries) {
  constexpr uint32_t count = 2000;
  for (uint32_t seed = 0; seed < count; ++seed)
    for (const auto& what : scopes) {
      auto want = generator{what, seed}.make();
      // Signed by any model of the family, and asked of one of them.
      want.model = std::string_view{what.family} == "claude*" ? "claude-x"
                   : std::string_view{what.family} == "gpt*"  ? "gpt-x"
                                                              : "a-model";
      auto sent = make_codec(what.format)->encode(want, nowhere());
      ASSERT_TRUE(sent) << what.format << seed << render(sent.error());
      auto parsed = make_client_codec(what.format)->parse(sent->body);
      ASSERT_TRUE(parsed) << what.format << seed << render(parsed.error());
      auto& got = parsed->chat;
      ASSERT_EQ(got.messages.size(), want.messages.size())
        << what.format << " seed " << seed << "\n"
        << sent->body;
      for (size_t i = 0; i < want.messages.size(); ++i)
        ASSERT_EQ(got.messages[i], want.messages[i])
          << what.format << " seed " << seed << " message " << i << "\n"
          << sent->body;
      ASSERT_EQ(got, want) << what.format << " seed " << seed << "\n"
                           << sent->body;
      ASSERT_TRUE(parsed->losses.empty()) << parsed->losses[0];
      // And the same bytes again, which is what caches compare.
      EXPECT_EQ(make_codec(what.format)->encode(got, nowhere())->body,
                sent->body);
    }
}

} // namespace smart_agents
