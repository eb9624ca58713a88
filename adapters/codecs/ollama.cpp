#include "adapters/codecs/ollama.hpp"

#include "adapters/codecs/answer_stream.hpp"
#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/wire.hpp"
#include "messages/error.hpp"

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "ollama";

// -- request ------------------------------------------------------------------

/// Images, and sounds for models that hear, are bare base64 beside the text.
caf::error write_media(json_writer& out, const message& from) {
  std::vector<const media_part*> found;
  for (const auto& x : from.parts) {
    if (const auto* media = std::get_if<media_part>(&x))
      found.push_back(media);
    if (const auto* result = std::get_if<tool_result_part>(&x))
      for (const auto& piece : result->content)
        if (const auto* media = std::get_if<media_part>(&piece))
          found.push_back(media);
  }
  if (found.empty())
    return {};
  out.key("images").begin_array();
  for (const auto* x : found) {
    if (x->what != media_part::kind::image
        && x->what != media_part::kind::audio)
      return unsupported(format_name, "a document or video");
    if (!x->url.empty())
      return unsupported(format_name, "an image by URL; send it inline");
    out.value(x->base64);
  }
  out.end_array();
  return {};
}

caf::error write_assistant(json_writer& out, const message& from) {
  out.begin_object().field("role", "assistant");
  out.field("content", text_of(from.parts));
  auto first = true;
  uint32_t index = 0;
  for (const auto& x : from.parts)
    if (const auto* call = std::get_if<tool_call_part>(&x)) {
      auto arguments = arguments_of(*call);
      if (!arguments)
        return arguments.error();
      if (std::exchange(first, false))
        out.key("tool_calls").begin_array();
      out.begin_object().field("id", call->id).key("function");
      out.begin_object().field("index", index++).field("name", call->name);
      out.key("arguments").raw(*arguments).end_object().end_object();
    }
  if (!first)
    out.end_array();
  out.end_object();
  return {};
}

caf::error write_user(json_writer& out, const chat_request& request,
                      const message& from) {
  auto anything_else = false;
  for (const auto& x : from.parts) {
    const auto* result = std::get_if<tool_result_part>(&x);
    if (result == nullptr) {
      anything_else = true;
      continue;
    }
    for (const auto& piece : result->content)
      anything_else =
        anything_else || std::holds_alternative<media_part>(piece);
    out.begin_object().field("role", "tool").key("content");
    out.joined(result->is_error ? "ERROR: " : "", text_of_result(*result));
    out.field("tool_name", tool_name_of(request, *result));
    out.field("tool_call_id", result->call_id).end_object();
  }
  if (!anything_else)
    return {};
  out.begin_object().field("role", "user");
  out.field("content", text_of(from.parts));
  auto bad = write_media(out, from);
  out.end_object();
  return bad;
}

caf::error write_messages(json_writer& out, const chat_request& request) {
  out.key("messages").begin_array();
  for (const auto& from : request.messages) {
    caf::error bad;
    switch (from.from) {
    case role::system:
      out.begin_object().field("role", "system");
      out.field("content", text_of(from.parts)).end_object();
      break;
    case role::assistant: bad = write_assistant(out, from); break;
    case role::user:
    case role::tool: bad = write_user(out, request, from);
    }
    if (bad)
      return bad;
  }
  out.end_array();
  return {};
}

void write_tools(json_writer& out, const chat_request& request) {
  // The format has no tool_choice: "none" is to offer none.
  if (request.tools.empty() || request.choice.how == tool_choice::mode::none)
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    out.begin_object().field("type", "function").key("function");
    out.begin_object().field("name", x.name);
    out.field("description", x.description);
    out.key("parameters").raw(x.schema).end_object().end_object();
  }
  out.end_array();
}

void write_options(json_writer& out, const chat_request& request) {
  if (!request.max_output && !request.temperature && !request.top_p
      && request.stop.empty())
    return;
  out.key("options").begin_object();
  if (request.max_output)
    out.field("num_predict", *request.max_output);
  if (request.temperature)
    out.field("temperature", *request.temperature);
  if (request.top_p)
    out.field("top_p", *request.top_p);
  if (!request.stop.empty()) {
    out.key("stop").begin_array();
    for (const auto& x : request.stop)
      out.value(x);
    out.end_array();
  }
  out.end_object();
}

void write_think(json_writer& out, effort x) {
  switch (x) {
  case effort::unset: break;
  case effort::none: out.field("think", false); break;
  case effort::minimal: out.field("think", "low"); break;
  default: out.field("think", effort_name(x));
  }
}

// -- answer -------------------------------------------------------------------

