#include "adapters/codecs/openai_responses_answer.hpp"

#include "adapters/codecs/answer_stream.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents::codecs {

namespace {

constexpr const char* origin = "openai-responses";

usage usage_of(const json::object& x) {
  usage result;
  const auto& input = object_at(x, "input_tokens_details");
  result.cache_read = count_at(input, "cached_tokens");
  result.cache_write = count_at(input, "cache_write_tokens");
  auto total = count_at(x, "input_tokens");
  result.uncached_input =
    total - std::min(total, result.cache_read + result.cache_write);
  result.output = count_at(x, "output_tokens");
  result.reasoning =
    count_at(object_at(x, "output_tokens_details"), "reasoning_tokens");
  if (auto ticks = maybe_count_at(x, "cost_in_usd_ticks"))
    result.charged_usd = static_cast<double>(*ticks) / 1e10; // xAI
  return result;
}

finish_reason finish_of(const json::object& response, bool called,
                        bool refused) {
  auto why = text_at(object_at(response, "incomplete_details"), "reason");
  if (why == "content_filter")
    return finish_reason::filtered;
  if (!why.empty() || text_at(response, "status") == "incomplete")
    return finish_reason::length;
  if (called)
    return finish_reason::tool_calls;
  return refused ? finish_reason::filtered : finish_reason::stop;
}

/// The texts of a reasoning item, paragraphs apart.
std::string reasoning_of(const json::object& item) {
  std::string result;
  for (const char* where : {"summary", "content"})
    for (const auto& piece : array_at(item, where))
      if (auto text = text_at(as_object(piece), "text"); !text.empty())
        result.append(result.empty() ? "" : "\n\n").append(text);
  return result;
}

/// The text of a content part: what it says, or why it does not.
std::string_view content_of(const json::object& part) {
  auto text = text_at(part, "text");
  return text.empty() ? text_at(part, "refusal") : text;
}

/// An error event: flat by the types, nested as others have seen it.
failure error_of(const json::object& x) {
  auto facts = read_error(x);
  if (facts.type == "error")
    facts.type.clear(); // that is the event's type
  return classify_error(facts);
}

class responses_stream final : public sse_decoder {
public:
  usage so_far() const override {
    return tokens_;
  }

private:
  /// One part of the answer. Items hold several content parts, so the wire
  /// numbers them by two indices.
  struct slot {
    uint32_t item = 0;
    uint32_t content = 0;
    uint32_t part = 0;
    bool filled = false;
    /// Last paragraph of a reasoning summary.
    uint32_t paragraph = 0;
  };

  std::optional<failure> on_event(std::string_view data, json_reader& reader,
                                  events& out) override {
    if (data == "[DONE]")
      return std::nullopt;
    const auto* root = reader.parse_object(data);
    if (root == nullptr)
      return broken("an event of the stream is not JSON");
    const auto& x = *root;
    auto type = text_at(x, "type");
    auto item = index_at(x, "output_index");
    if (type == "response.output_text.delta") {
      add_text(item, index_at(x, "content_index"), text_at(x, "delta"), out);
    } else if (type == "response.refusal.delta") {
      refused_ = true;
      add_text(item, index_at(x, "content_index"), text_at(x, "delta"), out);
    } else if (type == "response.reasoning_summary_text.delta") {
      add_thinking(item, index_at(x, "summary_index"), text_at(x, "delta"),
                   out);
    } else if (type == "response.reasoning_text.delta") {
      add_thinking(item, index_at(x, "content_index"), text_at(x, "delta"),
                   out);
    } else if (type == "response.function_call_arguments.delta") {
      add_arguments(item, text_at(x, "delta"), out);
    } else if (type == "response.output_item.added") {
      if (const auto& what = object_at(x, "item");
          text_at(what, "type") == "function_call")
        start_call(item, what, out);
    } else if (type == "response.output_item.done") {
      end_item(item, object_at(x, "item"), out);
    } else if (type == "response.created" || type == "response.in_progress") {
      start(object_at(x, "response"), out);
    } else if (type == "response.completed" || type == "response.incomplete") {
      const auto& response = object_at(x, "response");
      start(response, out);
      tokens_ = usage_of(object_at(response, "usage"));
      ended_ = true;
      out.emplace_back(
        stream_end{finish_of(response, called_, refused_), tokens_});
    } else if (type == "response.failed") {
      const auto& response = object_at(x, "response");
      tokens_ = usage_of(object_at(response, "usage"));
      return error_of(response);
    } else if (type == "error" || find(x, "error")) {
      return error_of(x);
    }
    return std::nullopt;
  }

  std::optional<failure> on_end(events&) override {
    return broken(started_ ? "the stream broke off before response.completed"
                           : "the stream is empty");
  }

  bool ended() const override {
    return ended_;
  }

  void start(const json::object& response, events& out) {
    if (std::exchange(started_, true))
      return;
    out.emplace_back(
      stream_start{string_at(response, "id"), string_at(response, "model")});
  }

  slot& at(uint32_t item, uint32_t content) {
    auto found = std::find_if(slots_.rbegin(), slots_.rend(), [&](auto& x) {
      return x.item == item && x.content == content;
    });
    if (found != slots_.rend())
      return *found;
    auto part = static_cast<uint32_t>(slots_.size());
    return slots_.emplace_back(slot{item, content, part, false, 0});
  }

