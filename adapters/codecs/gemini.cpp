#include "adapters/codecs/gemini.hpp"

#include "adapters/codecs/common.hpp"
#include "adapters/framing.hpp"
#include "messages/error.hpp"

namespace smart_agents::codecs {

namespace {

/// Google's documented stand-in for calls that another model made.
constexpr const char* foreign_signature = "skip_thought_signature_validator";

// -- request ------------------------------------------------------------------

json::object media_of(const media_part& x) {
  if (!x.url.empty())
    return {{"fileData", {{"fileUri", x.url}, {"mimeType", x.mime_type}}}};
  return {{"inlineData", {{"mimeType", x.mime_type}, {"data", x.base64}}}};
}

void add_result(const tool_result_part& x, json::array& parts) {
  std::string text;
  json::array media;
  for (const auto& piece : x.content) {
    if (const auto* words = std::get_if<text_part>(&piece))
      text += words->text;
    else
      media.push_back(media_of(std::get<media_part>(piece)));
  }
  json::object response;
  response[x.is_error ? "error" : "result"] = std::move(text);
  json::object function{{"name", x.name}, {"response", std::move(response)}};
  if (!x.call_id.empty())
    function["id"] = x.call_id;
  parts.push_back(json::object{{"functionResponse", std::move(function)}});
  for (auto& item : media)
    parts.push_back(std::move(item));
}

caf::error add_parts(const message& from, json::array& parts) {
  for (const auto& x : from.parts) {
    if (const auto* text = std::get_if<text_part>(&x)) {
      if (!text->text.empty())
        parts.push_back(json::object{{"text", text->text}});
    } else if (const auto* media = std::get_if<media_part>(&x)) {
      parts.push_back(media_of(*media));
    } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
      auto arguments =
        parse_embedded(call->arguments, "arguments of " + call->name);
      if (!arguments)
        return arguments.error();
      json::object function{{"name", call->name},
                            {"args", std::move(*arguments)}};
      if (!call->id.empty())
        function["id"] = call->id;
      parts.push_back(
        {{"functionCall", std::move(function)},
         {"thoughtSignature",
          call->signature.empty() ? foreign_signature : call->signature}});
    } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
      add_result(*result, parts);
    }
  }
  return {};
}

caf::expected<json::array> contents_of(const chat_request& request,
                                       size_t first) {
  json::array result;
  for (size_t i = first; i < request.messages.size(); ++i) {
    const auto& from = request.messages[i];
    const char* who = from.from == role::assistant ? "model" : "user";
    if (result.empty() || result.back().at("role") != who)
      result.push_back({{"role", who}, {"parts", json::array{}}});
    auto& parts = result.back().at("parts").get_array();
    if (auto bad = add_parts(from, parts))
      return bad;
    if (parts.empty())
      result.pop_back();
  }
  return result;
}

caf::error add_tools(const chat_request& request, json::object& body) {
  json::array functions;
  for (const auto& x : request.tools) {
    auto schema = parse_embedded(x.schema, "schema of tool " + x.name);
    if (!schema)
      return schema.error();
    functions.push_back({{"name", x.name},
                         {"description", x.description},
                         {"parametersJsonSchema", std::move(*schema)}});
  }
  if (functions.empty())
    return {};
  body["tools"] = json::array{{{"functionDeclarations", std::move(functions)}}};
  json::object config;
  switch (request.choice.how) {
  case tool_choice::mode::automatic: config["mode"] = "AUTO"; break;
  case tool_choice::mode::none: config["mode"] = "NONE"; break;
  case tool_choice::mode::required: config["mode"] = "ANY"; break;
  case tool_choice::mode::named:
    config["mode"] = "ANY";
    config["allowedFunctionNames"] = json::array{request.choice.name};
    break;
  }
  body["toolConfig"] = {{"functionCallingConfig", std::move(config)}};
  return {};
}

const char* level_of(effort x) {
  switch (x) {
  case effort::none:
  case effort::minimal: return "MINIMAL";
  case effort::low: return "LOW";
  case effort::medium: return "MEDIUM";
  case effort::high:
  case effort::max: return "HIGH";
  case effort::unset: return nullptr;
  }
  return nullptr;
}

