#include "actors/front/mcp_offer.hpp"

#include <algorithm>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// The most that MCP allows.
constexpr size_t max_completions = 100;

std::string uri_template(const mcp_template& x) {
  return x.prefix + "{" + x.variable + "}" + x.suffix;
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

bool mcp_template::covers(std::string_view uri) const {
  return uri.size() > prefix.size() + suffix.size() && uri.starts_with(prefix)
         && uri.ends_with(suffix);
}

const mcp_tool* mcp_offer::find_tool(std::string_view name) const {
  auto i = std::find_if(tools.begin(), tools.end(),
                        [name](const auto& x) { return x.name == name; });
  return i == tools.end() ? nullptr : &*i;
}

const mcp_prompt* mcp_offer::find_prompt(std::string_view name) const {
  auto i = std::find_if(prompts.begin(), prompts.end(),
                        [name](const auto& x) { return x.name == name; });
  return i == prompts.end() ? nullptr : &*i;
}

bool mcp_offer::has_resource(std::string_view uri) const {
  return std::any_of(resources.begin(), resources.end(),
                     [uri](const auto& x) { return x.uri == uri; })
         || std::any_of(templates.begin(), templates.end(),
                        [uri](const auto& x) { return x.covers(uri); });
}

json::object list_of(const std::vector<mcp_tool>& tools) {
  json::array list;
  for (const auto& x : tools) {
    json::object tool{{"name", x.name},
                      {"title", x.title},
                      {"description", x.description},
                      {"inputSchema", x.schema}};
    if (!x.output_schema.empty())
      tool["outputSchema"] = x.output_schema;
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
                                {"mimeType", x.mime_type}});
  return {{"resources", std::move(list)}};
}

json::object list_of(const std::vector<mcp_template>& templates) {
  json::array list;
  for (const auto& x : templates)
    list.push_back(json::object{{"uriTemplate", uri_template(x)},
                                {"name", x.name},
                                {"title", x.title},
                                {"description", x.description},
                                {"mimeType", x.mime_type}});
  return {{"resourceTemplates", std::move(list)}};
}

json::object list_of(const std::vector<mcp_prompt>& prompts) {
  json::array list;
  for (const auto& x : prompts) {
    json::array arguments;
    for (const auto& y : x.arguments)
      arguments.push_back(json::object{{"name", y.name},
                                       {"description", y.description},
                                       {"required", y.required}});
    list.push_back(json::object{{"name", x.name},
                                {"title", x.title},
                                {"description", x.description},
                                {"arguments", std::move(arguments)}});
  }
  return {{"prompts", std::move(list)}};
}

std::string check_prompt(const mcp_prompt& prompt, const json::object& params) {
  const auto& given = object_field(params, "arguments");
  auto knows = [&prompt](std::string_view name) {
    return std::any_of(prompt.arguments.begin(), prompt.arguments.end(),
                       [name](const auto& x) { return x.name == name; });
  };
  for (const auto& [key, value] : given)
    if (!knows({key.data(), key.size()}))
      return std::string{key} + ": " + prompt.name + " has no such argument";
    else if (!value.is_string())
      return std::string{key} + ": must be a text";
  for (const auto& x : prompt.arguments)
    if (x.required && !given.contains(x.name))
      return x.name + ": is missing";
  return {};
}

mcp_outcome prompt_of(const mcp_offer& offer, const json::object& params) {
  auto name = text_field(params, "name");
  const auto* prompt = offer.find_prompt(name);
  if (prompt == nullptr)
    return "unknown prompt '" + std::string{name} + "'";
  if (auto wrong = check_prompt(*prompt, params); !wrong.empty())
    return wrong;
  std::string_view first;
  if (!prompt->arguments.empty())
    first = text_field(object_field(params, "arguments"),
                       prompt->arguments.front().name);
  auto text = prompt->text(first);
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
    const auto* prompt = offer.find_prompt(text_field(ref, "name"));
    if (prompt == nullptr)
      return "ref: unknown prompt '" + std::string{text_field(ref, "name")}
             + "'";
    if (std::none_of(prompt->arguments.begin(), prompt->arguments.end(),
                     [name](const auto& x) { return x.name == name; }))
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
        return completion(x.complete ? x.complete(text_field(argument, "value"))
                                     : std::vector<std::string>{});
      }
    return "ref: unknown template '" + std::string{uri} + "'";
  }
  return std::string{"ref: type must be ref/prompt or ref/resource"};
}

const json::object& object_field(const json::object& from,
                                 std::string_view key) {
  static const json::object none;
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_object() ? x->get_object() : none;
}

std::string_view text_field(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  if (x == nullptr || !x->is_string())
    return {};
  return {x->get_string().data(), x->get_string().size()};
}

} // namespace smart_agents