/// A stream of objects, or one object that holds all.
class ollama_answer {
public:
  std::optional<failure> take(const json::object& x, events& out) {
    if (find(x, "error"))
      return classify_error(read_error(x));
    if (!started_) {
      started_ = true;
      created_ = text_at(x, "created_at");
      out.emplace_back(stream_start{{}, string_at(x, "model")});
    }
    const auto& message = object_at(x, "message");
    auto fresh = false;
    if (auto text = text_at(message, "thinking"); !text.empty()) {
      auto index = parts_.grow(part_counter::kind::thinking, fresh);
      out.emplace_back(thinking_delta{
        index, std::string{text}, {}, false, fresh ? "ollama" : ""});
    }
    if (auto text = text_at(message, "content"); !text.empty()) {
      auto index = parts_.grow(part_counter::kind::text, fresh);
      out.emplace_back(text_delta{index, std::string{text}});
    }
    for (const auto& item : array_at(message, "tool_calls"))
      take_call(as_object(item), out);
    if (auto count = maybe_count_at(x, "prompt_eval_count"))
      tokens_.uncached_input = *count;
    if (auto count = maybe_count_at(x, "eval_count"))
      tokens_.output = *count;
    if (true_at(x, "done"))
      end(text_at(x, "done_reason"), out);
    return std::nullopt;
  }

  bool started() const {
    return started_;
  }

  bool ended() const {
    return ended_;
  }

  const usage& tokens() const {
    return tokens_;
  }

private:
  void take_call(const json::object& x, events& out) {
    const auto& function = object_at(x, "function");
    auto name = string_at(function, "name");
    auto id = string_at(x, "id");
    if (id.empty())
      id = made_up_call_id(created_, name, calls_);
    ++calls_;
    const auto* arguments = find(function, "arguments");
    auto json = arguments == nullptr     ? std::string{"{}"}
                : arguments->is_string() ? std::string{view(*arguments)}
                                         : text_of_json(*arguments);
    out.emplace_back(tool_call_delta{parts_.open(part_counter::kind::call),
                                     std::move(id),
                                     std::move(name),
                                     std::move(json),
                                     {}});
  }

  void end(std::string_view why, events& out) {
    ended_ = true;
    auto finish = finish_reason::stop;
    if (why == "length")
      finish = finish_reason::length;
    else if (calls_ > 0)
      finish = finish_reason::tool_calls;
    out.emplace_back(stream_end{finish, tokens_});
  }

  std::string created_;
  usage tokens_;
  part_counter parts_;
  uint32_t calls_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

class ollama_stream final : public stream_decoder {
public:
  std::optional<failure> feed(std::string_view bytes, events& out) override {
    json_reader reader;
    std::string_view line;
    for (;;) {
      switch (splitter_.next(bytes, line)) {
      case frame_status::hungry: return std::nullopt;
      case frame_status::too_large:
        return broken("a line of the stream is larger than "
                      + std::to_string(default_max_frame >> 20) + " MB");
      case frame_status::ready: break;
      }
      if (auto bad = take(line, reader, out))
        return bad;
    }
  }

  std::optional<failure> finish(events& out) override {
    json_reader reader;
    std::string_view line;
    if (splitter_.finish(line) == frame_status::ready)
      if (auto bad = take(line, reader, out))
        return bad;
    if (answer_.ended())
      return std::nullopt;
    return broken(answer_.started() ? "the stream broke off before done:true"
                                    : "the stream is empty");
  }

  usage so_far() const override {
    return answer_.tokens();
  }

private:
  std::optional<failure> take(std::string_view line, json_reader& reader,
                              events& out) {
    if (answer_.ended())
      return std::nullopt;
    const auto* x = reader.parse_object(line);
    if (x == nullptr)
      return broken("a line of the stream is not JSON");
    return answer_.take(*x, out);
  }

  line_splitter splitter_;
  ollama_answer answer_;
};

class ollama_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (auto bad = check_quirks(to, {}))
      return bad;
    if (auto bad = check_request(request))
      return bad;
    auto forced = request.choice.how == tool_choice::mode::required
                  || request.choice.how == tool_choice::mode::named;
    if (forced && !request.tools.empty())
      return unsupported(format_name, "a forced tool call");
    json_writer out{body_size(request)};
    out.begin_object().field("model", request.model);
    // Streams are its default.
    out.field("stream", request.stream);
    // By default the oldest messages go without a word.
    out.field("truncate", false).field("shift", false);
    write_tools(out, request);
    if (auto bad = write_messages(out, request))
      return bad;
    if (!request.output_schema.empty())
      out.key("format").raw(request.output_schema);
    else if (request.json_output)
      out.field("format", "json");
    write_think(out, request.reasoning);
    write_options(out, request);
    out.end_object();
    return post(to, "/api/chat", out.take(), bearer(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    json_reader reader;
    const auto* x = reader.parse_object(body);
    if (x == nullptr)
      return broken("the answer is not a JSON object");
    ollama_answer answer;
    events parts;
    if (auto bad = answer.take(*x, parts))
      return bad;
    if (!answer.ended())
      return broken("the answer is not done");
    build(parts, out);
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<ollama_stream>();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/api/version", bearer(to));
  }
};

} // namespace

codec_ptr ollama() {
  return std::make_shared<ollama_codec>();
}

} // namespace smart_agents::codecs
