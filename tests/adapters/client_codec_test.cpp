#include "adapters/client_codec.hpp"

#include "messages/error.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>

namespace smart_agents {

namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

client_request parse(const char* format, std::string_view body) {
  auto result = make_client_codec(format)->parse(body);
  EXPECT_TRUE(result) << render(result.error());
  return result ? std::move(*result) : client_request{};
}

std::string refusal(const char* format, std::string_view body) {
  auto result = make_client_codec(format)->parse(body);
  return result ? "accepted" : render(result.error());
}

media_part media(media_part::kind what, std::string type, std::string base64,
                 std::string url = {}) {
  media_part result;
  result.what = what;
  result.mime_type = std::move(type);
  result.base64 = std::move(base64);
  result.url = std::move(url);
  return result;
}

failure failed(failure_class what, std::string message) {
  failure result;
  result.what = what;
  result.message = std::move(message);
  return result;
}

answer_head head() {
  answer_head result;
  result.id = "req_1";
  result.model = "claude/claude-opus-5-5";
  result.signer = "claude-opus-5-5";
  result.created = 1'795'428'000;
  result.input_tokens = 42;
  return result;
}

std::string streamed(const char* format, const answer_head& about,
                     const std::vector<stream_event>& events,
                     finish_reason why = finish_reason::stop) {
  auto writer = make_client_codec(format)->stream(about);
  std::string out;
  writer->start(out);
  for (const auto& x : events)
    writer->write(x, out);
  usage tokens;
  tokens.uncached_input = 5;
  tokens.output = 2;
  writer->finish(why, tokens, out);
  return out;
}

/// The `data:` of a stream's events.
std::vector<json::value> events_of(const std::string& stream) {
  std::vector<json::value> result;
  for (size_t at = 0; (at = stream.find("data: ", at)) != std::string::npos;) {
    at += 6;
    auto line = stream.substr(at, stream.find('\n', at) - at);
    if (line != "[DONE]")
      result.push_back(json::parse(line));
  }
  return result;
}

std::vector<std::string> types_of(const std::string& stream) {
  std::vector<std::string> result;
  for (const auto& x : events_of(stream))
    result.emplace_back(json::value_to<std::string>(x.at("type")));
  return result;
}

} // namespace

TEST(ClientCodecs, AreThreeAndNoOther) {
  EXPECT_THAT(client_formats(),
              ElementsAre("openai-chat", "openai-responses", "anthropic"));
  for (const auto& format : client_formats())
    EXPECT_EQ(make_client_codec(format)->format(), format);
  EXPECT_EQ(make_client_codec("gemini"), nullptr);
}

