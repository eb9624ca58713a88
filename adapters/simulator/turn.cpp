#include "adapters/simulator/turn.hpp"

#include "adapters/simulator/fault_plan.hpp"
#include "adapters/simulator/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace smart_agents::sim {

namespace {

/// No answer is longer, whatever a prompt says.
constexpr uint64_t longest = 200'000;

/// Largest token in bytes.
constexpr size_t token_size = 16;

bool blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// What an answer is made of: sentences that fit any question.
constexpr std::array<std::string_view, 12> sentences{
  "The question has a short answer and a longer one.",
  "Start with the smallest case that still shows the problem.",
  "Two things matter here: what goes in, and what must come out.",
  "Check the limits first, because that is where it usually breaks.",
  "A simple version works well until the input grows.",
  "Measure before changing anything, then change one thing.",
  "Each part can be tested alone, which keeps mistakes small.",
  "The common case is fast; the rare case needs more care.",
  "Write down what is assumed, so that others can disagree.",
  "In practice the second option is easier to keep running.",
  "That trade-off is fine for most uses, and easy to revisit.",
  "With these points settled the rest follows step by step.",
};

/// Reads a number at `at`, moving past it.
std::optional<int64_t> read_number(std::string_view text, size_t& at) {
  int64_t result = 0;
  auto [end, bad] =
    std::from_chars(text.data() + at, text.data() + text.size(), result);
  if (bad != std::errc{} || std::abs(result) > 1'000'000'000)
    return std::nullopt;
  at = static_cast<size_t>(end - text.data());
  return result;
}

void skip_blanks(std::string_view text, size_t& at) {
  while (at < text.size() && blank(text[at]))
    ++at;
}

/// The first `A + B`, `A - B` or `A * B` of a text, answered.
std::string arithmetic(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto before = i == 0 ? ' ' : text[i - 1];
    if (!digit(text[i]) || digit(before) || before == '.' || before == '-')
      continue;
    auto at = i;
    auto a = read_number(text, at);
    skip_blanks(text, at);
    if (!a || at >= text.size())
      continue;
    auto op = text[at++];
    skip_blanks(text, at);
    if ((op != '+' && op != '-' && op != '*') || at >= text.size()
        || !digit(text[at]))
      continue;
    auto b = read_number(text, at);
    // Dates and versions are no sums.
    if (!b
        || (at < text.size() && (text[at] == '-' || text[at] == '.')
            && at + 1 < text.size() && digit(text[at + 1])))
      continue;
    auto result = op == '+' ? *a + *b : op == '-' ? *a - *b : *a * *b;
    return std::to_string(*a) + " " + op + " " + std::to_string(*b) + " = "
           + std::to_string(result) + ".";
  }
  return {};
}

/// N of the first "write N tokens", or 0.
uint64_t wanted_length(std::string_view text) {
  static constexpr std::string_view verb = "rite ";
  for (size_t at = 0; (at = text.find(verb, at)) != text.npos;) {
    at += verb.size();
    if (at >= text.size() || !digit(text[at]))
      continue;
    auto n = read_number(text, at);
    if (n && text.substr(at, 7) == " tokens")
      return std::min(static_cast<uint64_t>(*n), longest);
  }
  return 0;
}

/// The first words of the prompt, for an answer that seems to have read it.
std::string topic(std::string_view prompt) {
  std::string result;
  int words = 0;
  for (auto c : prompt) {
    if (blank(c)) {
      if (++words == 8)
        break;
      if (!result.empty() && result.back() != ' ')
        result += ' ';
    } else if (result.size() >= 60) {
      break;
    } else {
      result += c;
    }
  }
  // Not half a UTF-8 sequence.
  while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0x80))
    result.pop_back();
  return result;
}

/// Sentences by the seed until there are `tokens`, exactly.
void fill(std::string& text, uint64_t tokens, uint64_t seed) {
  auto have = token_count(text);
  for (uint64_t n = 0; have < tokens; ++n) {
    auto sentence = sentences[mix(seed + n) % sentences.size()];
    text += ' ';
    auto begin = text.size();
    text += sentence;
    auto more = token_count(sentence);
    if (have + more > tokens) {
      auto at = begin;
      for (; have < tokens; ++have)
        at += next_token(text, at).size();
      text.resize(at);
      return;
    }
    have += more;
  }
  // Too long already: cut.
  size_t at = 0;
  for (uint64_t n = 0; n < tokens; ++n)
    at += next_token(text, at).size();
  text.resize(at);
}

