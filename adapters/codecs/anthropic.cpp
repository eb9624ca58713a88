#include "adapters/codecs/anthropic.hpp"

#include "adapters/catalogue.hpp"
#include "adapters/codecs/common.hpp"
#include "adapters/framing.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr uint32_t default_max_tokens = 8192;

// -- request ------------------------------------------------------------------

json::object with_cache(json::object block, cache_mark mark) {
  if (mark == cache_mark::five_minutes)
    block["cache_control"] = {{"type", "ephemeral"}};
  else if (mark == cache_mark::one_hour)
    block["cache_control"] = {{"type", "ephemeral"}, {"ttl", "1h"}};
  return block;
}

caf::expected<json::object> media_block(const media_part& x) {
  const char* type = x.what == media_part::kind::image      ? "image"
                     : x.what == media_part::kind::document ? "document"
                                                            : nullptr;
  if (type == nullptr)
    return make_error(ec::unsupported,
                      "Anthropic Messages takes no audio and no video");
  json::object source;
  if (!x.url.empty())
    source = {{"type", "url"}, {"url", x.url}};
  else
    source = {
      {"type", "base64"}, {"media_type", x.mime_type}, {"data", x.base64}};
  return with_cache({{"type", type}, {"source", std::move(source)}}, x.cache);
}

caf::expected<json::object> result_block(const tool_result_part& x) {
  json::array content;
  for (const auto& piece : x.content) {
    if (const auto* text = std::get_if<text_part>(&piece)) {
      content.push_back({{"type", "text"}, {"text", text->text}});
      continue;
    }
    auto block = media_block(std::get<media_part>(piece));
    if (!block)
      return block.error();
    content.push_back(std::move(*block));
  }
  json::object result{{"type", "tool_result"},
                      {"tool_use_id", x.call_id},
                      {"content", std::move(content)}};
  if (x.is_error)
    result["is_error"] = true;
  return with_cache(std::move(result), x.cache);
}

/// The block of one part; an empty object where there is nothing to say.
caf::expected<json::object> block_of(const part& x) {
  if (const auto* text = std::get_if<text_part>(&x)) {
    // The API refuses empty text blocks.
    if (text->text.empty())
      return json::object{};
    return with_cache({{"type", "text"}, {"text", text->text}}, text->cache);
  }
  if (const auto* media = std::get_if<media_part>(&x))
    return media_block(*media);
  if (const auto* thinking = std::get_if<thinking_part>(&x)) {
    // Signatures bind to the model that wrote them.
    if (thinking->origin != "anthropic")
      return json::object{};
    if (thinking->redacted)
      return json::object{{"type", "redacted_thinking"},
                          {"data", thinking->signature}};
    return json::object{{"type", "thinking"},
                        {"thinking", thinking->text},
                        {"signature", thinking->signature}};
  }
  if (const auto* call = std::get_if<tool_call_part>(&x)) {
    auto input = parse_embedded(call->arguments, "arguments of " + call->name);
    if (!input)
      return input.error();
    return json::object{{"type", "tool_use"},
                        {"id", call->id},
                        {"name", call->name},
                        {"input", std::move(*input)}};
  }
  if (const auto* result = std::get_if<tool_result_part>(&x))
    return result_block(*result);
  const auto& opaque = std::get<opaque_part>(x);
  if (opaque.format != "anthropic")
    return json::object{};
  auto block = parse_embedded(opaque.json, "opaque block");
  if (!block)
    return block.error();
  return as_object(*block);
}

/// Neighbours of one role are one message; tool results are the user's.
caf::expected<json::array> messages_of(const chat_request& request,
                                       size_t first) {
  json::array result;
  for (size_t i = first; i < request.messages.size(); ++i) {
    const auto& from = request.messages[i];
    const char* who = from.from == role::assistant ? "assistant" : "user";
    if (result.empty() || result.back().at("role") != who)
      result.push_back({{"role", who}, {"content", json::array{}}});
    auto& content = result.back().at("content").get_array();
    for (const auto& x : from.parts) {
      auto block = block_of(x);
      if (!block)
        return block.error();
      if (!block->empty())
        content.push_back(std::move(*block));
    }
    if (content.empty())
      result.pop_back();
  }
  return result;
}

caf::expected<json::array> tools_of(const chat_request& request) {
  json::array result;
  for (const auto& x : request.tools) {
    auto schema = parse_embedded(x.schema, "schema of tool " + x.name);
    if (!schema)
      return schema.error();
    json::object tool{{"name", x.name},
                      {"description", x.description},
                      {"input_schema", std::move(*schema)}};
    if (x.strict)
      tool["strict"] = true;
    if (x.defer_loading)
      tool["defer_loading"] = true;
    result.push_back(with_cache(std::move(tool), x.cache));
  }
  return result;
}

