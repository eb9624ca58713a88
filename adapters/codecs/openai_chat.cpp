#include "adapters/codecs/openai_chat.hpp"

#include "adapters/codecs/common.hpp"
#include "adapters/codecs/openai_errors.hpp"
#include "adapters/framing.hpp"
#include "messages/error.hpp"

namespace smart_agents::codecs {

namespace {

// -- request ------------------------------------------------------------------

caf::expected<json::object> media_of(const media_part& x) {
  if (x.what == media_part::kind::image) {
    auto url =
      x.url.empty() ? "data:" + x.mime_type + ";base64," + x.base64 : x.url;
    return json::object{{"type", "image_url"}, {"image_url", {{"url", url}}}};
  }
  if (x.what == media_part::kind::document && x.url.empty()) {
    auto data = "data:" + x.mime_type + ";base64," + x.base64;
    return json::object{{"type", "file"},
                        {"file",
                         {{"filename", x.name.empty() ? "document" : x.name},
                          {"file_data", data}}}};
  }
  if (x.what == media_part::kind::audio && x.url.empty()) {
    auto wav = x.mime_type.find("wav") != std::string::npos;
    return json::object{
      {"type", "input_audio"},
      {"input_audio", {{"data", x.base64}, {"format", wav ? "wav" : "mp3"}}}};
  }
  return make_error(ec::unsupported,
                    "Chat Completions takes no video, and documents and audio "
                    "only inline");
}

/// Tool results are messages of their own; images in them follow as a user's.
caf::error add_results(const message& from, json::array& out) {
  json::array images;
  for (const auto& x : from.parts) {
    const auto* result = std::get_if<tool_result_part>(&x);
    if (result == nullptr)
      continue;
    std::string text = result->is_error ? "ERROR: " : "";
    for (const auto& piece : result->content) {
      if (const auto* words = std::get_if<text_part>(&piece)) {
        text += words->text;
        continue;
      }
      auto media = media_of(std::get<media_part>(piece));
      if (!media)
        return media.error();
      images.push_back(std::move(*media));
    }
    out.push_back({{"role", "tool"},
                   {"tool_call_id", result->call_id},
                   {"content", std::move(text)}});
  }
  if (!images.empty())
    out.push_back({{"role", "user"}, {"content", std::move(images)}});
  return {};
}

json::object assistant_message(const message& from) {
  json::object result{{"role", "assistant"}};
  auto text = text_of(from.parts);
  json::array calls;
  for (const auto& x : from.parts)
    if (const auto* call = std::get_if<tool_call_part>(&x))
      calls.push_back(
        {{"id", call->id},
         {"type", "function"},
         {"function", {{"name", call->name}, {"arguments", call->arguments}}}});
  if (text.empty() && !calls.empty())
    result["content"] = nullptr;
  else
    result["content"] = std::move(text);
  if (!calls.empty())
    result["tool_calls"] = std::move(calls);
  return result;
}

caf::error add_user(const message& from, json::array& out) {
  json::array content;
  auto only_text = true;
  for (const auto& x : from.parts) {
    if (const auto* text = std::get_if<text_part>(&x)) {
      content.push_back({{"type", "text"}, {"text", text->text}});
    } else if (const auto* media = std::get_if<media_part>(&x)) {
      auto block = media_of(*media);
      if (!block)
        return block.error();
      content.push_back(std::move(*block));
      only_text = false;
    }
  }
  if (content.empty())
    return {};
  json::object result{{"role", "user"}};
  if (only_text && content.size() == 1)
    result["content"] = text_of(from.parts);
  else
    result["content"] = std::move(content);
  out.push_back(std::move(result));
  return {};
}

caf::expected<json::array> messages_of(const chat_request& request,
                                       const char* system_role) {
  json::array result;
  for (const auto& from : request.messages) {
    caf::error bad;
    switch (from.from) {
    case role::system:
      result.push_back(
        {{"role", system_role}, {"content", text_of(from.parts)}});
      break;
    case role::assistant: result.push_back(assistant_message(from)); break;
    case role::user:
    case role::tool:
      // Results first: they must follow their calls directly.
      bad = add_results(from, result);
      if (!bad)
        bad = add_user(from, result);
      break;
    }
    if (bad)
      return bad;
  }
  return result;
}

json::value choice_of(const tool_choice& x) {
  switch (x.how) {
  case tool_choice::mode::automatic: return "auto";
  case tool_choice::mode::none: return "none";
  case tool_choice::mode::required: return "required";
  case tool_choice::mode::named:
    return {{"type", "function"}, {"function", {{"name", x.name}}}};
  }
  return "auto";
}

caf::error add_tools(const chat_request& request, json::object& body) {
  json::array tools;
  for (const auto& x : request.tools) {
    auto schema = parse_embedded(x.schema, "schema of tool " + x.name);
    if (!schema)
      return schema.error();
    json::object function{{"name", x.name},
                          {"description", x.description},
                          {"parameters", std::move(*schema)}};
    if (x.strict)
      function["strict"] = true;
    tools.push_back({{"type", "function"}, {"function", std::move(function)}});
  }
  if (tools.empty())
    return {};
  body["tools"] = std::move(tools);
  body["tool_choice"] = choice_of(request.choice);
  if (!request.choice.parallel)
    body["parallel_tool_calls"] = false;
  return {};
}

// -- answer -------------------------------------------------------------------

usage usage_of(const json::object& x) {
  usage result;
  const auto& input = object_at(x, "prompt_tokens_details");
  result.cache_read = count_at(input, "cached_tokens");
  if (result.cache_read == 0)
    result.cache_read = count_at(x, "cached_tokens"); // Moonshot
  result.cache_write = count_at(input, "cache_write_tokens");
  auto total = count_at(x, "prompt_tokens");
  auto cached = result.cache_read + result.cache_write;
  result.uncached_input = total > cached ? total - cached : 0;
  result.output = count_at(x, "completion_tokens");
  result.reasoning =
    count_at(object_at(x, "completion_tokens_details"), "reasoning_tokens");
  // xAI counts reasoning beside the completion, and is known by its ticks.
  if (find(x, "cost_in_usd_ticks") != nullptr)
    result.output += result.reasoning;
  return result;
}

std::optional<finish_reason> finish_of(std::string_view x) {
  if (x == "stop")
    return finish_reason::stop;
  if (x == "length")
    return finish_reason::length;
  if (x == "tool_calls" || x == "function_call")
    return finish_reason::tool_calls;
  if (x == "content_filter")
    return finish_reason::filtered;
  return std::nullopt;
}

std::string_view reasoning_of(const json::object& x) {
  auto text = text_at(x, "reasoning_content");
  return text.empty() ? text_at(x, "reasoning") : text;
}

// Parts of one stream, by kind: reasoning, text, refusal, then calls.
constexpr uint32_t thinking_index = 0;
constexpr uint32_t text_index = 1;
constexpr uint32_t first_call_index = 2;

class chat_stream final : public stream_decoder {
public:
  std::optional<failure> feed(std::string_view bytes,
                              std::vector<stream_event>& out) override {
    std::optional<failure> problem;
    auto fits =
      splitter_.feed(bytes, [&](std::string_view, std::string_view x) {
        problem = event(x, out);
        return !problem;
      });
    if (!fits)
      return broken("an event of the stream is too large");
    return problem;
  }

