#include "adapters/cli_provider.hpp"
#include "adapters/codecs/wire.hpp"
#include "adapters/framing.hpp"
#include "messages/error.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <utility>

namespace smart_agents {

namespace {

namespace json = boost::json;

std::string_view text_at(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains(key);
  const auto* text = x == nullptr ? nullptr : x->if_string();
  return text == nullptr ? std::string_view{}
                         : std::string_view{text->data(), text->size()};
}

const json::object* object_at(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains(key);
  return x == nullptr ? nullptr : x->if_object();
}

uint64_t number_at(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains(key);
  json::error_code bad;
  auto number =
    x != nullptr && x->is_number() ? x->to_number<uint64_t>(bad) : 0;
  return bad ? 0 : number;
}

usage usage_of(const json::object& x) {
  usage result;
  result.uncached_input = number_at(x, "input_tokens");
  result.cache_read = number_at(x, "cache_read_input_tokens");
  result.cache_write = number_at(x, "cache_creation_input_tokens");
  result.output = number_at(x, "output_tokens");
  return result;
}

/// What a command says instead of an answer.
failure meaning_of(std::string_view said) {
  failure result;
  result.message = said.substr(0, 500);
  auto has = [said](const char* word) {
    return boost::algorithm::icontains(said, word);
  };
  if (has("usage limit") || has("limit reached") || has("quota"))
    result.what = failure_class::quota_exhausted;
  else if (has("rate limit") || has("429"))
    result.what = failure_class::rate_limited;
  else if (has("log in") || has("login") || has("logged in")
           || has("authenticat") || has("unauthorized") || has("api key"))
    result.what = failure_class::auth;
  else
    result.what = failure_class::server_error;
  return result;
}

/// Text is told as it comes, cut at whole characters.
class text_decoder final : public stream_decoder {
public:
  std::optional<failure> feed(std::string_view bytes,
                              std::vector<stream_event>& out) override {
    held_ += bytes;
    auto whole = held_.size();
    for (size_t back = 1; back <= 3 && back <= held_.size(); ++back) {
      auto c = static_cast<unsigned char>(held_[held_.size() - back]);
      if (c < 0x80)
        break;
      if (c < 0xC0)
        continue;
      size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
      if (length > back)
        whole = held_.size() - back;
      break;
    }
    // A line break at the end is the terminal's, not the answer's.
    while (whole > 0 && (held_[whole - 1] == '\n' || held_[whole - 1] == '\r'))
      --whole;
    tell(whole, out);
    return std::nullopt;
  }

  std::optional<failure> finish(std::vector<stream_event>& out) override {
    if (!said_)
      return failure{
        failure_class::broken_answer, "it printed nothing", 0, "", {}};
    out.emplace_back(stream_end{finish_reason::stop, {}});
    return std::nullopt;
  }

  usage so_far() const override {
    return {};
  }

private:
  void tell(size_t n, std::vector<stream_event>& out) {
    if (n == 0)
      return;
    said_ = true;
    out.emplace_back(text_delta{0, held_.substr(0, n)});
    held_.erase(0, n);
  }

  std::string held_;
  bool said_ = false;
};

/// Lines of `claude --output-format stream-json --verbose`, with or without
/// `--include-partial-messages`.
class claude_decoder final : public stream_decoder {
public:
  std::optional<failure> feed(std::string_view bytes,
                              std::vector<stream_event>& out) override {
    std::string_view line;
    for (;;) {
      auto status = lines_.next(bytes, line);
      if (status == frame_status::hungry)
        return std::nullopt;
      if (status == frame_status::too_large)
        return broken("a line of it is too long");
      if (auto bad = take(line, out))
        return bad;
    }
  }

  std::optional<failure> finish(std::vector<stream_event>& out) override {
    std::string_view line;
    if (lines_.finish(line) == frame_status::ready)
      if (auto bad = take(line, out))
        return bad;
    if (!ended_)
      return broken("it ended without a result");
    return std::nullopt;
  }

  usage so_far() const override {
    return tokens_;
  }

private:
  static failure broken(std::string why) {
    return {failure_class::broken_answer, std::move(why), 0, "", {}};
  }

