#include "adapters/simulator/ask.hpp"

#include "adapters/simulator/directives.hpp"
#include "adapters/simulator/reader.hpp"

#include <array>

namespace smart_agents::sim {

namespace {

/// Tokens per byte, in thousandths. A UTF-8 sequence weighs at its first byte.
constexpr std::array<uint16_t, 256> make_weights() {
  std::array<uint16_t, 256> w{};
  for (int c = 0x21; c < 0x7f; ++c)
    w[static_cast<size_t>(c)] = 455;
  for (int c = 'a'; c <= 'z'; ++c)
    w[static_cast<size_t>(c)] = 157;
  for (int c = 'A'; c <= 'Z'; ++c)
    w[static_cast<size_t>(c)] = 157;
  for (int c = '0'; c <= '9'; ++c)
    w[static_cast<size_t>(c)] = 695;
  // A blank or a line's end begins a word.
  w[' '] = w['\t'] = 288;
  w['\n'] = 1714;
  for (int c = 0xc2; c <= 0xdf; ++c)
    w[static_cast<size_t>(c)] = 410;
  w[0xc2] = w[0xc3] = w[0xc4] = w[0xc5] = 1336;
  w[0xd0] = w[0xd1] = 297;
  for (int c = 0xe0; c <= 0xef; ++c)
    w[static_cast<size_t>(c)] = 793;
  for (int c = 0xf0; c <= 0xf4; ++c)
    w[static_cast<size_t>(c)] = 2000;
  return w;
}

constexpr auto weights = make_weights();

/// From here on a string without a blank in it is no text.
constexpr size_t media_size = 1024;
constexpr uint64_t media_tokens = 258;

uint64_t weigh_text(std::string_view text) {
  if (text.size() >= media_size
      && text.substr(0, 256).find(' ') == std::string_view::npos)
    return media_tokens;
  return count_tokens(text);
}

} // namespace

uint64_t count_tokens(std::string_view text) {
  if (text.empty())
    return 0;
  // The first word has no blank before it.
  uint64_t sum = 288;
  for (auto c : text)
    sum += weights[static_cast<unsigned char>(c)];
  return (sum + 999) / 1000;
}

uint64_t weigh(dom::element x) {
  uint64_t result = 0;
  switch (x.type()) {
  case dom::element_type::STRING:
    return weigh_text(x.get_string().value_unsafe());
  case dom::element_type::ARRAY:
    for (auto item : array_in(x))
      result += weigh(item);
    return result;
  case dom::element_type::OBJECT:
    for (auto item : object_in(x))
      result += 1 + weigh(item.value);
    return result;
  case dom::element_type::NULL_VALUE: return 0;
  default: return 1;
  }
}

void conversation::user_text(std::string_view text) {
  if (directive_)
    return;
  auto clean = without_reminders(text);
  if (has_directive(clean)) {
    directive_ = true;
    ask_.prompt = std::move(clean);
  } else if (ask_.prompt.empty()) {
    ask_.prompt = std::move(clean);
  }
}

refusal bad(std::string message, std::string param, std::string code) {
  return {failure_class::bad_request, std::move(message), std::move(param),
          std::move(code)};
}

std::variant<ask, refusal> read_ask(wire format, vendor whose,
                                    std::string_view target,
                                    const http_headers& headers,
                                    const std::string& body, bool count_only) {
  thread_local dom::parser parser;
  dom::element root;
  if (auto error = parser.parse(body).get(root))
    return bad("We could not parse the JSON body of your request: "
               + std::string{simdjson::error_message(error)});
  if (!root.is_object())
    return bad("The JSON body of your request must be an object.");
  ask result;
  result.format = format;
  std::optional<refusal> wrong;
  switch (format) {
  case wire::anthropic:
    wrong = read_anthropic(root, headers, count_only, result);
    break;
  case wire::chat: wrong = read_chat(root, whose, result); break;
  case wire::responses: wrong = read_responses(root, count_only, result); break;
  case wire::gemini:
    wrong = read_gemini(root, target, count_only, result);
    break;
  case wire::ollama_chat:
  case wire::ollama_generate: wrong = read_ollama(root, format, result); break;
  }
  // One large body must not hold its memory for ever.
  if (parser.capacity() > (4u << 20))
    parser = dom::parser{};
  if (wrong)
    return *wrong;
  return result;
}

} // namespace smart_agents::sim
