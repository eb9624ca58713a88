#include "adapters/codecs/anthropic.hpp"

#include "adapters/codecs/anthropic_answer.hpp"
#include "adapters/codecs/anthropic_blocks.hpp"
#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/wire.hpp"
#include "adapters/verbatim.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "anthropic";

/// `max_tokens` is required; this is for models that the catalogue does not
/// know, and within what every Claude since 3.5 gives.
constexpr uint64_t default_max_tokens = 8192;

bool is_result(const part& x) {
  return std::holds_alternative<tool_result_part>(x);
}

/// Neighbours of one role become one message; all results of a turn go into
/// one user message, before its text. A system message in mid-conversation is
/// a user's text: only some models take that role there.
caf::error write_messages(json_writer& out, const chat_request& request,
                          block_writer& blocks) {
  const auto& all = request.messages;
  out.key("messages").begin_array();
  auto begun = false;
  for (auto i = leading_systems(request); i < all.size();) {
    auto assistant = all[i].from == role::assistant;
    auto end = end_of_turn(request, i);
    auto any = false;
    for (auto at = i; at < end; ++at)
      for (const auto& x : all[at].parts)
        any = any || blocks.has_block(x);
    if (any) {
      // A user speaks first, whatever was cut away before.
      if (!std::exchange(begun, true) && assistant)
        out.begin_object()
          .field("role", "user")
          .field("content", "(earlier messages were left out)")
          .end_object();
      out.begin_object().field("role", assistant ? "assistant" : "user");
      out.key("content").begin_array();
      for (auto results : {true, false})
        for (auto at = i; at < end; ++at)
          for (const auto& x : all[at].parts)
            if (is_result(x) == results && blocks.has_block(x))
              if (auto bad = blocks.write(x))
                return bad;
      out.end_array().end_object();
    }
    i = end;
  }
  out.end_array();
  return {};
}

/// The format knows JSON by a schema only: any other is asked for in words.
constexpr std::string_view json_words =
  "Answer with one JSON value and nothing else: no words around it, no code "
  "fence.";

bool asks_for_json(const chat_request& request) {
  return request.json_output && request.output_schema.empty();
}

/// The system messages at the head: one string, or blocks when marked.
void write_system(json_writer& out, const chat_request& request,
                  block_writer& blocks) {
  auto count = leading_systems(request);
  auto marked = false;
  for (size_t i = 0; i < count; ++i)
    for (const auto& x : request.messages[i].parts)
      marked = marked || mark_of(x) != cache_mark::none;
  if (!marked) {
    auto text = leading_system_text(request);
    if (asks_for_json(request))
      text.append(text.empty() ? "" : "\n\n").append(json_words);
    if (!text.empty())
      out.field("system", text);
    return;
  }
  out.key("system").begin_array();
  for (size_t i = 0; i < count; ++i)
    for (const auto& x : request.messages[i].parts)
      if (const auto* text = std::get_if<text_part>(&x);
          text && !text->text.empty())
        blocks.write_text(*text);
  if (asks_for_json(request))
    blocks.write_text({std::string{json_words}});
  out.end_array();
}

void write_tools(json_writer& out, const chat_request& request,
                 cache_marks& marks) {
  auto foreign = [](const tool_definition& x) {
    return !x.format.empty() && x.format != format_name;
  };
  if (std::all_of(request.tools.begin(), request.tools.end(), foreign))
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    if (foreign(x))
      continue;
    if (!x.format.empty()) {
      out.raw(x.json);
      continue;
    }
    out.begin_object().field("name", tool_name_for(format_name, x.name));
    if (!x.description.empty())
      out.field("description", x.description);
    out.key("input_schema").raw(x.schema);
    if (x.strict)
      out.field("strict", true);
    if (x.defer_loading)
      out.field("defer_loading", true);
    marks.write(out, x.cache);
    out.end_object();
  }
  out.end_array().key("tool_choice").begin_object();
  switch (request.choice.how) {
  case tool_choice::mode::automatic: out.field("type", "auto"); break;
  case tool_choice::mode::none: out.field("type", "none"); break;
  case tool_choice::mode::required: out.field("type", "any"); break;
  case tool_choice::mode::named:
    out.field("type", "tool");
    out.field("name", tool_name_for(format_name, request.choice.name));
  }
  if (!request.choice.parallel && request.choice.how != tool_choice::mode::none)
    out.field("disable_parallel_tool_use", true);
  out.end_object();
}

