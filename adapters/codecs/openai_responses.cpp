#include "adapters/codecs/openai_responses.hpp"

#include "adapters/codecs/common.hpp"
#include "adapters/codecs/openai_errors.hpp"
#include "adapters/framing.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

/// The API takes no smaller cap.
constexpr uint32_t least_output = 16;

// -- request ------------------------------------------------------------------

caf::expected<json::object> media_of(const media_part& x) {
  auto data = "data:" + x.mime_type + ";base64," + x.base64;
  if (x.what == media_part::kind::image)
    return json::object{{"type", "input_image"},
                        {"image_url", x.url.empty() ? data : x.url}};
  if (x.what == media_part::kind::document && x.url.empty())
    return json::object{{"type", "input_file"},
                        {"filename", x.name.empty() ? "document" : x.name},
                        {"file_data", data}};
  return make_error(ec::unsupported,
                    "Responses takes images, and documents inline only");
}

json::object message_item(const char* who, json::array content) {
  return {{"type", "message"}, {"role", who}, {"content", std::move(content)}};
}

/// Items of one message: runs of text and media, calls, results.
caf::error add_items(const message& from, json::array& out) {
  auto assistant = from.from == role::assistant;
  const char* who = assistant                   ? "assistant"
                    : from.from == role::system ? "developer"
                                                : "user";
  json::array content;
  auto flush = [&] {
    if (!content.empty())
      out.push_back(message_item(who, std::exchange(content, {})));
  };
  for (const auto& x : from.parts) {
    if (const auto* text = std::get_if<text_part>(&x)) {
      content.push_back({{"type", assistant ? "output_text" : "input_text"},
                         {"text", text->text}});
    } else if (const auto* media = std::get_if<media_part>(&x)) {
      auto block = media_of(*media);
      if (!block)
        return block.error();
      content.push_back(std::move(*block));
    } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
      flush();
      out.push_back({{"type", "function_call"},
                     {"call_id", call->id},
                     {"name", call->name},
                     {"arguments", call->arguments}});
    } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
      flush();
      std::string text = result->is_error ? "ERROR: " : "";
      for (const auto& piece : result->content) {
        if (const auto* words = std::get_if<text_part>(&piece)) {
          text += words->text;
          continue;
        }
        auto block = media_of(std::get<media_part>(piece));
        if (!block)
          return block.error();
        content.push_back(std::move(*block));
      }
      out.push_back({{"type", "function_call_output"},
                     {"call_id", result->call_id},
                     {"output", std::move(text)}});
    }
  }
  flush();
  return {};
}

caf::error add_tools(const chat_request& request, json::object& body) {
  json::array tools;
  for (const auto& x : request.tools) {
    auto schema = parse_embedded(x.schema, "schema of tool " + x.name);
    if (!schema)
      return schema.error();
    tools.push_back({{"type", "function"},
                     {"name", x.name},
                     {"description", x.description},
                     {"parameters", std::move(*schema)},
                     {"strict", x.strict}});
  }
  if (tools.empty())
    return {};
  body["tools"] = std::move(tools);
  switch (request.choice.how) {
  case tool_choice::mode::automatic: body["tool_choice"] = "auto"; break;
  case tool_choice::mode::none: body["tool_choice"] = "none"; break;
  case tool_choice::mode::required: body["tool_choice"] = "required"; break;
  case tool_choice::mode::named:
    body["tool_choice"] = {{"type", "function"}, {"name", request.choice.name}};
    break;
  }
  if (!request.choice.parallel)
    body["parallel_tool_calls"] = false;
  return {};
}

// -- answer -------------------------------------------------------------------

usage usage_of(const json::object& x) {
  usage result;
  const auto& input = object_at(x, "input_tokens_details");
  result.cache_read = count_at(input, "cached_tokens");
  result.cache_write = count_at(input, "cache_write_tokens");
  auto total = count_at(x, "input_tokens");
  auto cached = result.cache_read + result.cache_write;
  result.uncached_input = total > cached ? total - cached : 0;
  result.output = count_at(x, "output_tokens");
  result.reasoning =
    count_at(object_at(x, "output_tokens_details"), "reasoning_tokens");
  return result;
}

finish_reason finish_of(const json::object& response, bool called,
                        bool refused) {
  if (called)
    return finish_reason::tool_calls;
  auto why = text_at(object_at(response, "incomplete_details"), "reason");
  if (why == "content_filter" || refused)
    return finish_reason::filtered;
  if (!why.empty())
    return finish_reason::length;
  return finish_reason::stop;
}

/// The failure that a response of status `failed` reports.
failure failed_response(const json::object& response) {
  json::object wrapped{{"error", object_at(response, "error")}};
  return classify_openai(http_head{200, {}}, json::serialize(wrapped));
}

class responses_stream final : public stream_decoder {
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
    if (ended_)
      return std::nullopt;
    return broken("the stream ended without response.completed");
  }

  usage so_far() const override {
    return tokens_;
  }