  void add_text(uint32_t item, uint32_t content, std::string_view text,
                events& out) {
    if (text.empty())
      return;
    auto& where = at(item, content);
    where.filled = true;
    out.emplace_back(text_delta{where.part, std::string{text}});
  }

  void add_thinking(uint32_t item, uint32_t paragraph, std::string_view text,
                    events& out) {
    if (text.empty())
      return;
    auto& where = at(item, 0);
    auto first = !std::exchange(where.filled, true);
    auto apart = !first && where.paragraph != paragraph;
    where.paragraph = paragraph;
    out.emplace_back(thinking_delta{where.part,
                                    (apart ? "\n\n" : "") + std::string{text},
                                    {},
                                    false,
                                    first ? origin : ""});
  }

  void start_call(uint32_t item, const json::object& x, events& out) {
    called_ = true;
    auto& where = at(item, 0);
    auto name = string_at(x, "name");
    auto id = string_at(x, "call_id");
    if (id.empty())
      id = made_up_call_id(text_at(x, "id"), name, item);
    out.emplace_back(
      tool_call_delta{where.part, std::move(id), std::move(name), {}, {}});
    add_arguments(item, text_at(x, "arguments"), out);
  }

  void add_arguments(uint32_t item, std::string_view text, events& out) {
    if (text.empty())
      return;
    auto& where = at(item, 0);
    where.filled = true;
    out.emplace_back(
      tool_call_delta{where.part, {}, {}, std::string{text}, {}});
  }

  /// The finished item: the opaque state of reasoning comes only here, and
  /// all of it where a server sends no deltas.
  void end_item(uint32_t item, const json::object& x, events& out) {
    auto type = text_at(x, "type");
    if (type == "reasoning") {
      if (!at(item, 0).filled)
        add_thinking(item, 0, reasoning_of(x), out);
      if (auto sealed = text_at(x, "encrypted_content"); !sealed.empty()) {
        auto& where = at(item, 0);
        auto first = !std::exchange(where.filled, true);
        out.emplace_back(thinking_delta{
          where.part, {}, std::string{sealed}, false, first ? origin : ""});
      }
    } else if (type == "function_call") {
      auto known = std::any_of(slots_.begin(), slots_.end(),
                               [item](auto& s) { return s.item == item; });
      if (!known)
        start_call(item, x, out);
      else if (!at(item, 0).filled)
        add_arguments(item, text_at(x, "arguments"), out);
    } else if (type == "message") {
      uint32_t content = 0;
      for (const auto& piece : array_at(x, "content")) {
        const auto& part = as_object(piece);
        refused_ = refused_ || text_at(part, "type") == "refusal";
        if (auto& where = at(item, content++); !where.filled)
          add_text(item, content - 1, content_of(part), out);
      }
    } else if (!type.empty()) {
      // An item of the format's own, kept for the next request.
      auto& where = at(item, 0);
      where.filled = true;
      out.emplace_back(opaque_delta{where.part, origin, text_of_json(x)});
    }
  }

  usage tokens_;
  std::vector<slot> slots_;
  bool started_ = false;
  bool called_ = false;
  bool refused_ = false;
  bool ended_ = false;
};

} // namespace

std::optional<failure> decode_openai_responses(std::string_view body,
                                               chat_response& out) {
  json_reader reader;
  const auto* root = reader.parse_object(body);
  if (root == nullptr)
    return broken("the answer is not a JSON object");
  const auto& x = *root;
  if (find(x, "error"))
    return error_of(x);
  const auto* output = find(x, "output");
  if (output == nullptr || !output->is_array())
    return broken("the answer has no output");
  auto status = text_at(x, "status");
  if (status != "completed" && status != "incomplete" && !status.empty())
    return broken("the answer's status is '" + std::string{status.substr(0, 40)}
                  + "'");
  out = {};
  out.id = text_at(x, "id");
  out.model = text_at(x, "model");
  out.tokens = usage_of(object_at(x, "usage"));
  auto called = false;
  auto refused = false;
  for (const auto& element : output->get_array()) {
    const auto& item = as_object(element);
    auto type = text_at(item, "type");
    if (type == "message") {
      for (const auto& piece : array_at(item, "content")) {
        const auto& part = as_object(piece);
        refused = refused || text_at(part, "type") == "refusal";
        if (auto text = content_of(part); !text.empty())
          out.parts.emplace_back(text_part{std::string{text}});
      }
    } else if (type == "reasoning") {
      thinking_part part{reasoning_of(item),
                         string_at(item, "encrypted_content"), false, origin};
      if (!part.signature.empty())
        part.signer = out.model;
      if (!part.text.empty() || !part.signature.empty())
        out.parts.emplace_back(std::move(part));
    } else if (type == "function_call") {
      called = true;
      auto name = string_at(item, "name");
      auto id = string_at(item, "call_id");
      if (id.empty())
        id = made_up_call_id(text_at(item, "id"), name,
                             static_cast<uint32_t>(out.parts.size()));
      auto arguments = string_at(item, "arguments");
      out.parts.emplace_back(
        tool_call_part{std::move(id),
                       std::move(name),
                       arguments.empty() ? "{}" : std::move(arguments),
                       {}});
    } else {
      out.parts.emplace_back(opaque_part{origin, text_of_json(element)});
    }
  }
  out.finish = finish_of(x, called, refused);
  return std::nullopt;
}

std::unique_ptr<stream_decoder> stream_openai_responses() {
  return std::make_unique<responses_stream>();
}

} // namespace smart_agents::codecs
