// Every served format by every provider format, whole and streamed. A client's
// request is written by the provider codec of its own format, since a good
// request to a provider is a good request to us; what the client gets back is
// read by the same codec. Between the two lie a simulated provider and both
// translations.

#include "tests/support/simulated_exchange.hpp"

#include <cstdio>
#include <map>

namespace smart_agents {

namespace {

using namespace test;

constexpr const char* picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";

chat_request with_tools(std::string prompt) {
  chat_request result;
  result.messages = {text_message(role::system, "Be brief."),
                     text_message(role::user, std::move(prompt))};
  result.tools.push_back({"get_weather", "Weather of a city",
                          R"({"type":"object","properties":{"city":)"
                          R"({"type":"string"}},"required":["city"]})"});
  result.max_output = 2000;
  return result;
}

struct scenario {
  const char* name;
  chat_request (*make)();
  void (*check)(const chat_response&);
};

const scenario scenarios[] = {
  {"text",
   [] {
     auto x = with_tools("What is 12 * 12? – naïve café ☂");
     x.tools.edit().clear();
     return x;
   },
   [](const chat_response& x) {
     EXPECT_NE(text_of(x.parts).find("144"), std::string::npos);
     EXPECT_EQ(x.finish, finish_reason::stop);
   }},
  {"tool", [] { return with_tools("CALL get_weather {\"city\":\"Oslo\"}"); },
   [](const chat_response& x) {
     auto calls = parts_of<tool_call_part>(x);
     ASSERT_EQ(calls.size(), 1u);
     EXPECT_EQ(calls[0].name, "get_weather");
     EXPECT_EQ(calls[0].arguments, R"({"city":"Oslo"})");
     EXPECT_EQ(x.finish, finish_reason::tool_calls);
   }},
  {"parallel",
   [] {
     return with_tools("CALL get_weather {\"city\":\"Oslo\"}\n"
                       "CALL get_weather {\"city\":\"Rome\"}\n"
                       "CALL now");
   },
   [](const chat_response& x) {
     auto calls = parts_of<tool_call_part>(x);
     ASSERT_EQ(calls.size(), 3u);
     EXPECT_EQ(calls[0].arguments, R"({"city":"Oslo"})");
     EXPECT_EQ(calls[1].arguments, R"({"city":"Rome"})");
     EXPECT_EQ(calls[2].arguments, "{}");
     EXPECT_NE(calls[0].id, calls[1].id);
     EXPECT_NE(calls[1].id, calls[2].id);
   }},
  {"results",
   [] {
     auto x = with_tools("CALL get_weather {\"city\":\"Oslo\"}");
     x.messages.push_back(
       {role::assistant,
        {text_part{"Let me look."},
         tool_call_part{"call_1", "get_weather", R"({"city":"Oslo"})", {}},
         tool_call_part{"call_2", "get_weather", R"({"city":"Rome"})", {}}}});
     x.messages.push_back(
       {role::tool,
        {tool_result_part{"call_1", {}, {text_part{"4 degrees"}}},
         tool_result_part{"call_2", {}, {text_part{"no station"}}, true}}});
     return x;
   },
   [](const chat_response& x) {
     auto text = text_of(x.parts);
     EXPECT_NE(text.find("4 degrees"), std::string::npos) << text;
     EXPECT_NE(text.find("no station"), std::string::npos) << text;
   }},
  {"image",
   [] {
     auto x = with_tools("What is 3 + 4?");
     media_part image;
     image.mime_type = "image/png";
     image.base64 = picture;
     x.messages.edit()[1].parts.emplace_back(image);
     return x;
   },
   [](const chat_response& x) {
     EXPECT_NE(text_of(x.parts).find('7'), std::string::npos);
   }},
  {"thinking",
   [] {
     auto x = with_tools("THINK\nWhat is 2+2?");
     x.reasoning = effort::medium;
     x.show_thoughts = true;
     return x;
   },
   [](const chat_response& x) {
     EXPECT_EQ(text_of(x.parts).find("simulated thought"), std::string::npos);
   }},
};

/// Chat Completions of OpenAI and xAI hide thoughts, as the simulator knows.
bool shows_thoughts(const peer& to) {
  return std::string_view{to.format} != "openai-chat";
}

/// The client's bytes, as its own library would write them.
client_request received(const client_codec& client, chat_request request,
                        std::string& problem) {
  request.model = "auto";
  auto sent = make_codec(client.format())->encode(request, nowhere());
  if (!sent) {
    problem = render(sent.error());
    return {};
  }
  auto parsed = client.parse(sent->body.text());
  if (!parsed) {
    problem = render(parsed.error());
    return {};
  }
  return std::move(*parsed);
}

/// One cell of the table.
void run(const client_codec& client, const peer& to, const scenario& what,
         bool stream) {
  SCOPED_TRACE(std::string{client.format()} + " by " + to.format + ", "
               + what.name + (stream ? ", stream" : ""));
  auto request = what.make();
  request.stream = stream;
  std::string problem;
  auto asked = received(client, request, problem);
  ASSERT_EQ(problem, "");
  EXPECT_EQ(asked.chat.stream, stream);
  EXPECT_EQ(asked.chat.tools, request.tools);
  if (what.name == std::string_view{"image"}) {
    auto again = asked.chat;
    again.model = to.model;
    auto sent = make_codec(to.format)->encode(again, nowhere());
    ASSERT_TRUE(sent);
    EXPECT_NE(sent->body.text().find(picture), std::string::npos);
  }
  auto got = exchange(to, asked.chat);
  ASSERT_EQ(got.problem, "");
  what.check(got.response);
  auto head = asked.head;
  head.id = "req_1";
  head.model = std::string{"x/"} + to.model;
  head.signer = to.model;
  head.created = 1'795'428'000;
  head.stream_usage = true;
  auto bytes = render_for(client, head, got, stream);
  auto seen = listen(*make_codec(client.format()), bytes, stream);
  ASSERT_EQ(seen.problem, "") << bytes;
  what.check(seen.response);
  EXPECT_EQ(text_of(seen.response.parts), text_of(got.response.parts));
  EXPECT_EQ(seen.response.finish, got.response.finish);
  EXPECT_EQ(seen.response.model, head.model);
  // What is not carried apart is carried in the sum.
  EXPECT_EQ(seen.response.tokens.input(), got.response.tokens.input());
  EXPECT_EQ(seen.response.tokens.output, got.response.tokens.output);
  auto calls = parts_of<tool_call_part>(got.response);
  auto seen_calls = parts_of<tool_call_part>(seen.response);
  ASSERT_EQ(seen_calls.size(), calls.size());
  for (size_t i = 0; i < calls.size(); ++i)
    EXPECT_EQ(seen_calls[i].id, calls[i].id);
  if (what.name == std::string_view{"thinking"} && shows_thoughts(to)) {
    EXPECT_NE(thoughts_of(got.response), "");
    EXPECT_EQ(thoughts_of(seen.response), thoughts_of(got.response));
  }
}

} // namespace

TEST(Matrix, EveryServedFormatSpeaksToEveryProvider) {
  std::string table = "served            provider         ";
  for (const auto& x : scenarios)
    table.append(" ").append(x.name).resize(
      table.size() + 9 - std::string_view{x.name}.size(), ' ');
  table += "\n";
  for (const auto& format : client_formats()) {
    auto client = make_client_codec(format);
    for (const auto& to : peers) {
      char line[64];
      std::snprintf(line, sizeof line, "%-17s %-16s ", format.c_str(),
                    to.format);
      table += line;
      for (const auto& x : scenarios) {
        std::string cell;
        for (auto stream : {false, true}) {
          auto before = ::testing::UnitTest::GetInstance()
                          ->current_test_info()
                          ->result()
                          ->total_part_count();
          run(*client, to, x, stream);
          auto after = ::testing::UnitTest::GetInstance()
                         ->current_test_info()
                         ->result()
                         ->total_part_count();
          cell += (cell.empty() ? "" : "/")
                  + std::string{before == after ? "ok" : "BAD"};
        }
        cell.resize(10, ' ');
        table += cell;
      }
      table += "\n";
    }
  }
  std::printf("%s(whole/stream)\n", table.c_str());
}

} // namespace smart_agents
