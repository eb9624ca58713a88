#include "adapters/verbatim.hpp"

#include "adapters/codecs/wire.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace smart_agents {

namespace {

/// A hash over everything that a request says, lengths included; what a body
/// may have replaced (model, cap, stream) is left out.
class digest {
public:
  void add(std::string_view text) {
    add(uint64_t{text.size()});
    // Prompts are long, and multiplications wait for each other: four at once.
    if (text.size() >= 64) {
      std::array<uint64_t, 4> lanes{1, 2, 3, 4};
      for (; text.size() >= 64; text.remove_prefix(64))
        for (size_t i = 0; i < lanes.size(); ++i) {
          const char* at = text.data() + 16 * i;
          lanes[i] = folded(word_at(at) ^ 0x9E3779B97F4A7C15,
                            word_at(at + 8) ^ lanes[i]);
        }
      for (auto x : lanes)
        mix(x);
    }
    for (; text.size() >= 8; text.remove_prefix(8))
      mix(word_at(text.data()));
    for (char c : text)
      mix(static_cast<unsigned char>(c));
  }
  void add(uint64_t x) {
    mix(x);
  }
  void add(const std::optional<double>& x) {
    uint64_t bits = 0;
    if (x)
      std::memcpy(&bits, &*x, 8);
    mix(bits);
    mix(x.has_value());
  }

  void add(const text_part& x) {
    add(x.text);
    add(static_cast<uint64_t>(x.cache));
  }
  void add(const media_part& x) {
    add(static_cast<uint64_t>(x.what));
    for (const auto* text :
         {&x.mime_type, &x.base64, &x.url, &x.name, &x.detail})
      add(*text);
    add(static_cast<uint64_t>(x.cache));
  }
  void add(const thinking_part& x) {
    for (const auto* text : {&x.text, &x.signature, &x.origin, &x.signer})
      add(*text);
    add(uint64_t{x.redacted});
  }
  void add(const tool_call_part& x) {
    for (const auto* text :
         {&x.id, &x.name, &x.arguments, &x.signature, &x.signer})
      add(*text);
  }
  void add(const opaque_part& x) {
    add(x.format);
    add(x.json);
  }
  void add(const tool_result_part& x) {
    add(x.call_id);
    add(x.name);
    add(uint64_t{x.content.size()});
    for (const auto& piece : x.content) {
      add(uint64_t{piece.index()});
      std::visit([this](const auto& y) { add(y); }, piece);
    }
    add(uint64_t{x.is_error});
    add(static_cast<uint64_t>(x.cache));
  }
  void add(const tool_definition& x) {
    for (const auto* text :
         {&x.name, &x.description, &x.schema, &x.format, &x.json})
      add(*text);
    add(uint64_t{x.strict} * 2 + x.defer_loading);
    add(static_cast<uint64_t>(x.cache));
  }

  uint64_t value() const {
    return hash_;
  }

private:
  static uint64_t word_at(const char* place) {
    uint64_t result = 0;
    std::memcpy(&result, place, 8);
    return result;
  }

  /// Both halves of the product.
  static uint64_t folded(uint64_t a, uint64_t b) {
    __extension__ using wide = unsigned __int128;
    auto product = static_cast<wide>(a) * b;
    return static_cast<uint64_t>(product)
           ^ static_cast<uint64_t>(product >> 64);
  }

  void mix(uint64_t x) {
    hash_ = (hash_ ^ x) * 0x100000001b3;
    hash_ ^= hash_ >> 29;
  }

  uint64_t hash_ = 0xcbf29ce484222325;
};

uint64_t digest_of(const chat_request& x) {
  digest out;
  out.add(uint64_t{x.messages.size()});
  for (const auto& message : x.messages) {
    out.add(static_cast<uint64_t>(message.from));
    out.add(uint64_t{message.parts.size()});
    for (const auto& part : message.parts) {
      out.add(uint64_t{part.index()});
      std::visit([&out](const auto& y) { out.add(y); }, part);
    }
  }
  out.add(uint64_t{x.tools.size()});
  for (const auto& tool : x.tools)
    out.add(tool);
  out.add(static_cast<uint64_t>(x.choice.how));
  out.add(x.choice.name);
  out.add(uint64_t{x.choice.parallel});
  out.add(x.temperature);
  out.add(x.top_p);
  out.add(uint64_t{x.stop.size()});
  for (const auto& text : x.stop)
    out.add(text);
  out.add(static_cast<uint64_t>(x.reasoning));
  out.add(uint64_t{x.thinking_budget.value_or(0)});
  out.add(uint64_t{x.show_thoughts} * 2 + x.json_output);
  out.add(x.cache_key);
  out.add(x.output_schema);
  return out.value();
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

/// One outermost field.
struct span {
  std::string_view key;
  /// From the key's quote to the end of the value.
  size_t begin = 0;
  size_t end = 0;
  size_t value = 0;
};

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
std::optional<std::vector<span>> fields_of(std::string_view text) {
  walker x{text};
  if (!x.next_is('{'))
    return std::nullopt;
  std::vector<span> result;
  if (x.next_is('}'))
    return result;
  result.reserve(16);
  do {
    if (!x.next_is('"'))
      return std::nullopt;
    span field;
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
std::string spliced(std::string_view body, const std::vector<span>& fields,
                    const std::vector<body_change>& changes) {
  std::string out;
  out.reserve(body.size() + 256);
  out += '{';
  auto separate = [&out] {
    if (out.size() > 1)
      out += ',';
  };
  for (const auto& x : fields) {
    auto change = std::find_if(changes.begin(), changes.end(),
                               [&](auto& c) { return c.key == x.key; });
    if (change != changes.end() && !change->json)
      continue;
    separate();
    if (change == changes.end())
      out += body.substr(x.begin, x.end - x.begin);
    else
      out.append(body.substr(x.begin, x.value - x.begin)).append(*change->json);
  }
  for (const auto& change : changes) {
    auto there = std::any_of(fields.begin(), fields.end(),
                             [&](auto& x) { return x.key == change.key; });
    if (there || !change.add || !change.json)
      continue;
    separate();
    out.append("\"").append(change.key).append("\":").append(*change.json);
  }
  out += '}';
  return out;
}

/// Whether a body says only what every model of its format takes, so that it
/// may go to one that its client did not name: `auto`, an alias, or who comes
/// after one that failed.
bool suits_all(const chat_request& request, std::string_view format,
               const std::vector<span>& fields) {
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
    return std::all_of(fields.begin(), fields.end(), [&known](const span& x) {
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
  result->digest = digest_of(parsed);
  return result;
}

std::optional<std::string> splice(std::string_view body,
                                  const std::vector<body_change>& changes) {
  auto fields = fields_of(body);
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

bool may_pass(const chat_request& request, std::string_view format) {
  const auto* body = request.verbatim.get();
  if (body == nullptr || body->format != format)
    return false;
  auto fields = fields_of(*body->json);
  if (!fields)
    return false;
  auto named = [&](std::string_view model) {
    // In quotes; what needs escapes is no model's name.
    return model.size() > 2 && model.front() == '"'
           && model.find('\\') == model.npos
           && codecs::same_model(model.substr(1, model.size() - 2),
                                 request.model);
  };
  for (const auto& x : *fields)
    if (x.key == "model")
      return (named(
                std::string_view{*body->json}.substr(x.value, x.end - x.value))
              || suits_all(request, format, *fields))
             && digest_of(request) == body->digest;
  return false;
}

} // namespace smart_agents