caf::expected<json::object> generation_config(const chat_request& request) {
  json::object result;
  if (request.max_output)
    result["maxOutputTokens"] = *request.max_output;
  if (request.temperature)
    result["temperature"] = *request.temperature;
  if (request.top_p)
    result["topP"] = *request.top_p;
  if (!request.stop.empty())
    result["stopSequences"] = json::value_from(request.stop);
  // Levels are the 3.x family's; older models have budgets instead.
  if (const char* level = level_of(request.reasoning);
      level && request.model.find("gemini-2") != 0)
    result["thinkingConfig"] = {{"thinkingLevel", level}};
  if (!request.output_schema.empty()) {
    auto schema = parse_embedded(request.output_schema, "output_schema");
    if (!schema)
      return schema.error();
    result["responseJsonSchema"] = std::move(*schema);
  }
  if (!request.output_schema.empty() || request.json_output)
    result["responseMimeType"] = "application/json";
  return result;
}

// -- answer -------------------------------------------------------------------

usage usage_of(const json::object& x) {
  usage result;
  result.cache_read = count_at(x, "cachedContentTokenCount");
  auto total =
    count_at(x, "promptTokenCount") + count_at(x, "toolUsePromptTokenCount");
  result.uncached_input =
    total > result.cache_read ? total - result.cache_read : 0;
  result.reasoning = count_at(x, "thoughtsTokenCount");
  result.output = count_at(x, "candidatesTokenCount") + result.reasoning;
  return result;
}

finish_reason finish_of(std::string_view x) {
  if (x == "MAX_TOKENS")
    return finish_reason::length;
  if (x == "CONTINUATION")
    return finish_reason::resume;
  if (x == "MALFORMED_FUNCTION_CALL" || x == "UNEXPECTED_TOOL_CALL"
      || x == "TOO_MANY_TOOL_CALLS" || x == "MALFORMED_RESPONSE")
    return finish_reason::malformed_call;
  if (x.empty() || x == "STOP" || x == "FINISH_REASON_UNSPECIFIED"
      || x == "OTHER")
    return finish_reason::stop;
  return finish_reason::filtered; // SAFETY, RECITATION, IMAGE_... and new ones
}

failure_class class_of(int status, const json::object& error,
                       const error_facts& facts) {
  using enum failure_class;
  auto daily = false;
  for (const auto& item : array_at(error, "details")) {
    const auto& detail = as_object(item);
    if (text_at(detail, "reason") == "API_KEY_INVALID")
      return auth;
    for (const auto& violation : array_at(detail, "violations"))
      daily = daily
              || text_at(as_object(violation), "quotaId").find("PerDay")
                   != std::string_view::npos;
  }
  if (status == 402 || says_no_credit(facts.message))
    return billing;
  if (daily)
    return quota_exhausted;
  if (says_context_too_long(facts.message))
    return context_too_long;
  if (facts.type == "FAILED_PRECONDITION")
    return forbidden;
  return class_of_status(status);
}

failure classify_gemini(const http_head& head, std::string_view body) {
  boost::system::error_code bad;
  auto root = json::parse({body.data(), body.size()}, bad);
  if (!bad && root.is_array() && !root.get_array().empty())
    root = json::value(root.get_array().front());
  const auto& error = object_at(as_object(root), "error");
  auto facts = read_error(body);
  auto status = head.status;
  if (status == 200)
    status = static_cast<int>(count_at(error, "code"));
  auto result = make_failure(class_of(status == 0 ? 500 : status, error, facts),
                             head, facts);
  // A spent day also carries a retryDelay of seconds, which is of no use.
  if (result.what != failure_class::quota_exhausted)
    for (const auto& item : array_at(error, "details"))
      if (auto wait = text_at(as_object(item), "retryDelay"); !wait.empty())
        result.retry_after = parse_duration(wait);
  return result;
}

// Text and thoughts are appended each to one part; every call is its own.
constexpr uint32_t thinking_index = 0;
constexpr uint32_t text_index = 1;
constexpr uint32_t first_call_index = 2;

class gemini_stream final : public stream_decoder {
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

  std::optional<failure> finish(std::vector<stream_event>& out) override {
    if (!finish_)
      return broken("the stream ended without a finishReason");
    auto finish = *finish_;
    if (calls_ > 0 && finish == finish_reason::stop)
      finish = finish_reason::tool_calls;
    out.emplace_back(stream_end{finish, tokens_});
    return std::nullopt;
  }

