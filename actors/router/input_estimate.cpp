#include "actors/router/input_estimate.hpp"

#include "adapters/token_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace smart_agents {

namespace {

constexpr size_t slices = 16;
constexpr size_t slice_size = 256;
/// The headroom of `estimate_input`, and more: a sample may miss the denser
/// parts of a text.
constexpr double margin = 1.16;

bool inside_character(std::string_view text, size_t at) {
  return at < text.size()
         && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

/// Evenly spread slices, cut between characters.
std::string sample(std::string_view text) {
  std::string result;
  result.reserve(slices * slice_size);
  auto stride = (text.size() - slice_size) / (slices - 1);
  for (size_t i = 0; i < slices; ++i) {
    auto begin = i * stride;
    auto end = begin + slice_size;
    while (inside_character(text, begin) && begin < end)
      ++begin;
    while (inside_character(text, end) && end > begin)
      --end;
    result.append(text.substr(begin, end - begin));
  }
  return result;
}

bool large(const part& x) {
  const auto* text = std::get_if<text_part>(&x);
  return text && text->text.size() > input_estimator::sample_above;
}

chat_request probe(bool with_tool) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "some plain words to count ";
  chat_request result;
  result.messages.push_back(text_message(role::user, std::move(text)));
  if (with_tool)
    result.tools.edit().emplace_back();
  return result;
}

} // namespace

input_estimator::input_estimator(const std::vector<std::string>& vendors) {
  auto plain = probe(false);
  auto tools = probe(true);
  auto base = static_cast<double>(estimate_input(plain, {}));
  auto base_tools = static_cast<double>(estimate_input(tools, {}));
  for (const auto& vendor : vendors) {
    auto& x = habits_.emplace_back(vendor, habit{}).second;
    x.factor = static_cast<double>(estimate_input(plain, vendor)) / base;
    auto more = static_cast<double>(estimate_input(tools, vendor))
                - x.factor * base_tools;
    x.with_tools = static_cast<uint64_t>(std::max(more, 0.0));
  }
}

uint64_t input_estimator::neutral(const chat_request& request) {
  const auto& turns = request.messages;
  auto any = std::any_of(turns.begin(), turns.end(), [](const message& x) {
    return std::any_of(x.parts.begin(), x.parts.end(), large);
  });
  if (!any)
    return estimate_input(request, {});
  // A copy without the large texts, which samples stand for.
  chat_request small;
  small.tools = request.tools;
  small.output_schema = request.output_schema;
  double rest = 0;
  for (const auto& turn : turns) {
    auto& copy = small.messages.edit().emplace_back();
    copy.from = turn.from;
    for (const auto& x : turn.parts) {
      if (!large(x)) {
        copy.parts.push_back(x);
        continue;
      }
      const auto& whole = std::get<text_part>(x).text;
      auto slice = sample(whole);
      auto times = static_cast<double>(whole.size())
                   / static_cast<double>(std::max<size_t>(slice.size(), 1));
      auto tokens = static_cast<double>(estimate_tokens(slice));
      // The slice itself is counted with the copy.
      rest += tokens * (times * margin - 1);
      copy.parts.emplace_back(text_part{std::move(slice), {}});
    }
  }
  return estimate_input(small, {})
         + static_cast<uint64_t>(std::llround(std::max(rest, 0.0)));
}

uint64_t input_estimator::at(std::string_view vendor, uint64_t neutral,
                             const chat_request& request) const {
  auto i = std::find_if(habits_.begin(), habits_.end(),
                        [vendor](const auto& x) { return x.first == vendor; });
  if (i == habits_.end())
    return neutral;
  return static_cast<uint64_t>(
           std::ceil(static_cast<double>(neutral) * i->second.factor))
         + (request.tools.empty() ? 0 : i->second.with_tools);
}

} // namespace smart_agents
