#include "actors/front/model_names.hpp"

#include "actors/front/client_keys.hpp"
#include "actors/front/model_list.hpp"
#include "adapters/name_pattern.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

constexpr std::string_view mark_begin = "<smart-agents-model>";
constexpr std::string_view mark_end = "</smart-agents-model>";
constexpr size_t longest_name = 200;

template <class F>
bool any_system_text(const chat_request& request, F f) {
  for (const auto& message : request.messages)
    if (message.from == role::system)
      for (const auto& x : message.parts)
        if (const auto* text = std::get_if<text_part>(&x);
            text != nullptr && f(text->text))
          return true;
  return false;
}

std::string_view trimmed(std::string_view x) {
  auto blank = [](char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  };
  while (!x.empty() && blank(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && blank(x.back()))
    x.remove_suffix(1);
  return x;
}

/// Cuts the first mark out of the system messages.
std::string take_mark(chat_request& request) {
  std::string result;
  for (size_t i = 0; i < request.messages.size(); ++i) {
    const auto& message = request.messages[i];
    if (message.from != role::system)
      continue;
    for (size_t j = 0; j < message.parts.size(); ++j) {
      const auto* text = std::get_if<text_part>(&message.parts[j]);
      if (text == nullptr)
        continue;
      auto at = text->text.find(mark_begin);
      if (at == std::string::npos)
        continue;
      auto from = at + mark_begin.size();
      auto end = text->text.find(mark_end, from);
      if (end == std::string::npos || end - from > longest_name)
        continue;
      result = trimmed(std::string_view{text->text}.substr(from, end - from));
      std::get<text_part>(request.messages.edit()[i].parts[j])
        .text.erase(at, end + mark_end.size() - at);
      return result;
    }
  }
  return result;
}

bool has_header(const std::string& wanted, const http_headers& headers) {
  auto colon = wanted.find(':');
  auto name = std::string_view{wanted}.substr(0, colon);
  auto value = find_header(headers, name);
  if (value.empty())
    return false;
  return colon == std::string::npos
         || matches(trimmed(std::string_view{wanted}.substr(colon + 1)), value);
}

bool fits(const model_route& route, const http_headers& headers,
          const chat_request& request) {
  if (!route.model.empty() && !matches(route.model, request.model))
    return false;
  if (!route.header.empty() && !has_header(route.header, headers))
    return false;
  return route.system.empty()
         || any_system_text(request, [&route](const std::string& text) {
              return text.find(route.system) != std::string::npos;
            });
}

} // namespace

std::string choose_model(const model_names& names, const http_headers& headers,
                         chat_request& request) {
  auto marked = take_mark(request);
  if (auto named = find_header(headers, "x-smart-agents-model"); !named.empty())
    return std::string{behind_alias(named)};
  if (!marked.empty())
    return std::string{behind_alias(marked)};
  for (const auto& route : names.routes)
    if (fits(route, headers, request))
      return route.use;
  for (const auto& [pattern, name] : names.aliases)
    if (matches(pattern, request.model))
      return name;
  return std::string{behind_alias(request.model)};
}

} // namespace smart_agents