json::object choice_of(const tool_choice& x) {
  json::object result;
  switch (x.how) {
  case tool_choice::mode::automatic: result["type"] = "auto"; break;
  case tool_choice::mode::none: result["type"] = "none"; break;
  case tool_choice::mode::required: result["type"] = "any"; break;
  case tool_choice::mode::named:
    result["type"] = "tool";
    result["name"] = x.name;
    break;
  }
  if (!x.parallel && x.how != tool_choice::mode::none)
    result["disable_parallel_tool_use"] = true;
  return result;
}

const char* effort_name(effort x) {
  switch (x) {
  case effort::minimal:
  case effort::low: return "low";
  case effort::medium: return "medium";
  case effort::high: return "high";
  case effort::max: return "max";
  case effort::unset:
  case effort::none: return nullptr;
  }
  return nullptr;
}

// -- answer -------------------------------------------------------------------

usage usage_of(const json::object& x) {
  usage result;
  result.uncached_input = count_at(x, "input_tokens");
  result.cache_read = count_at(x, "cache_read_input_tokens");
  result.cache_write = count_at(x, "cache_creation_input_tokens");
  result.output = count_at(x, "output_tokens");
  result.reasoning =
    count_at(object_at(x, "output_tokens_details"), "thinking_tokens");
  return result;
}

finish_reason finish_of(std::string_view x) {
  if (x == "max_tokens")
    return finish_reason::length;
  if (x == "tool_use")
    return finish_reason::tool_calls;
  if (x == "refusal")
    return finish_reason::filtered;
  if (x == "model_context_window_exceeded")
    return finish_reason::context_full;
  if (x == "pause_turn")
    return finish_reason::resume;
  return finish_reason::stop;
}

failure_class class_of(int status, const error_facts& facts) {
  using enum failure_class;
  const auto& code = facts.code;
  if (code == "enforced_spend_limit_reached"
      || code == "contract_spend_limit_reached")
    return quota_exhausted;
  if (facts.type == "billing_error" || says_no_credit(facts.message)
      || facts.message.find("specified API usage limits") != std::string::npos)
    return billing;
  if (says_context_too_long(facts.message))
    return context_too_long;
  if (facts.type == "authentication_error")
    return auth;
  if (facts.type == "permission_error")
    return forbidden;
  if (facts.type == "not_found_error")
    return model_not_found;
  if (facts.type == "request_too_large")
    return too_large;
  if (facts.type == "rate_limit_error")
    return rate_limited;
  if (facts.type == "overloaded_error")
    return overloaded;
  if (facts.type == "timeout_error")
    return timeout;
  if (facts.type == "api_error")
    return server_error;
  return class_of_status(status);
}

class anthropic_stream final : public stream_decoder {
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

  std::optional<failure> finish(std::vector<stream_event>&) override {
    if (stopped_)
      return std::nullopt;
    return broken("the stream ended without message_stop");
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
    auto type = text_at(x, "type");
    auto index = static_cast<uint32_t>(count_at(x, "index"));
    if (type == "content_block_delta") {
      delta(index, object_at(x, "delta"), out);
    } else if (type == "content_block_start") {
      block(index, object_at(x, "content_block"), out);
    } else if (type == "message_start") {
      const auto& message = object_at(x, "message");
      tokens_ = usage_of(object_at(message, "usage"));
      out.emplace_back(
        stream_start{string_at(message, "id"), string_at(message, "model")});
    } else if (type == "message_delta") {
      // Counts are cumulative; those that are left out stand.
      const auto& now = object_at(x, "usage");
      auto was = tokens_;
      tokens_ = usage_of(now);
      if (find(now, "input_tokens") == nullptr) {
        tokens_.uncached_input = was.uncached_input;
        tokens_.cache_read = was.cache_read;
        tokens_.cache_write = was.cache_write;
      }
      if (auto why = text_at(object_at(x, "delta"), "stop_reason");
          !why.empty())
        finish_ = finish_of(why);
    } else if (type == "message_stop") {
      stopped_ = true;
      if (called_ && finish_ == finish_reason::stop)
        finish_ = finish_reason::tool_calls;
      out.emplace_back(stream_end{finish_, tokens_});
    } else if (type == "error") {
      auto facts = read_error(data);
      return make_failure(class_of(500, facts), http_head{200, {}}, facts);
    }
    return std::nullopt; // ping, content_block_stop, and what is to come
  }

  void block(uint32_t index, const json::object& x,
             std::vector<stream_event>& out) {
    auto type = text_at(x, "type");
    if (type == "tool_use") {
      called_ = true;
      out.emplace_back(tool_call_delta{
        index, string_at(x, "id"), string_at(x, "name"), {}, {}});
    } else if (type == "redacted_thinking") {
      out.emplace_back(thinking_delta{index, {}, string_at(x, "data"), true});
    } else if (auto text = text_at(x, "text"); !text.empty()) {
      out.emplace_back(text_delta{index, std::string{text}});
    }
  }