  /// `[DONE]` is what ends a stream; servers that never send it are believed
  /// once they gave a finish reason.
  std::optional<failure> finish(std::vector<stream_event>& out) override {
    if (ended_)
      return std::nullopt;
    if (!finish_)
      return broken("the stream ended without a finish reason");
    end(out);
    return std::nullopt;
  }

  usage so_far() const override {
    return tokens_;
  }

private:
  std::optional<failure> event(std::string_view data,
                               std::vector<stream_event>& out) {
    if (ended_)
      return std::nullopt;
    if (data == "[DONE]") {
      if (!finish_)
        return broken("the stream was done without a finish reason");
      end(out);
      return std::nullopt;
    }
    boost::system::error_code bad;
    auto root = json::parse({data.data(), data.size()}, bad);
    if (bad || !root.is_object())
      return broken("an event of the stream is not JSON");
    const auto& x = root.get_object();
    if (const auto* error = find(x, "error"); error && !error->is_null())
      return classify_openai(http_head{200, {}}, data);
    if (!started_) {
      started_ = true;
      out.emplace_back(stream_start{string_at(x, "id"), string_at(x, "model")});
    }
    if (const auto& now = object_at(x, "usage"); !now.empty()) {
      tokens_ = usage_of(now);
      reported_ = true;
    }
    for (const auto& item : array_at(x, "choices")) {
      const auto& choice = as_object(item);
      delta(object_at(choice, "delta"), out);
      if (auto why = text_at(choice, "finish_reason"); !why.empty()) {
        finish_ = finish_of(why);
        if (!finish_)
          return broken("unknown finish reason '" + std::string{why} + "'");
      }
    }
    return std::nullopt;
  }