TEST(ClientChat, ReadsAConversationToTheLastField) {
  auto x = parse("openai-chat", R"({"model":"auto","stream":true,
    "stream_options":{"include_usage":true},"max_tokens":7,"temperature":0.5,
    "stop":"END","reasoning_effort":"xhigh","parallel_tool_calls":false,
    "tool_choice":{"type":"function","function":{"name":"f"}},
    "response_format":{"type":"json_schema","json_schema":{"name":"a",
      "schema":{"type":"object","x":0.7}}},"seed":1,"prompt_cache_key":"k",
    "tools":[{"type":"function","function":{"name":"f","description":"d",
      "strict":true,"parameters":{"type":"object","a":[1,2.5]}}}],
    "messages":[
    {"role":"developer","content":"Be brief."},
    {"role":"user","content":[{"type":"text","text":"Hi"},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA",
        "detail":"low"}},
      {"type":"input_audio","input_audio":{"data":"BBBB","format":"wav"}},
      {"type":"file","file":{"filename":"a.pdf",
        "file_data":"data:application/pdf;base64,CCCC"}}]},
    {"role":"assistant","content":null,"reasoning_content":"hmm",
      "tool_calls":[{"id":"c1","type":"function",
        "function":{"name":"f","arguments":"{\"a\": 1}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"ok"}]})");
  const auto& chat = x.chat;
  EXPECT_EQ(chat.max_output, 7u);
  EXPECT_EQ(chat.temperature, 0.5);
  EXPECT_EQ(chat.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(chat.reasoning, effort::max);
  EXPECT_EQ(chat.choice, (tool_choice{tool_choice::mode::named, "f", false}));
  EXPECT_EQ(chat.output_schema, R"({"type":"object","x":0.7})");
  EXPECT_EQ(chat.cache_key, "k");
  EXPECT_TRUE(x.head.stream_usage);
  EXPECT_THAT(x.losses, ElementsAre("seed"));
  tool_definition tool{"f", "d", R"({"type":"object","a":[1,2.5]})", true};
  EXPECT_EQ(chat.tools, shared_list<tool_definition>{tool});
  auto image = media(media_part::kind::image, "image/png", "AAAA");
  image.detail = "low";
  auto file = media(media_part::kind::document, "application/pdf", "CCCC");
  file.name = "a.pdf";
  shared_list<message> want{
    text_message(role::system, "Be brief."),
    {role::user,
     {text_part{"Hi"}, image,
      media(media_part::kind::audio, "audio/wav", "BBBB"), file}},
    {role::assistant,
     {thinking_part{"hmm", {}, false, "openai-chat"},
      tool_call_part{"c1", "f", "{\"a\": 1}", {}}}},
    {role::tool, {tool_result_part{"c1", {}, {text_part{"ok"}}}}}};
  EXPECT_EQ(chat.messages, want);
}

TEST(ClientChat, NamesTheFieldThatIsWrong) {
  auto no = [](std::string_view body) { return refusal("openai-chat", body); };
  EXPECT_EQ(no("{"), "bad_input: body: not JSON");
  EXPECT_EQ(no("[]"), "bad_input: body: must be a JSON object");
  EXPECT_THAT(no(R"({"messages":[]})"), HasSubstr("model: must be a string"));
  EXPECT_EQ(no(R"({"model":"auto","messages":[]})"),
            "bad_input: messages: must be an array with at least one message");
  EXPECT_EQ(
    no(R"({"model":"auto","messages":[{"role":"bot","content":"x"}]})"),
    "bad_input: messages[0].role: must be system, developer, user, assistant "
    "or tool");
  EXPECT_EQ(no(R"({"model":"auto","max_tokens":-1,
                   "messages":[{"role":"user","content":"x"}]})"),
            "bad_input: max_tokens: must be a positive integer");
  EXPECT_EQ(no(R"({"model":"auto","n":2,
                   "messages":[{"role":"user","content":"x"}]})"),
            "bad_input: n: must be 1: one answer a request");
  EXPECT_EQ(no(R"({"model":"auto","messages":[{"role":"user",
                   "content":[{"type":"text","text":7}]}]})"),
            "bad_input: messages[0].content[0].text: must be a string");
}

TEST(ClientChat, OffersOnlyTheToolsThatAreAllowed) {
  auto x = parse("openai-chat", R"({"model":"auto",
    "messages":[{"role":"user","content":"x"}],
    "tools":[{"type":"function","function":{"name":"a"}},
             {"type":"function","function":{"name":"b"}}],
    "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required",
      "tools":[{"type":"function","function":{"name":"b"}}]}}})");
  ASSERT_EQ(x.chat.tools.size(), 1u);
  EXPECT_EQ(x.chat.tools[0].name, "b");
  EXPECT_EQ(x.chat.choice.how, tool_choice::mode::required);
}

TEST(ClientChat, WritesUsageAtTheEndOfAStreamToThoseWhoAskOnly) {
  auto about = head();
  auto quiet = streamed("openai-chat", about, {text_delta{0, "hi"}});
  EXPECT_THAT(quiet, Not(HasSubstr("usage")));
  about.stream_usage = true;
  auto told = events_of(streamed("openai-chat", about, {text_delta{0, "hi"}}));
  EXPECT_TRUE(told[0].at("usage").is_null());
  EXPECT_TRUE(told.back().at("choices").as_array().empty());
  EXPECT_EQ(told.back().at_pointer("/usage/prompt_tokens"), 5);
}