void write_output_config(json_writer& out, const chat_request& request,
                         const model_info& model) {
  auto with_effort = takes_effort(model) && request.reasoning != effort::unset
                     && request.reasoning != effort::none;
  if (!with_effort && request.output_schema.empty())
    return;
  out.key("output_config").begin_object();
  if (with_effort)
    out.field("effort", request.reasoning == effort::minimal
                          ? std::string_view{"low"}
                          : effort_name(request.reasoning));
  if (!request.output_schema.empty())
    out.key("format")
      .begin_object()
      .field("type", "json_schema")
      .key("schema")
      .raw(request.output_schema)
      .end_object();
  out.end_object();
}

/// What a turn that calls tools began with; a model that thinks by budget wants
/// to see it again, and refuses a turn without.
bool has_own_thought(const chat_request& request) {
  const auto& all = request.messages;
  auto last = std::find_if(all.rbegin(), all.rend(), [](const message& x) {
    return x.from == role::assistant;
  });
  if (last == all.rend() || all.back().from == role::assistant)
    return true;
  auto calls = false;
  for (const auto& x : last->parts) {
    if (const auto* thinking = std::get_if<thinking_part>(&x))
      return is_own_thought(*thinking, format_name, request);
    calls = calls || std::holds_alternative<tool_call_part>(x);
  }
  return !calls;
}

/// Asks for thinking; true when it did. A budget leaves room for the answer
/// inside the caller's cap, which is never raised for it.
bool write_thinking(json_writer& out, const chat_request& request,
                    const model_info& model, uint64_t cap) {
  constexpr uint32_t least_budget = 1024;
  if (!request.show_thoughts && !request.thinking_budget)
    return false;
  if (model.known && !model.reasoning)
    return false;
  auto by_budget =
    model.known ? thinks_by_budget(model) : request.thinking_budget.has_value();
  if (!by_budget) {
    out.key("thinking").begin_object().field("type", "adaptive");
    out.field("display", request.show_thoughts ? "summarized" : "omitted");
    out.end_object();
    return true;
  }
  auto budget = std::min<uint64_t>(
    std::max(request.thinking_budget.value_or(least_budget * 4), least_budget),
    cap / 2);
  if (budget < least_budget || !has_own_thought(request))
    return false;
  out.key("thinking").begin_object().field("type", "enabled");
  out.field("budget_tokens", budget).end_object();
  return true;
}

uint64_t max_tokens(const chat_request& request, const model_info& model) {
  if (!request.max_output)
    return model.max_output > 0 ? model.max_output : default_max_tokens;
  return model.max_output > 0
           ? std::min<uint64_t>(*request.max_output, model.max_output)
           : *request.max_output;
}

