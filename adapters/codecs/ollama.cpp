#include "adapters/codecs/ollama.hpp"

#include "adapters/codecs/common.hpp"
#include "adapters/framing.hpp"
#include "messages/error.hpp"

namespace smart_agents::codecs {

namespace {

// -- request ------------------------------------------------------------------

/// Images and sound go as bare base64 in one array; URLs are not fetched.
caf::error add_media(const media_part& x, json::array& out) {
  auto carried =
    x.what == media_part::kind::image || x.what == media_part::kind::audio;
  if (!carried || x.base64.empty())
    return make_error(ec::unsupported,
                      "Ollama takes images and audio inline, no documents, "
                      "video or URLs");
  out.emplace_back(x.base64);
  return {};
}

caf::expected<json::object> call_of(const tool_call_part& x, size_t index) {
  auto arguments = parse_embedded(x.arguments, "arguments of " + x.name);
  if (!arguments)
    return arguments.error();
  return json::object{{"id", x.id},
                      {"function",
                       {{"index", index},
                        {"name", x.name},
                        {"arguments", std::move(*arguments)}}}};
}

caf::error add_message(const message& from, json::array& out) {
  json::array media;
  json::array calls;
  for (const auto& x : from.parts) {
    if (const auto* item = std::get_if<media_part>(&x)) {
      if (auto bad = add_media(*item, media))
        return bad;
    } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
      auto entry = call_of(*call, calls.size());
      if (!entry)
        return entry.error();
      calls.push_back(std::move(*entry));
    } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
      std::string text = result->is_error ? "ERROR: " : "";
      for (const auto& piece : result->content) {
        if (const auto* words = std::get_if<text_part>(&piece))
          text += words->text;
        else if (auto bad = add_media(std::get<media_part>(piece), media))
          return bad;
      }
      out.push_back({{"role", "tool"},
                     {"content", std::move(text)},
                     {"tool_name", result->name},
                     {"tool_call_id", result->call_id}});
    }
  }
  auto text = text_of(from.parts);
  if (text.empty() && media.empty() && calls.empty())
    return {};
  auto who = from.from == role::tool ? role::user : from.from;
  json::object result{{"role", to_string(who)}, {"content", std::move(text)}};
  if (!media.empty())
    result["images"] = std::move(media);
  if (!calls.empty())
    result["tool_calls"] = std::move(calls);
  out.push_back(std::move(result));
  return {};
}

// -- answer -------------------------------------------------------------------

usage usage_of(const json::object& x) {
  usage result;
  result.uncached_input = count_at(x, "prompt_eval_count");
  result.output = count_at(x, "eval_count");
  // Left out when the prompt's prefix was cached.
  result.estimated =
    find(x, "prompt_eval_count") == nullptr || find(x, "eval_count") == nullptr;
  return result;
}

failure classify_ollama(const http_head& head, std::string_view body) {
  using enum failure_class;
  auto facts = read_error(body);
  auto what = head.status == 200 ? server_error : class_of_status(head.status);
  if (says_context_too_long(facts.message))
    what = context_too_long;
  else if (facts.message.find("usage limit") != std::string::npos)
    what = quota_exhausted;
  return make_failure(what, head, facts);
}

constexpr uint32_t thinking_index = 0;
constexpr uint32_t text_index = 1;
constexpr uint32_t first_call_index = 2;

std::string arguments_of(const json::object& function) {
  const auto* x = find(function, "arguments");
  if (x == nullptr || x->is_null())
    return "{}";
  return x->is_string() ? std::string{view(x->get_string())}
                        : json::serialize(*x);
}

class ollama_stream final : public stream_decoder {
public:
  std::optional<failure> feed(std::string_view bytes,
                              std::vector<stream_event>& out) override {
    std::optional<failure> problem;
    auto fits = splitter_.feed(bytes, [&](std::string_view x) {
      problem = line(x, out);
      return !problem;
    });
    if (!fits)
      return broken("a line of the stream is too long");
    return problem;
  }

  std::optional<failure> finish(std::vector<stream_event>& out) override {
    // The last line may come without its end.
    if (!done_ && !splitter_.rest().empty())
      if (auto problem = line(std::string{splitter_.rest()}, out))
        return problem;
    if (done_)
      return std::nullopt;
    return broken("the stream ended without its last line");
  }