TEST(ClientAnthropic, ReadsAConversationToTheLastField) {
  auto x = parse("anthropic", R"({"model":"auto","max_tokens":100,
    "stop_sequences":["END"],"top_k":5,"metadata":{"user_id":"u"},
    "thinking":{"type":"enabled","budget_tokens":5000},
    "system":[{"type":"text","text":"Be brief.",
               "cache_control":{"type":"ephemeral","ttl":"1h"}}],
    "tool_choice":{"type":"any","disable_parallel_tool_use":true},
    "tools":[{"name":"f","input_schema":{"type":"object"},
              "defer_loading":true},
             {"type":"web_search_20250305","name":"web_search","max_uses":5}],
    "messages":[
    {"role":"user","content":"Hi"},
    {"role":"assistant","content":[
      {"type":"thinking","thinking":"hmm","signature":"c2ln"},
      {"type":"redacted_thinking","data":"cmVk"},
      {"type":"tool_use","id":"t1","name":"f","input":{"a":0.7}}]},
    {"role":"user","content":[
      {"type":"text","text":"Here."},
      {"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[
        {"type":"text","text":"no"},
        {"type":"tool_reference","tool_name":"g"},
        {"type":"image","source":{"type":"url","url":"https://h/a.png"}}]},
      {"type":"document","title":"T","source":{"type":"base64",
        "media_type":"application/pdf","data":"AAAA"}},
      {"type":"container_upload","file_id":"x"}]}]})");
  const auto& chat = x.chat;
  EXPECT_EQ(chat.max_output, 100u);
  EXPECT_EQ(chat.thinking_budget, 5000u);
  EXPECT_EQ(chat.reasoning, effort::medium);
  EXPECT_TRUE(chat.show_thoughts);
  EXPECT_EQ(chat.choice, (tool_choice{tool_choice::mode::required, {}, false}));
  EXPECT_THAT(x.losses, ElementsAre("top_k"));
  ASSERT_EQ(chat.tools.size(), 2u);
  EXPECT_TRUE(chat.tools[0].defer_loading);
  EXPECT_EQ(chat.tools[1].format, "anthropic");
  EXPECT_EQ(chat.tools[1].json, R"({"type":"web_search_20250305",)"
                                R"("name":"web_search","max_uses":5})");
  auto image =
    media(media_part::kind::image, "image/png", "", "https://h/a.png");
  auto file = media(media_part::kind::document, "application/pdf", "AAAA");
  file.name = "T";
  shared_list<message> want{
    {role::system, {text_part{"Be brief.", cache_mark::one_hour}}},
    text_message(role::user, "Hi"),
    {role::assistant,
     {thinking_part{"hmm", "c2ln", false, "anthropic", "claude*"},
      thinking_part{{}, "cmVk", true, "anthropic", "claude*"},
      tool_call_part{"t1", "f", R"({"a":0.7})", {}}}},
    {role::tool,
     {tool_result_part{
       "t1",
       {},
       {text_part{"no"},
        opaque_part{"anthropic",
                    R"({"type":"tool_reference","tool_name":"g"})"},
        image},
       true}}},
    {role::user,
     {text_part{"Here."}, file,
      opaque_part{"anthropic",
                  R"({"type":"container_upload","file_id":"x"})"}}}};
  EXPECT_EQ(chat.messages, want);
}

TEST(ClientAnthropic, DemandsACapExceptToCount) {
  auto body = R"({"model":"auto","messages":[{"role":"user","content":"x"}]})";
  EXPECT_EQ(refusal("anthropic", body), "bad_input: max_tokens: is missing");
  auto codec = make_client_codec("anthropic");
  EXPECT_TRUE(codec->parse_count(body));
  EXPECT_EQ(codec->render_count(12), R"({"input_tokens":12})");
}