std::string plain_answer(const ask& what, const speech_options& options) {
  auto seed = mix(options.seed ^ hash_of(what.prompt));
  auto wanted = wanted_length(what.prompt);
  auto length = options.output_tokens != 0 ? options.output_tokens
                : wanted != 0              ? wanted
                                           : 20 + seed % 41;
  auto text = "[simulated " + what.model + "]";
  if (auto sum = arithmetic(what.prompt); !sum.empty() && wanted == 0) {
    text += " " + sum;
    // A sum needs no more words than that, unless they were ordered.
    if (options.output_tokens == 0)
      return text;
  } else if (auto about = topic(what.prompt); !about.empty()) {
    text += " About \"" + about + "\":";
  }
  fill(text, length, seed);
  return text;
}

std::string results_text(const ask& what) {
  auto text = "[simulated " + what.model + "]";
  for (const auto& x : what.results)
    text += (text.back() == ']' ? " " : "\n") + ("TOOLRESULT[" + x.name + "]")
            + (x.is_error ? "[is_error]" : "") + ": " + x.text;
  return text;
}

block call_block(const directed_call& x, const ask& what, size_t index) {
  block result;
  result.what = block::kind::call;
  result.name = x.name;
  std::string source;
  for (const auto& r : what.results)
    source += r.text + "\n";
  result.text = clean_object(fill_in(x.arguments, source));
  result.id = std::to_string(index);
  result.tokens = 4 + (result.text.size() + result.name.size() + 3) / 4;
  return result;
}

void add_text(turn& to, block::kind what, std::string text) {
  block x;
  x.what = what;
  x.tokens = token_count(text);
  x.text = std::move(text);
  to.blocks.push_back(std::move(x));
}

/// Holds the answer to `cap` tokens: thoughts and text are cut, calls that do
/// not fit are gone.
void cap_length(turn& x, uint64_t cap) {
  uint64_t left = cap;
  for (size_t i = 0; i < x.blocks.size(); ++i) {
    auto& part = x.blocks[i];
    if (part.tokens <= left) {
      left -= part.tokens;
      continue;
    }
    x.cut_by_length = true;
    auto keep = part.what != block::kind::call && left > 0;
    if (keep) {
      size_t at = 0;
      for (uint64_t n = 0; n < left; ++n)
        at += next_token(part.text, at).size();
      part.text.resize(at);
      part.tokens = left;
    }
    x.blocks.resize(i + (keep ? 1 : 0));
    return;
  }
}

} // namespace

bool turn::has_calls() const {
  return std::any_of(blocks.begin(), blocks.end(), [](const block& x) {
    return x.what == block::kind::call;
  });
}

std::string_view next_token(std::string_view text, size_t at) {
  auto end = at;
  while (end < text.size() && blank(text[end]) && end - at < token_size)
    ++end;
  while (end < text.size() && !blank(text[end]) && end - at < token_size)
    ++end;
  while (end < text.size() && end > at + 4
         && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(at, end - at);
}

uint64_t token_count(std::string_view text) {
  uint64_t result = 0;
  for (size_t at = 0; at < text.size(); ++result)
    at += next_token(text, at).size();
  return result;
}

turn make_turn(const ask& what, const speech_options& options) {
  turn result;
  result.model = what.model;
  result.input_tokens = what.input_tokens;
  result.cached_tokens = static_cast<uint64_t>(
    static_cast<double>(what.input_tokens) * options.cached_share);
  result.load_only = what.load_only;
  if (what.load_only) {
    result.input_tokens = result.cached_tokens = 0;
    return result;
  }
  auto orders = read_directives(what.prompt);
  if (orders.think)
    add_text(result, block::kind::thinking,
             "This is a simulated thought about the question.");
  if (!what.results.empty()) {
    auto next = what.tool_rounds - 1;
    if (what.tool_rounds > 0 && next < orders.thens.size())
      result.blocks.push_back(call_block(orders.thens[next], what, next));
    else
      add_text(result, block::kind::text, results_text(what));
  } else if (!orders.calls.empty()) {
    add_text(result, block::kind::text,
             "[simulated " + what.model + "] Calling a tool.");
    for (size_t i = 0; i < orders.calls.size(); ++i)
      result.blocks.push_back(call_block(orders.calls[i], what, i));
  } else if (what.json) {
    std::string text = R"({"simulated": true, "model": )";
    append_json(text, what.model);
    text += R"(, "answer": )";
    append_json(text, plain_answer(what, options));
    add_text(result, block::kind::text, text + "}");
  } else {
    add_text(result, block::kind::text, plain_answer(what, options));
  }
  if (what.max_output != 0)
    cap_length(result, what.max_output);
  for (const auto& x : result.blocks) {
    result.output_tokens += x.tokens;
    if (x.what == block::kind::thinking)
      result.thinking_tokens += x.tokens;
  }
  return result;
}

} // namespace smart_agents::sim