  static void delta(uint32_t index, const json::object& x,
                    std::vector<stream_event>& out) {
    auto type = text_at(x, "type");
    if (type == "text_delta")
      out.emplace_back(text_delta{index, string_at(x, "text")});
    else if (type == "thinking_delta")
      out.emplace_back(
        thinking_delta{index, string_at(x, "thinking"), {}, false});
    else if (type == "signature_delta")
      out.emplace_back(
        thinking_delta{index, {}, string_at(x, "signature"), false});
    else if (type == "input_json_delta")
      out.emplace_back(
        tool_call_delta{index, {}, {}, string_at(x, "partial_json"), {}});
  }

  sse_splitter splitter_;
  usage tokens_;
  finish_reason finish_ = finish_reason::stop;
  bool called_ = false;
  bool stopped_ = false;
};

class anthropic_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return "anthropic";
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (auto bad = check_texts(request))
      return bad;
    size_t first = 0;
    auto system = leading_system(request, first);
    auto messages = messages_of(request, first);
    if (!messages)
      return messages.error();
    auto tools = tools_of(request);
    if (!tools)
      return tools.error();
    json::object body{
      {"model", request.model},
      {"max_tokens", request.max_output.value_or(default_max_tokens)}};
    if (!system.empty())
      body["system"] = std::move(system);
    if (!tools->empty()) {
      body["tools"] = std::move(*tools);
      body["tool_choice"] = choice_of(request.choice);
    }
    body["messages"] = std::move(*messages);
    if (!request.stop.empty())
      body["stop_sequences"] = json::value_from(request.stop);
    if (request.stream)
      body["stream"] = true;
    auto model = catalogue::built_in().find("anthropic", request.model);
    if (model.sampling_params) {
      if (request.temperature)
        body["temperature"] = *request.temperature;
      if (request.top_p)
        body["top_p"] = *request.top_p;
    }
    json::object output;
    if (const char* name = effort_name(request.reasoning);
        name && model.reasoning)
      output["effort"] = name;
    if (!request.output_schema.empty()) {
      auto schema = parse_embedded(request.output_schema, "output_schema");
      if (!schema)
        return schema.error();
      output["format"] = {{"type", "json_schema"},
                          {"schema", std::move(*schema)}};
    }
    if (!output.empty())
      body["output_config"] = std::move(output);
    return post(to, "/v1/messages", body, headers(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    boost::system::error_code bad;
    auto root = json::parse({body.data(), body.size()}, bad);
    if (bad || !root.is_object())
      return broken("the answer is not JSON");
    const auto& x = root.get_object();
    if (text_at(x, "type") == "error") {
      auto facts = read_error(body);
      return make_failure(class_of(500, facts), http_head{200, {}}, facts);
    }
    if (find(x, "content") == nullptr)
      return broken("the answer has no content");
    out.id = string_at(x, "id");
    out.model = string_at(x, "model");
    out.tokens = usage_of(object_at(x, "usage"));
    out.finish = finish_of(text_at(x, "stop_reason"));
    for (const auto& item : array_at(x, "content")) {
      const auto& block = as_object(item);
      auto type = text_at(block, "type");
      if (type == "text") {
        out.parts.emplace_back(text_part{string_at(block, "text")});
      } else if (type == "thinking") {
        out.parts.emplace_back(thinking_part{string_at(block, "thinking"),
                                             string_at(block, "signature"),
                                             false, "anthropic"});
      } else if (type == "redacted_thinking") {
        out.parts.emplace_back(
          thinking_part{{}, string_at(block, "data"), true, "anthropic"});
      } else if (type == "tool_use") {
        const auto* input = find(block, "input");
        out.parts.emplace_back(
          tool_call_part{string_at(block, "id"),
                         string_at(block, "name"),
                         input ? json::serialize(*input) : "{}",
                         {}});
        out.finish = finish_reason::tool_calls;
      } else {
        out.parts.emplace_back(
          opaque_part{"anthropic", json::serialize(block)});
      }
    }
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<anthropic_stream>();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    auto facts = read_error(body);
    auto result = make_failure(class_of(head.status, facts), head, facts);
    // A subscription's window: the reset is the time to wait.
    if (find_header(head.headers, "anthropic-ratelimit-unified-status")
        == "rejected")
      result.what = failure_class::quota_exhausted;
    return result;
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/v1/models?limit=1", headers(to));
  }

private:
  static http_headers headers(const endpoint& to) {
    http_headers result{{"anthropic-version", "2023-06-01"}};
    if (!to.api_key.empty())
      result.emplace_back("x-api-key", to.api_key);
    return result;
  }
};

} // namespace

codec_ptr anthropic() {
  return std::make_shared<anthropic_codec>();
}

} // namespace smart_agents::codecs
