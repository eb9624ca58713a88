#include "actors/front/mcp_offer.hpp"

#include <algorithm>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// The most that MCP allows.
constexpr size_t max_completions = 100;

const json::object& object_field(const json::object& from,
                                 std::string_view key) {
  static const json::object none;
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_object() ? x->get_object() : none;
}

const mcp_prompt* find_prompt(const mcp_offer& offer, std::string_view name) {
  auto i = std::find_if(offer.prompts.begin(), offer.prompts.end(),
                        [name](const auto& x) { return x.name == name; });
  return i == offer.prompts.end() ? nullptr : &*i;
}

std::string uri_template(const mcp_template& x) {
  return x.prefix + "{" + x.variable + "}";
}

json::object completion(const std::vector<std::string>& all) {
  json::array values;
  for (size_t i = 0; i < std::min(all.size(), max_completions); ++i)
    values.emplace_back(all[i]);
  return {
    {"completion", json::object{{"values", std::move(values)},
                                {"total", all.size()},
                                {"hasMore", all.size() > max_completions}}}};
}

} // namespace

bool mcp_offer::has_tool(std::string_view name) const {
  return std::any_of(tools.begin(), tools.end(),
                     [name](const auto& x) { return x.name == name; });
}

bool mcp_offer::has_resource(std::string_view uri) const {
  return std::any_of(resources.begin(), resources.end(),
                     [uri](const auto& x) { return x.uri == uri; })
         || std::any_of(
           templates.begin(), templates.end(), [uri](const auto& x) {
             return uri.starts_with(x.prefix) && uri.size() > x.prefix.size();
           });
}

json::object list_of(const std::vector<mcp_tool>& tools) {
  json::array list;
  for (const auto& x : tools) {
    json::object tool{{"name", x.name},
                      {"title", x.title},
                      {"description", x.description},
                      {"inputSchema", x.schema}};
    if (!x.annotations.empty())
      tool["annotations"] = x.annotations;
    if (!x.meta.empty())
      tool["_meta"] = x.meta;
    list.push_back(std::move(tool));
  }
  return {{"tools", std::move(list)}};
}

json::object list_of(const std::vector<mcp_resource>& resources) {
  json::array list;
  for (const auto& x : resources)
    list.push_back(json::object{{"uri", x.uri},
                                {"name", x.name},
                                {"title", x.title},
                                {"description", x.description},
                                {"mimeType", "application/json"}});
  return {{"resources", std::move(list)}};
}

json::object list_of(const std::vector<mcp_template>& templates) {
  json::array list;
  for (const auto& x : templates)
    list.push_back(json::object{{"uriTemplate", uri_template(x)},
                                {"name", x.name},
                                {"title", x.title},
                                {"description", x.description},
                                {"mimeType", "application/json"}});
  return {{"resourceTemplates", std::move(list)}};
}

json::object list_of(const std::vector<mcp_prompt>& prompts) {
  json::array list;
  for (const auto& x : prompts) {
    json::array arguments{json::object{{"name", x.argument},
                                       {"description", x.argument_description},
                                       {"required", false}}};
    list.push_back(json::object{{"name", x.name},
                                {"title", x.title},
                                {"description", x.description},
                                {"arguments", std::move(arguments)}});
  }
  return {{"prompts", std::move(list)}};
}

mcp_outcome prompt_of(const mcp_offer& offer, const json::object& params) {
  auto name = text_field(params, "name");
  const auto* prompt = find_prompt(offer, name);
  if (prompt == nullptr)
    return "unknown prompt '" + std::string{name} + "'";
  for (const auto& [key, value] : object_field(params, "arguments"))
    if (key != prompt->argument || !value.is_string())
      return std::string{key} + ": " + prompt->name + " takes only the text "
             + prompt->argument;
  auto text = prompt->text(
    text_field(object_field(params, "arguments"), prompt->argument));
  json::object message{
    {"role", "user"},
    {"content", json::object{{"type", "text"}, {"text", std::move(text)}}}};
  return json::object{{"description", prompt->description},
                      {"messages", json::array{std::move(message)}}};
}

mcp_outcome completion_of(const mcp_offer& offer, const json::object& params) {
  const auto& ref = object_field(params, "ref");
  const auto& argument = object_field(params, "argument");
  auto name = text_field(argument, "name");
  auto type = text_field(ref, "type");
  if (type == "ref/prompt") {
    const auto* prompt = find_prompt(offer, text_field(ref, "name"));
    if (prompt == nullptr)
      return "ref: unknown prompt '" + std::string{text_field(ref, "name")}
             + "'";
    if (name != prompt->argument)
      return "argument: " + prompt->name + " has no '" + std::string{name}
             + "'";
    return completion({}); // any text will do
  }
  if (type == "ref/resource") {
    auto uri = text_field(ref, "uri");
    for (const auto& x : offer.templates)
      if (uri == uri_template(x)) {
        if (name != x.variable)
          return "argument: " + std::string{uri} + " has no '"
                 + std::string{name} + "'";
        return completion(x.complete(text_field(argument, "value")));
      }
    return "ref: unknown template '" + std::string{uri} + "'";
  }
  return std::string{"ref: type must be ref/prompt or ref/resource"};
}

std::string_view text_field(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  if (x == nullptr || !x->is_string())
    return {};
  return {x->get_string().data(), x->get_string().size()};
}

} // namespace smart_agents