  usage so_far() const override {
    return tokens_;
  }

private:
  std::optional<failure> line(std::string_view data,
                              std::vector<stream_event>& out) {
    boost::system::error_code bad;
    auto root = json::parse({data.data(), data.size()}, bad);
    if (bad || !root.is_object())
      return broken("a line of the stream is not JSON");
    const auto& x = root.get_object();
    if (find(x, "error") != nullptr)
      return classify_ollama(http_head{200, {}}, data);
    if (!started_) {
      started_ = true;
      out.emplace_back(stream_start{{}, string_at(x, "model")});
    }
    const auto& message = object_at(x, "message");
    if (auto text = text_at(message, "thinking"); !text.empty())
      out.emplace_back(
        thinking_delta{thinking_index, std::string{text}, {}, false});
    if (auto text = text_at(message, "content"); !text.empty())
      out.emplace_back(text_delta{text_index, std::string{text}});
    for (const auto& item : array_at(message, "tool_calls")) {
      const auto& call = as_object(item);
      const auto& function = object_at(call, "function");
      out.emplace_back(tool_call_delta{first_call_index + calls_++,
                                       string_at(call, "id"),
                                       string_at(function, "name"),
                                       arguments_of(function),
                                       {}});
    }
    if (true_at(x, "done")) {
      done_ = true;
      tokens_ = usage_of(x);
      auto finish = text_at(x, "done_reason") == "length"
                      ? finish_reason::length
                      : finish_reason::stop;
      if (calls_ > 0 && finish == finish_reason::stop)
        finish = finish_reason::tool_calls;
      out.emplace_back(stream_end{finish, tokens_});
    }
    return std::nullopt;
  }

  line_splitter splitter_;
  usage tokens_;
  uint32_t calls_ = 0;
  bool started_ = false;
  bool done_ = false;
};

class ollama_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return "ollama";
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (auto bad = check_texts(request))
      return bad;
    json::array messages;
    for (const auto& x : request.messages)
      if (auto bad = add_message(x, messages))
        return bad;
    // Without these two the oldest messages of a long chat vanish silently.
    json::object body{{"model", request.model},
                      {"messages", std::move(messages)},
                      {"stream", request.stream},
                      {"truncate", false},
                      {"shift", false}};
    json::object options;
    if (request.max_output)
      options["num_predict"] = *request.max_output;
    if (request.temperature)
      options["temperature"] = *request.temperature;
    if (request.top_p)
      options["top_p"] = *request.top_p;
    if (!request.stop.empty())
      options["stop"] = json::value_from(request.stop);
    if (!options.empty())
      body["options"] = std::move(options);
    if (request.reasoning != effort::unset)
      body["think"] = request.reasoning != effort::none;
    if (!request.output_schema.empty()) {
      auto schema = parse_embedded(request.output_schema, "output_schema");
      if (!schema)
        return schema.error();
      body["format"] = std::move(*schema);
    } else if (request.json_output) {
      body["format"] = "json";
    }
    json::array tools;
    for (const auto& x : request.tools) {
      auto schema = parse_embedded(x.schema, "schema of tool " + x.name);
      if (!schema)
        return schema.error();
      tools.push_back({{"type", "function"},
                       {"function",
                        {{"name", x.name},
                         {"description", x.description},
                         {"parameters", std::move(*schema)}}}});
    }
    if (!tools.empty())
      body["tools"] = std::move(tools);
    return post(to, "/api/chat", body, bearer(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    // One object is a stream of one line.
    ollama_stream decoder;
    std::vector<stream_event> events;
    if (auto problem = decoder.feed(single_line(body), events))
      return problem;
    if (auto problem = decoder.finish(events))
      return problem;
    response_builder builder;
    for (const auto& x : events)
      builder.add(x);
    out = builder.take();
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<ollama_stream>();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_ollama(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/api/version", bearer(to));
  }

private:
  /// A whole answer may be printed over several lines.
  static std::string single_line(std::string_view body) {
    std::string result{body};
    for (char& c : result)
      if (c == '\n' || c == '\r')
        c = ' ';
    return result;
  }
};

} // namespace

codec_ptr ollama() {
  return std::make_shared<ollama_codec>();
}

} // namespace smart_agents::codecs