  void delta(const json::object& x, std::vector<stream_event>& out) {
    if (auto text = reasoning_of(x); !text.empty())
      out.emplace_back(
        thinking_delta{thinking_index, std::string{text}, {}, false});
    if (auto text = text_at(x, "content"); !text.empty())
      out.emplace_back(text_delta{text_index, std::string{text}});
    if (auto text = text_at(x, "refusal"); !text.empty()) {
      refused_ = true;
      out.emplace_back(text_delta{text_index, std::string{text}});
    }
    for (const auto& item : array_at(x, "tool_calls")) {
      const auto& call = as_object(item);
      const auto& function = object_at(call, "function");
      called_ = true;
      out.emplace_back(tool_call_delta{
        first_call_index + static_cast<uint32_t>(count_at(call, "index")),
        string_at(call, "id"),
        string_at(function, "name"),
        string_at(function, "arguments"),
        {}});
    }
  }

  void end(std::vector<stream_event>& out) {
    ended_ = true;
    auto finish = *finish_;
    if (called_ && finish == finish_reason::stop)
      finish = finish_reason::tool_calls;
    if (refused_ && finish == finish_reason::stop)
      finish = finish_reason::filtered;
    tokens_.estimated = !reported_;
    out.emplace_back(stream_end{finish, tokens_});
  }

  sse_splitter splitter_;
  usage tokens_;
  std::optional<finish_reason> finish_;
  bool started_ = false;
  bool called_ = false;
  bool refused_ = false;
  bool reported_ = false;
  bool ended_ = false;
};

class openai_chat_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return "openai-chat";
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (auto bad = check_texts(request))
      return bad;
    auto messages = messages_of(
      request, has_quirk(to, "system-role") ? "system" : "developer");
    if (!messages)
      return messages.error();
    json::object body{{"model", request.model},
                      {"messages", std::move(*messages)}};
    if (request.max_output)
      body[has_quirk(to, "max-tokens") ? "max_tokens"
                                       : "max_completion_tokens"] =
        *request.max_output;
    if (request.stream) {
      body["stream"] = true;
      if (!has_quirk(to, "no-stream-options"))
        body["stream_options"] = {{"include_usage", true}};
    }
    add_openai_sampling(request, body);
    if (!request.stop.empty())
      body["stop"] = json::value_from(request.stop);
    if (const char* name = openai_effort(request.reasoning))
      body["reasoning_effort"] = name;
    if (!request.output_schema.empty()) {
      auto schema = parse_embedded(request.output_schema, "output_schema");
      if (!schema)
        return schema.error();
      body["response_format"] = {
        {"type", "json_schema"},
        {"json_schema", {{"name", "answer"}, {"schema", std::move(*schema)}}}};
    } else if (request.json_output) {
      body["response_format"] = {{"type", "json_object"}};
    }
    if (auto bad = add_tools(request, body))
      return bad;
    return post(to, "/chat/completions", body, bearer(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    boost::system::error_code bad;
    auto root = json::parse({body.data(), body.size()}, bad);
    if (bad || !root.is_object())
      return broken("the answer is not JSON");
    const auto& x = root.get_object();
    if (const auto* error = find(x, "error"); error && !error->is_null())
      return classify_openai(http_head{200, {}}, body);
    const auto& choices = array_at(x, "choices");
    if (choices.empty())
      return broken("the answer has no choices");
    const auto& choice = as_object(choices.front());
    const auto& message = object_at(choice, "message");
    out.id = string_at(x, "id");
    out.model = string_at(x, "model");
    out.tokens = usage_of(object_at(x, "usage"));
    out.tokens.estimated = object_at(x, "usage").empty();
    out.finish =
      finish_of(text_at(choice, "finish_reason")).value_or(finish_reason::stop);
    if (auto text = reasoning_of(message); !text.empty())
      out.parts.emplace_back(
        thinking_part{std::string{text}, {}, false, "openai-chat"});
    if (auto text = text_at(message, "content"); !text.empty())
      out.parts.emplace_back(text_part{std::string{text}});
    if (auto text = text_at(message, "refusal"); !text.empty()) {
      out.parts.emplace_back(text_part{std::string{text}});
      out.finish = finish_reason::filtered;
    }
    for (const auto& item : array_at(message, "tool_calls")) {
      const auto& call = as_object(item);
      const auto& function = object_at(call, "function");
      auto arguments = string_at(function, "arguments");
      out.parts.emplace_back(
        tool_call_part{string_at(call, "id"),
                       string_at(function, "name"),
                       arguments.empty() ? "{}" : arguments,
                       {}});
      out.finish = finish_reason::tool_calls;
    }
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<chat_stream>();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_openai(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/models", bearer(to));
  }
};

} // namespace

codec_ptr openai_chat() {
  return std::make_shared<openai_chat_codec>();
}

} // namespace smart_agents::codecs
