#include "actors/front/model_list.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace smart_agents {

namespace {

namespace json = boost::json;

constexpr std::string_view prefix = "claude-smart-agents-";

bool starts_with_claude(std::string_view name) {
  return name.starts_with("claude") || name.starts_with("anthropic");
}

template <class Entry>
json::array list_of(const std::vector<std::string>& models, Entry entry) {
  json::array result;
  for (const char* id :
       {"auto", "auto:cheap", "auto:best", "auto:fast", "auto:local-only"})
    result.push_back(entry(id));
  for (const auto& id : models)
    result.push_back(entry(id));
  return result;
}

} // namespace

std::string openai_model_list(const std::vector<std::string>& models) {
  auto data = list_of(models, [](const std::string& id) {
    return json::object{{"id", id},
                        {"object", "model"},
                        {"created", 0},
                        {"owned_by", "smart-agents"}};
  });
  return json::serialize(
    json::object{{"object", "list"}, {"data", std::move(data)}});
}

std::string anthropic_model_list(const std::vector<std::string>& models) {
  auto data = list_of(models, [](const std::string& id) {
    return json::object{{"type", "model"},
                        {"id", claude_alias(id)},
                        {"display_name", id},
                        {"created_at", "1970-01-01T00:00:00Z"}};
  });
  json::object result{{"has_more", false},
                      {"first_id", data.front().at("id")},
                      {"last_id", data.back().at("id")}};
  result["data"] = std::move(data);
  return json::serialize(result);
}

std::string claude_alias(std::string_view model) {
  return (starts_with_claude(model) ? std::string{} : std::string{prefix})
    .append(model);
}

std::string_view behind_alias(std::string_view model) {
  return model.starts_with(prefix) ? model.substr(prefix.size()) : model;
}

} // namespace smart_agents