private:
  std::optional<failure> event(std::string_view data,
                               std::vector<stream_event>& out) {
    if (data == "[DONE]")
      return std::nullopt;
    boost::system::error_code bad;
    auto root = json::parse({data.data(), data.size()}, bad);
    if (bad || !root.is_object())
      return broken("an event of the stream is not JSON");
    const auto& x = root.get_object();
    auto type = text_at(x, "type");
    auto index = static_cast<uint32_t>(count_at(x, "output_index"));
    if (type == "response.output_text.delta") {
      out.emplace_back(text_delta{index, string_at(x, "delta")});
    } else if (type == "response.refusal.delta") {
      refused_ = true;
      out.emplace_back(text_delta{index, string_at(x, "delta")});
    } else if (type == "response.reasoning_summary_text.delta"
               || type == "response.reasoning_text.delta") {
      out.emplace_back(thinking_delta{index, string_at(x, "delta"), {}, false});
    } else if (type == "response.function_call_arguments.delta") {
      out.emplace_back(
        tool_call_delta{index, {}, {}, string_at(x, "delta"), {}});
    } else if (type == "response.output_item.added") {
      const auto& item = object_at(x, "item");
      if (text_at(item, "type") == "function_call") {
        called_ = true;
        out.emplace_back(tool_call_delta{
          index, string_at(item, "call_id"), string_at(item, "name"), {}, {}});
      }
    } else if (type == "response.output_item.done") {
      // The opaque state of reasoning comes with the finished item.
      const auto& item = object_at(x, "item");
      if (auto sealed = text_at(item, "encrypted_content"); !sealed.empty())
        out.emplace_back(thinking_delta{index, {}, std::string{sealed}, false});
    } else if (type == "response.created") {
      const auto& response = object_at(x, "response");
      out.emplace_back(
        stream_start{string_at(response, "id"), string_at(response, "model")});
    } else if (type == "response.completed" || type == "response.incomplete") {
      const auto& response = object_at(x, "response");
      tokens_ = usage_of(object_at(response, "usage"));
      tokens_.estimated = object_at(response, "usage").empty();
      ended_ = true;
      out.emplace_back(
        stream_end{finish_of(response, called_, refused_), tokens_});
    } else if (type == "response.failed") {
      const auto& response = object_at(x, "response");
      tokens_ = usage_of(object_at(response, "usage"));
      return failed_response(response);
    } else if (type == "error") {
      // Flat by the types, nested as others have seen it.
      if (find(x, "error") != nullptr)
        return classify_openai(http_head{200, {}}, data);
      json::object wrapped{{"error", x}};
      return classify_openai(http_head{200, {}}, json::serialize(wrapped));
    }
    return std::nullopt;
  }

  sse_splitter splitter_;
  usage tokens_;
  bool called_ = false;
  bool refused_ = false;
  bool ended_ = false;
};

class openai_responses_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return "openai-responses";
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (auto bad = check_texts(request))
      return bad;
    size_t first = 0;
    auto instructions = leading_system(request, first);
    json::array input;
    for (size_t i = first; i < request.messages.size(); ++i)
      if (auto bad = add_items(request.messages[i], input))
        return bad;
    json::object body{
      {"model", request.model}, {"input", std::move(input)}, {"store", false}};
    if (!instructions.empty())
      body["instructions"] = std::move(instructions);
    if (request.max_output)
      body["max_output_tokens"] = std::max(*request.max_output, least_output);
    if (request.stream)
      body["stream"] = true;
    add_openai_sampling(request, body);
    if (const char* name = openai_effort(request.reasoning))
      body["reasoning"] = {{"effort", name}};
    if (!request.output_schema.empty()) {
      auto schema = parse_embedded(request.output_schema, "output_schema");
      if (!schema)
        return schema.error();
      body["text"] = {{"format",
                       {{"type", "json_schema"},
                        {"name", "answer"},
                        {"schema", std::move(*schema)}}}};
    } else if (request.json_output) {
      body["text"] = {{"format", {{"type", "json_object"}}}};
    }
    if (auto bad = add_tools(request, body))
      return bad;
    return post(to, "/responses", body, bearer(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    boost::system::error_code bad;
    auto root = json::parse({body.data(), body.size()}, bad);
    if (bad || !root.is_object())
      return broken("the answer is not JSON");
    const auto& x = root.get_object();
    if (text_at(x, "status") == "failed")
      return failed_response(x);
    if (find(x, "output") == nullptr)
      return broken("the answer has no output");
    out.id = string_at(x, "id");
    out.model = string_at(x, "model");
    out.tokens = usage_of(object_at(x, "usage"));
    out.tokens.estimated = object_at(x, "usage").empty();
    auto called = false;
    auto refused = false;
    for (const auto& element : array_at(x, "output")) {
      const auto& item = as_object(element);
      auto type = text_at(item, "type");
      if (type == "message") {
        std::string text;
        for (const auto& piece : array_at(item, "content")) {
          const auto& content = as_object(piece);
          refused = refused || text_at(content, "type") == "refusal";
          text += text_at(content, "text");
          text += text_at(content, "refusal");
        }
        out.parts.emplace_back(text_part{std::move(text)});
      } else if (type == "reasoning") {
        std::string text;
        for (const char* where : {"summary", "content"})
          for (const auto& piece : array_at(item, where))
            text += text_at(as_object(piece), "text");
        out.parts.emplace_back(
          thinking_part{std::move(text), string_at(item, "encrypted_content"),
                        false, "openai-responses"});
      } else if (type == "function_call") {
        called = true;
        auto arguments = string_at(item, "arguments");
        out.parts.emplace_back(
          tool_call_part{string_at(item, "call_id"),
                         string_at(item, "name"),
                         arguments.empty() ? "{}" : arguments,
                         {}});
      } else {
        out.parts.emplace_back(
          opaque_part{"openai-responses", json::serialize(item)});
      }
    }
    out.finish = finish_of(x, called, refused);
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<responses_stream>();
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

codec_ptr openai_responses() {
  return std::make_shared<openai_responses_codec>();
}

} // namespace smart_agents::codecs