TEST(ClientAnthropic, WritesStreamsAsItsOwnLibraryWantsThem) {
  auto about = head();
  about.show_thoughts = true;
  auto out =
    streamed("anthropic", about,
             {thinking_delta{0, "hm", {}, false, "anthropic"},
              thinking_delta{0, {}, "c2ln", false, {}}, text_delta{1, "Hi"},
              tool_call_delta{2, "t1", "f", "{\"a\"", {}},
              tool_call_delta{2, {}, {}, ":1}", {}},
              tool_call_delta{3, "t2", "g", {}, {}}});
  EXPECT_THAT(types_of(out),
              ElementsAre("message_start", "content_block_start",
                          "content_block_delta", "content_block_delta",
                          "content_block_stop", "content_block_start",
                          "content_block_delta", "content_block_stop",
                          "content_block_start", "content_block_delta",
                          "content_block_delta", "content_block_stop",
                          "content_block_start", "content_block_stop",
                          "message_delta", "message_stop"));
  EXPECT_EQ(out.find("event: message_start\ndata: "), 0u);
  auto events = events_of(out);
  EXPECT_EQ(events[0].at_pointer("/message/usage/input_tokens"), 42);
  EXPECT_EQ(events[3].at_pointer("/delta/signature"), "c2ln");
  EXPECT_EQ(events[14].at_pointer("/delta/stop_reason"), "tool_use");
  EXPECT_EQ(events[14].at_pointer("/usage/input_tokens"), 5);
}

TEST(ClientAnthropic, HasItsOwnErrorsAndStatuses) {
  auto codec = make_client_codec("anthropic");
  EXPECT_EQ(codec->status_of(failure_class::overloaded), 529);
  EXPECT_EQ(codec->status_of(failure_class::over_quota), 429);
  EXPECT_EQ(codec->status_of(failure_class::auth), 403);
  auto body = json::parse(codec->render_error(
    failed(failure_class::context_too_long, "9 tokens too many"), "req_1"));
  EXPECT_EQ(body.at("type"), "error");
  EXPECT_EQ(body.at("request_id"), "req_1");
  EXPECT_EQ(body.at_pointer("/error/type"), "invalid_request_error");
  // The words on which clients compact their conversation.
  EXPECT_EQ(body.at_pointer("/error/message"),
            "prompt is too long: 9 tokens too many");
}

TEST(ClientFormats, AskForAKeyInTheirOwnWords) {
  for (const auto& format : client_formats()) {
    auto body = json::parse(make_client_codec(format)->render_unauthorized(
      "a key is needed", "req_1"));
    EXPECT_EQ(body.at_pointer("/error/message"), "a key is needed") << format;
    auto anthropic = format == "anthropic";
    EXPECT_EQ(body.at_pointer("/error/type"),
              anthropic ? "authentication_error" : "invalid_request_error");
    if (!anthropic)
      EXPECT_EQ(body.at_pointer("/error/code"), "invalid_api_key");
  }
}

TEST(ClientFormats, TellNoticesBesideTheAnswerAsEvents) {
  auto told = [](const char* format) {
    answer_head head;
    head.id = "req_1";
    auto writer = make_client_codec(format)->stream(head);
    std::string out;
    writer->note("continued", "others went on", out);
    EXPECT_TRUE(out.ends_with("\n\n"));
    return out;
  };
  auto data = [](const std::string& event) {
    return json::parse(event.substr(event.find("data: ") + 6));
  };
  auto chat = data(told("openai-chat"));
  // As the chunk with the usage, which clients know.
  EXPECT_EQ(chat.at("choices"), json::array{});
  EXPECT_EQ(chat.at("object"), "chat.completion.chunk");
  EXPECT_EQ(chat.at_pointer("/smart_agents/continued"), "others went on");
  auto anthropic = told("anthropic");
  EXPECT_EQ(anthropic.find("event: smart_agents_continued\n"), 0u);
  EXPECT_EQ(data(anthropic).at("message"), "others went on");
  auto responses = told("openai-responses");
  EXPECT_EQ(responses.find("event: smart_agents.continued\n"), 0u);
  EXPECT_EQ(data(responses).at("type"), "smart_agents.continued");
}