class anthropic_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<http_request> encode(const chat_request& original,
                                     const endpoint& to) const override {
    if (auto bad = check_quirks(to, format_name))
      return bad;
    if (leaves_room_to_think(original))
      if (auto body = own_body::of(original, format_name))
        return passing(post(to, below(to, "/v1", "/v1/messages"),
                            body->with(changes_of(original)),
                            headers(to, original.verbatim->headers)));
    if (auto bad = check_request(original))
      return bad;
    auto body = body_of(original, false);
    if (!body)
      return std::move(body.error());
    return post(to, below(to, "/v1", "/v1/messages"), std::move(*body),
                headers(to));
  }

  caf::expected<http_request> encode_count(const chat_request& original,
                                           const endpoint& to) const override {
    if (auto bad = check_quirks(to, format_name))
      return bad;
    // No dispatch has looked at what is only counted.
    if (auto bad = check_request(original))
      return bad;
    constexpr const char* path = "/v1/messages/count_tokens";
    if (auto body = own_body::of(original, format_name))
      return post(to, below(to, "/v1", path),
                  body->with({{"model", json_string(original.model)}}),
                  headers(to, original.verbatim->headers));
    auto body = body_of(original, true);
    if (!body)
      return std::move(body.error());
    return post(to, below(to, "/v1", path), std::move(*body), headers(to));
  }

  std::optional<uint64_t> decode_count(std::string_view body) const override {
    json_reader reader;
    const auto* x = reader.parse_object(body);
    return x ? maybe_count_at(*x, "input_tokens") : std::nullopt;
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    return decode_anthropic(body, out);
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return stream_anthropic();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, below(to, "/v1", "/v1/models?limit=1"), headers(to));
  }

private:
  /// `count` leaves out what only an answer needs.
  static caf::expected<std::string> body_of(const chat_request& original,
                                            bool count) {
    std::optional<chat_request> room;
    const auto& request = mended(original, room);
    auto model = catalogue::built_in().find("anthropic", request.model);
    json_writer out{body_size(request)};
    cache_marks marks{count_marks(request)};
    block_writer blocks{out, marks, request};
    out.begin_object().field("model", request.model);
    auto cap = max_tokens(request, model);
    if (!count)
      out.field("max_tokens", cap);
    // In the order in which the provider's cache compares them.
    write_tools(out, request, marks);
    write_system(out, request, blocks);
    if (auto bad = write_messages(out, request, blocks))
      return bad;
    if (request.stream && !count)
      out.field("stream", true);
    auto thinks = write_thinking(out, request, model, cap);
    if (!thinks && !count && takes_sampling(format_name, request)) {
      if (request.temperature)
        out.field("temperature", *request.temperature);
      if (request.top_p)
        out.field("top_p", *request.top_p);
    }
    if (!count)
      write_stops(out, "stop_sequences", request.stop);
    write_output_config(out, request, model);
    out.end_object();
    return out.take();
  }

  static uint64_t cap_of(const chat_request& request) {
    return max_tokens(request,
                      catalogue::built_in().find("anthropic", request.model));
  }

  /// False where a lowered cap leaves no room for the client's budget, which
  /// the API refuses: then the request is written anew.
  static bool leaves_room_to_think(const chat_request& request) {
    return !request.thinking_budget
           || *request.thinking_budget < cap_of(request);
  }

  /// What is ours to say in a client's own body.
  static std::vector<body_change> changes_of(const chat_request& request) {
    auto changes = common_changes(request, "anthropic");
    changes.push_back({"max_tokens", std::to_string(cap_of(request))});
    return changes;
  }

  static http_headers headers(const endpoint& to, const http_headers& more) {
    auto result = headers(to);
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  /// OAuth tokens go as a bearer, keys by the header of their own; never both.
  static http_headers headers(const endpoint& to) {
    http_headers result{{"anthropic-version", "2023-06-01"}};
    if (to.api_key.starts_with("sk-ant-oat"))
      result.emplace_back("Authorization", "Bearer " + to.api_key);
    else if (!to.api_key.empty())
      result.emplace_back("x-api-key", to.api_key);
    return result;
  }
};

} // namespace

bool takes_effort(const model_info& model) {
  return model.known && model.reasoning
         && model.name.find("-4-5") == std::string::npos;
}

bool thinks_by_budget(const model_info& model) {
  for (std::string_view older : {"-4-5", "-4-1", "-4-0", "-3-"})
    if (model.name.find(older) != std::string::npos)
      return true;
  return false;
}

codec_ptr anthropic() {
  return std::make_shared<anthropic_codec>();
}

} // namespace smart_agents::codecs
