#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What an MCP server offers, and the parts of its replies that follow from
/// that alone. Pure.

namespace smart_agents {

/// Whether a call may be answered with a task, which the client then watches
/// (the extension `io.modelcontextprotocol/tasks`).
enum class mcp_task_use : uint8_t { never, possible, required };

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
  /// JSON Schema of `structuredContent`; empty where there is none.
  boost::json::object output_schema = {};
  mcp_task_use tasks = mcp_task_use::never;
};

/// Something to read.
struct mcp_resource {
  std::string uri;
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type = "application/json";
};

/// A family of resources, whose URI has one variable.
struct mcp_template {
  /// The URI before the variable.
  std::string prefix;
  std::string variable;
  std::string name;
  std::string title;
  std::string description;
  /// Values of the variable that begin with a text.
  std::function<std::vector<std::string>(std::string_view)> complete;
  /// The URI behind the variable.
  std::string suffix = {};
  std::string mime_type = "application/json";

  /// True when a URI is one of the family.
  bool covers(std::string_view uri) const;
};

/// An argument of a prompt: any text.
struct mcp_argument {
  std::string name;
  std::string description;
  bool required = false;
};

/// A message that the user can have written for them.
struct mcp_prompt {
  std::string name;
  std::string title;
  std::string description;
  std::vector<mcp_argument> arguments;
  /// The message, from the first argument (empty when it is left out); null
  /// when whoever does the work answers.
  std::function<std::string(std::string_view)> text;
};

struct mcp_offer {
  std::vector<mcp_tool> tools;
  std::vector<mcp_resource> resources;
  std::vector<mcp_template> templates;
  std::vector<mcp_prompt> prompts;
  /// True when the lists may change while we run.
  bool tools_change = false;
  bool prompts_change = false;
  /// True when resources change and clients can be told.
  bool resources_change = false;
  /// True when calls can be answered with tasks.
  bool tasks = false;

  /// Null when there is none.
  const mcp_tool* find_tool(std::string_view name) const;
  const mcp_prompt* find_prompt(std::string_view name) const;

  bool has_tool(std::string_view name) const {
    return find_tool(name) != nullptr;
  }

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

/// Why the arguments of `prompts/get` are wrong; empty when they are not.
std::string check_prompt(const mcp_prompt& prompt,
                         const boost::json::object& params);

/// `prompts/get` of a prompt with a text.
mcp_outcome prompt_of(const mcp_offer& offer,
                      const boost::json::object& params);

/// `completion/complete`: at most 100 values.
mcp_outcome completion_of(const mcp_offer& offer,
                          const boost::json::object& params);

/// A field that is an object; an empty one when it is none.
const boost::json::object& object_field(const boost::json::object& from,
                                        std::string_view key);

/// A field that is a text; empty when it is none.
std::string_view text_field(const boost::json::object& from,
                            std::string_view key);

} // namespace smart_agents