TEST(ClientResponses, ReadsItemsToTheLastField) {
  auto x = parse("openai-responses", R"({"model":"auto",
    "instructions":"Be brief.","max_output_tokens":50,"store":false,
    "reasoning":{"effort":"low","summary":"auto"},"tool_choice":"required",
    "include":["reasoning.encrypted_content"],
    "text":{"format":{"type":"json_object"},"verbosity":"low"},
    "tools":[{"type":"function","name":"f","parameters":{"type":"object"},
              "strict":true},{"type":"web_search"}],
    "input":[
    {"role":"user","content":[{"type":"input_text","text":"Hi"},
      {"type":"input_image","image_url":"data:image/png;base64,AAAA"},
      {"type":"input_image","file_id":"file-1"}]},
    {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text",
      "text":"hmm"}],"encrypted_content":"c2ln"},
    {"type":"message","role":"assistant","content":[{"type":"output_text",
      "text":"Let me see."}]},
    {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
    {"type":"function_call","call_id":"c2","name":"f","arguments":""},
    {"type":"function_call_output","call_id":"c1","output":"ok"},
    {"type":"function_call_output","call_id":"c2","output":[
      {"type":"input_image","image_url":"https://h/a.gif"}]},
    {"type":"custom_tool_call_output","call_id":"c3","output":"x"}]})");
  const auto& chat = x.chat;
  EXPECT_EQ(chat.max_output, 50u);
  EXPECT_TRUE(chat.json_output);
  EXPECT_TRUE(chat.show_thoughts);
  EXPECT_EQ(chat.reasoning, effort::low);
  EXPECT_THAT(x.losses, ElementsAre("text.verbosity"));
  ASSERT_EQ(chat.tools.size(), 2u);
  EXPECT_EQ(chat.tools[1].json, R"({"type":"web_search"})");
  shared_list<message> want{
    text_message(role::system, "Be brief."),
    {role::user,
     {text_part{"Hi"}, media(media_part::kind::image, "image/png", "AAAA"),
      opaque_part{"openai-responses",
                  R"({"type":"input_image","file_id":"file-1"})"}}},
    {role::assistant,
     {thinking_part{"hmm", "c2ln", false, "openai-responses", "gpt*"},
      text_part{"Let me see."}, tool_call_part{"c1", "f", "{}", {}},
      tool_call_part{"c2", "f", "{}", {}}}},
    {role::tool,
     {tool_result_part{"c1", {}, {text_part{"ok"}}},
      tool_result_part{
        "c2",
        {},
        {media(media_part::kind::image, "image/gif", "", "https://h/a.gif")}}}},
    {role::user,
     {opaque_part{"openai-responses", R"({"type":"custom_tool_call_output",)"
                                      R"("call_id":"c3","output":"x"})"}}}};
  EXPECT_EQ(chat.messages, want);
}

TEST(ClientResponses, SaysThatNothingIsStored) {
  EXPECT_EQ(refusal("openai-responses", R"({"model":"auto","input":"x",
              "previous_response_id":"resp_1"})"),
            "bad_input: previous_response_id: nothing is stored here; send the "
            "whole conversation as input");
  EXPECT_THAT(refusal("openai-responses", R"({"model":"auto","input":[
              {"type":"item_reference","id":"x"}]})"),
              HasSubstr("input[0].type: item_reference: nothing is stored"));
}

TEST(ClientResponses, NumbersEventsAndRepeatsTheRequest) {
  auto asked = parse("openai-responses", R"({"model":"auto","input":"x",
    "instructions":"Be brief.","temperature":0.7})");
  auto about = head();
  about.echo = asked.head.echo;
  auto out =
    streamed("openai-responses", about,
             {text_delta{0, "Hi"}, tool_call_delta{1, "c1", "f", {}, {}}});
  EXPECT_THAT(
    types_of(out),
    ElementsAre("response.created", "response.in_progress",
                "response.output_item.added", "response.content_part.added",
                "response.output_text.delta", "response.output_text.done",
                "response.content_part.done", "response.output_item.done",
                "response.output_item.added",
                "response.function_call_arguments.delta",
                "response.function_call_arguments.done",
                "response.output_item.done", "response.completed"));
  auto events = events_of(out);
  for (size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(events[i].at("sequence_number"), i);
  const auto& last = events.back().at("response");
  EXPECT_EQ(last.at("instructions"), "Be brief.");
  EXPECT_THAT(out, HasSubstr(R"("temperature":0.7)"));
  EXPECT_EQ(last.at("status"), "completed");
  EXPECT_EQ(last.at_pointer("/output/1/arguments"), "{}");
  EXPECT_EQ(last.at_pointer("/usage/total_tokens"), 7);
}

