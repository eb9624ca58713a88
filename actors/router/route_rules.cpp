#include "actors/router/route_rules.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace smart_agents {

namespace {

using enum task_type;

/// What the user said last, as far as patterns see it.
std::string_view head_of(const chat_request& request) {
  for (auto i = request.messages.rbegin(); i != request.messages.rend(); ++i)
    if (i->from == role::user)
      for (const auto& x : i->parts)
        if (const auto* text = std::get_if<text_part>(&x))
          return std::string_view{text->text}.substr(
            0, route_table::pattern_reach);
  return {};
}

} // namespace

std::vector<route_rule> default_route_rules() {
  return {
    {{code}, 1, 5, "ollama", false},
    {{code}, 6, 7, "chatgpt", false},
    {{code}, 8, 10, "claude", false},
    {{reasoning}, 1, 8, "grok", false},
    {{reasoning}, 9, 10, "claude", true},
    {{text, creative}, 1, 5, "ollama", false},
    {{text, creative}, 6, 7, "grok", false},
    {{text, creative}, 8, 10, "claude", false},
    {{image, audio, video}, 1, 10, "gemini", false},
  };
}

caf::expected<std::regex> compile_pattern(const std::string& text) {
  try {
    return std::regex{text, std::regex::ECMAScript | std::regex::icase
                              | std::regex::optimize};
  } catch (const std::regex_error& why) {
    return make_error(ec::bad_config,
                      "\"" + text
                        + "\" is not a regular expression: " + why.what());
  }
}

route_table::route_table(std::vector<route_rule> rules)
  : rules_{std::move(rules)} {
  const auto standard = default_route_rules();
  for (const auto& x : rules_) {
    standard_.push_back(std::find(standard.begin(), standard.end(), x)
                        != standard.end());
    auto& pattern = patterns_.emplace_back();
    if (x.pattern.empty())
      continue;
    if (auto compiled = compile_pattern(x.pattern))
      pattern = std::make_shared<const std::regex>(std::move(*compiled));
  }
}

bool route_table::matches(size_t i, const task& what, task_type type,
                          uint64_t tokens) const {
  const auto& x = rules_[i];
  if (!x.types.empty()
      && std::find(x.types.begin(), x.types.end(), type) == x.types.end())
    return false;
  if (!x.key.empty() && x.key != what.key)
    return false;
  if (x.tools && *x.tools == what.request.tools.empty())
    return false;
  if (tokens < x.min_tokens || (x.max_tokens != 0 && tokens > x.max_tokens))
    return false;
  if (x.pattern.empty())
    return true;
  auto head = head_of(what.request);
  return patterns_[i]
         && std::regex_search(head.begin(), head.end(), *patterns_[i]);
}

std::string conditions_of(const route_rule& x) {
  std::string result;
  auto add = [&result](const std::string& what) {
    result += (result.empty() ? "" : ", ") + what;
  };
  if (!x.pattern.empty())
    add("/" + x.pattern + "/");
  if (!x.key.empty())
    add("key " + x.key);
  if (x.tools)
    add(*x.tools ? "with tools" : "without tools");
  if (x.min_tokens != 0)
    add("from " + std::to_string(x.min_tokens) + " tokens");
  if (x.max_tokens != 0)
    add("up to " + std::to_string(x.max_tokens) + " tokens");
  return result;
}

} // namespace smart_agents
