#include "adapters/verbatim.hpp"

#include "adapters/codecs/wire.hpp"

#include <algorithm>
#include <array>

namespace smart_agents {

namespace {

/// Whether a request still says what its body does; what a body may have
/// replaced (model, cap, stream) aside.
bool means_the_same(const chat_request& x, const chat_request& parsed) {
  auto asked = x; // shares what is long
  asked.model = parsed.model;
  asked.max_output = parsed.max_output;
  asked.stream = parsed.stream;
  asked.verbatim = parsed.verbatim;
  return asked == parsed;
}

/// Anything that only our own rendering puts right.
bool needs_rendering(std::string_view format, const chat_request& x) {
  std::optional<chat_request> room;
  if (&codecs::mended(x, room) != &x)
    return true;
  for (const auto& message : x.messages)
    for (const auto& part : message.parts) {
      const auto* thinking = std::get_if<thinking_part>(&part);
      if (thinking && thinking->origin != format)
        return true;
      const auto* call = std::get_if<tool_call_part>(&part);
      if (call && !call->signature.empty())
        return true;
    }
  return false;
}

/// Finds its way through a JSON text that was parsed before, and so is whole.
/// Strings, which make up most of a prompt, are passed over as fast as memory
/// is read; a parser would look at each of their bytes.
class walker {
public:
  explicit walker(std::string_view text) : text_{text} {}

  size_t at() const {
    return at_;
  }

  /// Passes over blanks, and `c` if it comes next.
  bool next_is(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }

  /// Passes over a string whose first quote has been passed.
  bool skip_string() {
    auto begin = at_;
    for (;;) {
      at_ = text_.find('"', at_);
      if (at_ == text_.npos)
        return false;
      size_t slashes = 0;
      while (at_ - slashes > begin && text_[at_ - slashes - 1] == '\\')
        ++slashes;
      ++at_;
      if (slashes % 2 == 0)
        return true;
    }
  }