TEST(ClientResponses, TellsWhyAnAnswerIsIncomplete) {
  auto out = streamed("openai-responses", head(), {text_delta{0, "Hi"}},
                      finish_reason::length);
  auto last = events_of(out).back();
  EXPECT_EQ(last.at("type"), "response.incomplete");
  EXPECT_EQ(last.at_pointer("/response/incomplete_details/reason"),
            "max_output_tokens");
}

TEST(ClientCodecs, NeverBlameTheClientForUpstreamTrouble) {
  for (const auto& format : client_formats()) {
    auto codec = make_client_codec(format);
    for (auto what : {failure_class::server_error, failure_class::internal,
                      failure_class::broken_answer, failure_class::network})
      EXPECT_GE(codec->status_of(what), 500) << format;
    // 401 would have them log in again, and 400 change their request.
    for (auto what : {failure_class::auth, failure_class::forbidden,
                      failure_class::billing}) {
      EXPECT_EQ(codec->status_of(what), 403) << format;
      EXPECT_THAT(codec->render_error(failed(what, "no money"), "req_1"),
                  HasSubstr(R"("type":"permission_error")"));
    }
    EXPECT_EQ(codec->status_of(failure_class::over_quota), 429);
    EXPECT_EQ(codec->status_of(failure_class::bad_request), 400);
  }
}

TEST(ClientCodecs, KeepTheSignaturesOfOthersSealedAndTheirOwnAsTheyAre) {
  for (auto [format, own, model] :
       {std::tuple{"anthropic", "anthropic", "claude-opus-5-5"},
        {"openai-responses", "openai-responses", "gpt-6.1-sol"}}) {
    chat_response answer;
    answer.parts = {
      thinking_part{"own", "T1dO", false, own, model},
      thinking_part{"other", "R0VN", false, "gemini", "gemini-3.8-flash"},
      tool_call_part{"c1", "f", "{}", "Q0FMTA==", "gemini-3.8-flash"}};
    auto about = head();
    about.show_thoughts = true;
    auto codec = make_client_codec(format);
    auto body = json::parse(codec->render(about, answer));
    // The client gives back what it got.
    json::object next{{"model", "auto"}, {"max_tokens", 100}};
    if (std::string_view{format} == "anthropic") {
      EXPECT_EQ(body.at_pointer("/content/0/signature"), "T1dO");
      next["messages"] =
        json::array{{{"role", "assistant"}, {"content", body.at("content")}}};
    } else {
      EXPECT_EQ(body.at_pointer("/output/0/encrypted_content"), "T1dO");
      next["input"] = body.at("output");
    }
    auto again = parse(format, json::serialize(next));
    ASSERT_EQ(again.chat.messages.size(), 1u) << format;
    auto want = answer.parts;
    std::get<thinking_part>(want[0]).signer =
      std::string{format} == "anthropic" ? "claude*" : "gpt*";
    EXPECT_EQ(again.chat.messages[0].parts, want) << format;
  }
}

TEST(ClientChat, KeepsTheStateOfACallWithTheCall) {
  chat_response answer;
  answer.parts = {
    tool_call_part{"c1", "f", "{}", "Q0FMTA==", "gemini-3.8-flash"}};
  auto codec = make_client_codec("openai-chat");
  auto body = json::parse(codec->render(head(), answer));
  json::array messages;
  messages.push_back(body.at_pointer("/choices/0/message"));
  json::object next{{"model", "auto"}, {"messages", messages}};
  auto again = parse("openai-chat", json::serialize(next));
  EXPECT_EQ(again.chat.messages[0].parts, answer.parts);
}

TEST(ClientCodecs, TakeNoNonsense) {
  for (const auto& format : client_formats()) {
    auto codec = make_client_codec(format);
    for (const char* body :
         {"", "null", "[]", "7", "{\"model\":7}", "{\"model\":\"\"}",
          "{\"model\":\"a\",\"messages\":{},\"input\":{},\"max_tokens\":1}",
          R"({"model":"a","messages":[7],"input":[7],"max_tokens":1})"}) {
      auto x = codec->parse(body);
      ASSERT_FALSE(x) << format << " took " << body;
      EXPECT_EQ(x.error(), ec::bad_input);
    }
  }
}

} // namespace smart_agents
