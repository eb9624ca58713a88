#include "runtime/cli/model_lists.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

const json::array* list_in(const json::object& x) {
  for (const char* name : {"data", "models"})
    if (const auto* list = x.if_contains(name); list && list->is_array())
      return &list->get_array();
  return nullptr;
}

std::string_view text_of(const json::object& x, std::string_view name) {
  const auto* field = x.if_contains(name);
  if (field == nullptr || !field->is_string())
    return {};
  const auto& text = field->get_string();
  return {text.data(), text.size()};
}

uint64_t number_of(const json::object& x, std::string_view name) {
  const auto* field = x.if_contains(name);
  return field != nullptr && field->is_int64() && field->get_int64() > 0
           ? static_cast<uint64_t>(field->get_int64())
           : 0;
}

/// Gemini lists models that only embed, too.
bool generates(const json::object& x) {
  const auto* methods = x.if_contains("supportedGenerationMethods");
  if (methods == nullptr || !methods->is_array())
    return true;
  const auto& all = methods->get_array();
  return std::any_of(all.begin(), all.end(), [](auto& method) {
    return method.is_string() && method.get_string() == "generateContent";
  });
}

} // namespace

std::vector<listed_model> read_model_list(std::string_view body) {
  json::error_code bad;
  auto parsed = json::parse({body.data(), body.size()}, bad);
  const auto* object = bad ? nullptr : parsed.if_object();
  const auto* list = object == nullptr ? nullptr : list_in(*object);
  std::vector<listed_model> result;
  if (list == nullptr)
    return result;
  for (const auto& entry : *list) {
    const auto* x = entry.if_object();
    if (x == nullptr || !generates(*x))
      continue;
    auto name = text_of(*x, "id");
    if (name.empty())
      name = text_of(*x, "name");
    if (name.starts_with("models/"))
      name.remove_prefix(7);
    if (name.empty())
      continue;
    uint64_t context = 0;
    for (const char* field :
         {"context_length", "context_window", "max_model_len",
          "inputTokenLimit", "max_input_tokens"})
      context = std::max(context, number_of(*x, field));
    result.push_back({std::string{name}, context});
  }
  std::sort(result.begin(), result.end(),
            [](auto& a, auto& b) { return a.name < b.name; });
  auto same = [](auto& a, auto& b) { return a.name == b.name; };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

} // namespace smart_agents::cli
