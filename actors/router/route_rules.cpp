#include "actors/router/route_rules.hpp"

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

std::string range_of(const route_rule& x) {
  return x.min_complexity == x.max_complexity
           ? std::to_string(x.min_complexity)
           : std::to_string(x.min_complexity) + "-"
               + std::to_string(x.max_complexity);
}

std::string consequence_of(const route_rule& x) {
  auto more = conditions_of(x);
  return " of complexity " + range_of(x)
         + (more.empty() ? "" : " (" + more + ")") + " goes to " + x.provider
         + (x.strongest ? " (its strongest model)" : "");
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

route_table::route_table(std::vector<route_rule> rules)
  : rules_{std::move(rules)} {
  const auto standard = default_route_rules();
  for (const auto& x : rules_) {
    standard_.push_back(std::find(standard.begin(), standard.end(), x)
                        != standard.end());
    texts_.push_back(consequence_of(x));
    auto& place = patterns_.emplace_back();
    if (x.pattern.empty())
      continue;
    if (auto compiled = pattern::compile(x.pattern))
      place = std::move(*compiled);
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
  if (x.tools != "any" && (x.tools == "with") == what.request.tools.empty())
    return false;
  if (tokens < x.min_tokens || (x.max_tokens != 0 && tokens > x.max_tokens))
    return false;
  if (x.pattern.empty())
    return true;
  return patterns_[i] && patterns_[i]->found_in(head_of(what.request));
}

std::string route_table::text_of(size_t i, std::string_view type) const {
  std::string result;
  auto what = rules_[i].types.empty() ? std::string_view{"every task"} : type;
  result.reserve(what.size() + texts_[i].size());
  return result.append(what).append(texts_[i]);
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
  if (x.tools != "any")
    add(x.tools + " tools");
  if (x.min_tokens != 0)
    add("from " + std::to_string(x.min_tokens) + " tokens");
  if (x.max_tokens != 0)
    add("up to " + std::to_string(x.max_tokens) + " tokens");
  return result;
}

} // namespace smart_agents
