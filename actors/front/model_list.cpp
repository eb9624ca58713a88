#include "actors/front/model_list.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace smart_agents {

namespace {

namespace json = boost::json;

constexpr std::string_view prefix = "claude-smart-agents-";

/// Neither list is of use without a date, and ours have none.
constexpr std::string_view unknown_date = "1970-01-01T00:00:00Z";

json::object openai_entry(std::string_view name) {
  return {{"id", name},
          {"object", "model"},
          {"created", 0},
          {"owned_by", "smart-agents"}};
}

json::object anthropic_entry(std::string_view name) {
  return {{"type", "model"},
          {"id", anthropic_name(name)},
          {"display_name", name},
          {"created_at", unknown_date}};
}

} // namespace

std::string openai_models(const std::vector<std::string>& names) {
  json::array data;
  for (const auto& x : names)
    data.push_back(openai_entry(x));
  return json::serialize(
    json::object{{"object", "list"}, {"data", std::move(data)}});
}

std::string anthropic_models(const std::vector<std::string>& names) {
  json::array data;
  for (const auto& x : names)
    data.push_back(anthropic_entry(x));
  auto id = [](const std::string& x) { return json::value(anthropic_name(x)); };
  json::object result{{"data", std::move(data)}, {"has_more", false}};
  result["first_id"] = names.empty() ? json::value{} : id(names.front());
  result["last_id"] = names.empty() ? json::value{} : id(names.back());
  return json::serialize(result);
}

std::string openai_model(std::string_view name) {
  return json::serialize(openai_entry(name));
}

std::string anthropic_model(std::string_view name) {
  return json::serialize(anthropic_entry(name));
}

std::string anthropic_name(std::string_view name) {
  auto kept = name.starts_with("claude") || name.starts_with("anthropic");
  return (kept ? std::string{} : std::string{prefix}).append(name);
}

std::string_view plain_name(std::string_view listed) {
  return listed.starts_with(prefix) ? listed.substr(prefix.size()) : listed;
}

} // namespace smart_agents