  std::optional<failure> take(std::string_view line,
                              std::vector<stream_event>& out) {
    json::error_code bad;
    auto parsed = json::parse(line, bad);
    const auto* x = bad ? nullptr : parsed.if_object();
    if (x == nullptr)
      return std::nullopt; // warnings may stand between the lines
    auto type = text_at(*x, "type");
    if (type == "stream_event")
      partial(*x, out);
    else if (type == "assistant")
      message(*x, out);
    else if (type == "result")
      return result(*x, out);
    return std::nullopt;
  }

  void partial(const json::object& x, std::vector<stream_event>& out) {
    const auto* event = object_at(x, "event");
    const auto* delta = event == nullptr ? nullptr : object_at(*event, "delta");
    if (delta == nullptr || text_at(*event, "type") != "content_block_delta")
      return;
    partial_ = true;
    say(text_at(*delta, "text"), out);
  }

  void message(const json::object& x, std::vector<stream_event>& out) {
    const auto* message = object_at(x, "message");
    const auto* content =
      message == nullptr ? nullptr : message->if_contains("content");
    if (content == nullptr || !content->is_array() || partial_)
      return;
    for (const auto& part : content->get_array())
      if (const auto* block = part.if_object();
          block != nullptr && text_at(*block, "type") == "text")
        say(text_at(*block, "text"), out);
  }

  void say(std::string_view text, std::vector<stream_event>& out) {
    if (text.empty())
      return;
    said_ = true;
    out.emplace_back(text_delta{0, std::string{text}});
  }

  std::optional<failure> result(const json::object& x,
                                std::vector<stream_event>& out) {
    if (const auto* tokens = object_at(x, "usage"))
      tokens_ = usage_of(*tokens);
    const auto* error = x.if_contains("is_error");
    if (error != nullptr && *error == json::value(true))
      return meaning_of(text_at(x, "result"));
    if (!said_)
      say(text_at(x, "result"), out);
    ended_ = true;
    out.emplace_back(stream_end{finish_reason::stop, tokens_});
    return std::nullopt;
  }

  line_splitter lines_;
  usage tokens_;
  bool partial_ = false;
  bool said_ = false;
  bool ended_ = false;
};

/// The conversation as one text; a lone question stands alone.
std::string prompt_of(const chat_request& request) {
  auto systems = codecs::leading_systems(request);
  std::string result = codecs::leading_system_text(request);
  if (!result.empty())
    result += "\n\n";
  auto alone = request.messages.size() == systems + 1;
  for (size_t i = systems; i < request.messages.size(); ++i) {
    const auto& x = request.messages[i];
    if (!alone)
      result += x.from == role::assistant ? "Assistant: "
                : x.from == role::system  ? "System: "
                                          : "User: ";
    result += text_of(x.parts);
    if (!alone)
      result += "\n\n";
  }
  return result;
}

class cli_codec final : public provider_codec {
public:
  explicit cli_codec(bool json) : json_{json} {}

  std::string_view format() const override {
    return "cli";
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint&) const override {
    if (!request.tools.empty())
      return codecs::unsupported("cli", "tools");
    for (const auto& message : request.messages)
      for (const auto& x : message.parts)
        if (std::holds_alternative<media_part>(x))
          return codecs::unsupported("cli", "media");
    http_request result;
    result.body = prompt_of(request);
    result.headers.emplace_back("model", request.model);
    return result;
  }

  std::vector<std::string> losses(const chat_request& request) const override {
    std::vector<std::string> result;
    if (request.max_output)
      result.emplace_back("max_tokens");
    if (request.temperature)
      result.emplace_back("temperature");
    if (!request.output_schema.empty() || request.json_output)
      result.emplace_back("response_format");
    return result;
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    auto decoder = stream();
    std::vector<stream_event> events;
    if (auto bad = decoder->feed(body, events))
      return bad;
    if (auto bad = decoder->finish(events))
      return bad;
    response_builder builder;
    for (const auto& x : events)
      builder.add(x);
    out = builder.take();
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    if (json_)
      return std::make_unique<claude_decoder>();
    return std::make_unique<text_decoder>();
  }

  failure classify(const http_head&, std::string_view body) const override {
    return meaning_of(body);
  }

  caf::expected<http_request> probe(const endpoint&) const override {
    return codecs::unsupported("cli", "a probe");
  }

private:
  bool json_;
};

} // namespace

codec_ptr make_cli_codec(std::string_view output) {
  if (output != "text" && output != "claude-json")
    return nullptr;
  return std::make_shared<cli_codec>(output == "claude-json");
}

} // namespace smart_agents
