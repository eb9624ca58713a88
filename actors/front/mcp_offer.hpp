#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What an MCP server offers, and the parts of its replies that follow from
/// that alone. Pure.

namespace smart_agents {

/// A tool as clients see it.
struct mcp_tool {
  std::string name;
  std::string title;
  std::string description;
  /// JSON Schema of the arguments.
  boost::json::object schema;
  boost::json::object annotations;
  /// `_meta` of the tool.
  boost::json::object meta;
};

/// Something to read, as JSON.
struct mcp_resource {
  std::string uri;
  std::string name;
  std::string title;
  std::string description;
};

/// A family of resources: the URI's one variable stands at its end.
struct mcp_template {
  /// The URI without the variable.
  std::string prefix;
  std::string variable;
  std::string name;
  std::string title;
  std::string description;
  /// Values of the variable that begin with a text.
  std::function<std::vector<std::string>(std::string_view)> complete;
};

/// A message that the user can have written for them.
struct mcp_prompt {
  std::string name;
  std::string title;
  std::string description;
  /// The one argument, which may be left out.
  std::string argument;
  std::string argument_description;
  /// The message; an empty text stands for no argument.
  std::function<std::string(std::string_view)> text;
};

struct mcp_offer {
  std::vector<mcp_tool> tools;
  std::vector<mcp_resource> resources;
  std::vector<mcp_template> templates;
  std::vector<mcp_prompt> prompts;

  bool has_tool(std::string_view name) const;

  /// True for a listed resource and for every URI of a template.
  bool has_resource(std::string_view uri) const;
};

/// Fields of the results of `tools/list` and so on.
boost::json::object list_of(const std::vector<mcp_tool>& tools);
boost::json::object list_of(const std::vector<mcp_resource>& resources);
boost::json::object list_of(const std::vector<mcp_template>& templates);
boost::json::object list_of(const std::vector<mcp_prompt>& prompts);

/// A result's fields, or why the parameters are wrong.
using mcp_outcome = std::variant<boost::json::object, std::string>;

/// `prompts/get`.
mcp_outcome prompt_of(const mcp_offer& offer,
                      const boost::json::object& params);

/// `completion/complete`: at most 100 values.
mcp_outcome completion_of(const mcp_offer& offer,
                          const boost::json::object& params);

/// A field that is a text; empty when it is none.
std::string_view text_field(const boost::json::object& from,
                            std::string_view key);

} // namespace smart_agents