  bool skip_value() {
    if (at_ >= text_.size())
      return false;
    if (auto c = text_[at_]; c != '"' && c != '{' && c != '[') {
      auto begin = at_;
      at_ = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size());
      return at_ > begin;
    }
    size_t depth = 0;
    do {
      if (at_ >= text_.size())
        return false;
      switch (text_[at_++]) {
      case '"':
        if (!skip_string())
          return false;
        break;
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']': --depth; break;
      default: break;
      }
    } while (depth > 0);
    return true;
  }

private:
  static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  std::string_view text_;
  size_t at_ = 0;
};

/// Escapes in a key we look for are not worth their trouble: such a field is
/// taken for another, as a provider may take it, too.
std::optional<std::vector<body_field>> fields_of(std::string_view text) {
  walker x{text};
  if (!x.next_is('{'))
    return std::nullopt;
  std::vector<body_field> result;
  if (x.next_is('}'))
    return result;
  result.reserve(16);
  do {
    if (!x.next_is('"'))
      return std::nullopt;
    body_field field;
    field.begin = x.at() - 1;
    if (!x.skip_string())
      return std::nullopt;
    field.key = text.substr(field.begin + 1, x.at() - field.begin - 2);
    if (!x.next_is(':'))
      return std::nullopt;
    x.skip_blanks();
    field.value = x.at();
    if (!x.skip_value())
      return std::nullopt;
    field.end = x.at();
    result.push_back(field);
  } while (x.next_is(','));
  if (!x.next_is('}'))
    return std::nullopt;
  return result;
}

/// The body with its changes.
http_body spliced(const std::shared_ptr<const std::string>& body,
                  const std::vector<body_field>& fields,
                  const std::vector<body_change>& changes) {
  http_body out{body};
  out.append("{");
  auto first = true;
  auto separate = [&] {
    if (!std::exchange(first, false))
      out.append(",");
  };
  // The last that went as it is, while nothing came behind it.
  const body_field* last = nullptr;
  for (const auto& x : fields) {
    auto change = std::find_if(changes.begin(), changes.end(),
                               [&](auto& c) { return c.key == x.key; });
    if (change == changes.end() && last != nullptr) {
      out.append_shared(last->end, x.end); // with what separates them
      last = &x;
      continue;
    }
    last = nullptr;
    if (change == changes.end()) {
      separate();
      out.append_shared(x.begin, x.end);
      last = &x;
    } else if (change->json) {
      separate();
      out.append_shared(x.begin, x.value);
      out.append(*change->json);
    }
  }
  for (const auto& change : changes) {
    auto there = std::any_of(fields.begin(), fields.end(),
                             [&](auto& x) { return x.key == change.key; });
    if (there || !change.add || !change.json)
      continue;
    separate();
    out.append("\"");
    out.append(change.key);
    out.append("\":");
    out.append(*change.json);
  }
  out.append("}");
  return out;
}

/// Whether a body says only what every model of its format takes, so that it
/// may go to one that its client did not name: `auto`, an alias, or who comes
/// after one that failed.
bool suits_all(const chat_request& request, std::string_view format,
               const std::vector<body_field>& fields) {
  static constexpr std::array<std::string_view, 12> chat{
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format"};
  static constexpr std::array<std::string_view, 8> messages{
    "model",      "messages", "system",      "stream",
    "max_tokens", "tools",    "tool_choice", "temperature"};
  auto among = [&fields](const auto& known) {
    return std::all_of(
      fields.begin(), fields.end(), [&known](const body_field& x) {
        return std::find(known.begin(), known.end(), x.key) != known.end();
      });
  };
  auto known = format == "openai-chat" ? among(chat)
               : format == "anthropic" ? among(messages)
                                       : false;
  // What one model thought or ran is no other's.
  auto plain = [](const part& x) {
    return !std::holds_alternative<thinking_part>(x)
           && !std::holds_alternative<opaque_part>(x);
  };
  return known
         && std::all_of(
           request.tools.begin(), request.tools.end(),
           [](const tool_definition& x) { return x.format.empty(); })
         && std::all_of(request.messages.begin(), request.messages.end(),
                        [&plain](const message& x) {
                          return std::all_of(x.parts.begin(), x.parts.end(),
                                             plain);
                        });
}

} // namespace

std::shared_ptr<const client_body>
keep_body(std::string_view format, std::shared_ptr<const std::string> json,
          http_headers headers, const chat_request& parsed) {
  if (!json || needs_rendering(format, parsed))
    return nullptr;
  auto result = std::make_shared<client_body>();
  result->format = format;
  result->json = std::move(json);
  result->headers = std::move(headers);
  result->parsed = parsed;
  return result;
}

std::optional<http_body> splice(const std::shared_ptr<const std::string>& body,
                                const std::vector<body_change>& changes) {
  auto fields = fields_of(*body);
  if (!fields)
    return std::nullopt;
  return spliced(body, *fields, changes);
}

std::string json_string(std::string_view text) {
  codecs::json_writer out{text.size() + 16};
  out.value(text);
  return out.take();
}

std::vector<body_change> common_changes(const chat_request& request,
                                        std::string_view vendor) {
  std::vector<body_change> result;
  result.push_back({"model", json_string(request.model)});
  result.push_back(
    {"stream", std::string{request.stream ? "true" : "false"}, request.stream});
  auto model = catalogue::built_in().find(vendor, request.model);
  if (model.known && !model.sampling_params)
    for (std::string_view key : {"temperature", "top_p", "top_k"})
      result.push_back({key, std::nullopt});
  return result;
}

std::optional<own_body> own_body::of(const chat_request& request,
                                     std::string_view format) {
  const auto* body = request.verbatim.get();
  if (body == nullptr || body->format != format)
    return std::nullopt;
  auto fields = fields_of(*body->json);
  if (!fields)
    return std::nullopt;
  auto model = std::find_if(fields->begin(), fields->end(),
                            [](auto& x) { return x.key == "model"; });
  if (model == fields->end())
    return std::nullopt;
  auto named = std::string_view{*body->json}.substr(model->value,
                                                    model->end - model->value);
  // In quotes; what needs escapes is no model's name.
  auto same =
    named.size() > 2 && named.front() == '"' && named.find('\\') == named.npos
    && codecs::same_model(named.substr(1, named.size() - 2), request.model);
  if ((!same && !suits_all(request, format, *fields))
      || !means_the_same(request, body->parsed))
    return std::nullopt;
  return own_body{*body, std::move(*fields)};
}

http_body own_body::with(const std::vector<body_change>& changes) const {
  return spliced(body_->json, fields_, changes);
}

} // namespace smart_agents