  usage so_far() const override {
    return tokens_;
  }

private:
  std::optional<failure> event(std::string_view data,
                               std::vector<stream_event>& out) {
    boost::system::error_code bad;
    auto root = json::parse({data.data(), data.size()}, bad);
    if (bad || !root.is_object())
      return broken("an event of the stream is not JSON");
    const auto& x = root.get_object();
    if (find(x, "error") != nullptr)
      return classify_gemini(http_head{200, {}}, data);
    if (!started_) {
      started_ = true;
      out.emplace_back(
        stream_start{string_at(x, "responseId"), string_at(x, "modelVersion")});
    }
    if (const auto& now = object_at(x, "usageMetadata"); !now.empty())
      tokens_ = usage_of(now);
    if (!text_at(object_at(x, "promptFeedback"), "blockReason").empty())
      finish_ = finish_reason::filtered;
    for (const auto& item : array_at(x, "candidates")) {
      const auto& candidate = as_object(item);
      for (const auto& piece :
           array_at(object_at(candidate, "content"), "parts"))
        add(as_object(piece), out);
      if (auto why = text_at(candidate, "finishReason"); !why.empty())
        finish_ = finish_of(why);
    }
    return std::nullopt;
  }

  void add(const json::object& x, std::vector<stream_event>& out) {
    auto text = string_at(x, "text");
    auto signature = string_at(x, "thoughtSignature");
    if (const auto& call = object_at(x, "functionCall"); !call.empty()) {
      const auto* args = find(call, "args");
      out.emplace_back(tool_call_delta{
        first_call_index + calls_++, string_at(call, "id"),
        string_at(call, "name"), args ? json::serialize(*args) : "{}",
        std::move(signature)});
    } else if (true_at(x, "thought")) {
      out.emplace_back(thinking_delta{thinking_index, std::move(text),
                                      std::move(signature), false});
    } else if (!text.empty()) {
      out.emplace_back(text_delta{text_index, std::move(text)});
    }
  }

  sse_splitter splitter_;
  usage tokens_;
  std::optional<finish_reason> finish_;
  uint32_t calls_ = 0;
  bool started_ = false;
};

class gemini_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return "gemini";
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (auto bad = check_texts(request))
      return bad;
    size_t first = 0;
    auto system = leading_system(request, first);
    auto contents = contents_of(request, first);
    if (!contents)
      return contents.error();
    json::object body;
    if (!system.empty())
      body["systemInstruction"] = {
        {"parts", json::array{{{"text", std::move(system)}}}}};
    body["contents"] = std::move(*contents);
    auto config = generation_config(request);
    if (!config)
      return config.error();
    if (!config->empty())
      body["generationConfig"] = std::move(*config);
    if (auto bad = add_tools(request, body))
      return bad;
    auto path = "/v1beta/models/" + request.model
                + (request.stream ? ":streamGenerateContent?alt=sse"
                                  : ":generateContent");
    return post(to, path, body, headers(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    boost::system::error_code bad;
    auto root = json::parse({body.data(), body.size()}, bad);
    if (bad || !root.is_object())
      return broken("the answer is not JSON");
    const auto& x = root.get_object();
    if (find(x, "error") != nullptr)
      return classify_gemini(http_head{200, {}}, body);
    out.id = string_at(x, "responseId");
    out.model = string_at(x, "modelVersion");
    out.tokens = usage_of(object_at(x, "usageMetadata"));
    if (!text_at(object_at(x, "promptFeedback"), "blockReason").empty()) {
      out.finish = finish_reason::filtered;
      return std::nullopt;
    }
    const auto& candidates = array_at(x, "candidates");
    if (candidates.empty())
      return broken("the answer has no candidates");
    const auto& candidate = as_object(candidates.front());
    out.finish = finish_of(text_at(candidate, "finishReason"));
    for (const auto& piece : array_at(object_at(candidate, "content"), "parts"))
      add(as_object(piece), out);
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<gemini_stream>();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_gemini(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/v1beta/models?pageSize=1", headers(to));
  }

private:
  static void add(const json::object& x, chat_response& out) {
    auto text = string_at(x, "text");
    auto signature = string_at(x, "thoughtSignature");
    if (const auto& call = object_at(x, "functionCall"); !call.empty()) {
      const auto* args = find(call, "args");
      out.parts.emplace_back(tool_call_part{
        string_at(call, "id"), string_at(call, "name"),
        args ? json::serialize(*args) : "{}", std::move(signature)});
      if (out.finish == finish_reason::stop)
        out.finish = finish_reason::tool_calls;
    } else if (true_at(x, "thought")) {
      out.parts.emplace_back(
        thinking_part{std::move(text), std::move(signature), false, "gemini"});
    } else if (!text.empty()) {
      out.parts.emplace_back(text_part{std::move(text)});
    }
  }

  static http_headers headers(const endpoint& to) {
    if (to.api_key.empty())
      return {};
    return {{"x-goog-api-key", to.api_key}};
  }
};

} // namespace

codec_ptr gemini() {
  return std::make_shared<gemini_codec>();
}

} // namespace smart_agents::codecs
