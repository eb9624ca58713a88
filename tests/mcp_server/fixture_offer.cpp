#include "tests/mcp_server/fixtures.hpp"

#include <boost/json/parse.hpp>

namespace smart_agents::test {

namespace json = boost::json;

namespace {

mcp_tool tool(std::string name, std::string description,
              json::object properties = {}, json::array required = {}) {
  mcp_tool result;
  result.name = result.title = std::move(name);
  result.description = std::move(description);
  result.schema = {{"type", "object"}};
  if (properties.empty())
    result.schema["additionalProperties"] = false;
  else
    result.schema["properties"] = std::move(properties);
  if (!required.empty())
    result.schema["required"] = std::move(required);
  return result;
}

json::object text_argument(const char* name) {
  return {{name, json::object{{"type", "string"}}}};
}

mcp_tool with_tasks(mcp_tool x, mcp_task_use use = mcp_task_use::possible) {
  x.tasks = use;
  return x;
}

/// Keywords that must reach the client as they are (SEP-1613, SEP-2106).
mcp_tool schema_tool() {
  auto result = tool("json_schema_2020_12_tool", "Has a schema to preserve.");
  result.schema = json::parse(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object",
      "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {
      "name": {"type": "string"},
      "address": {"$ref": "#/$defs/address"},
      "contactMethod": {"type": "string", "enum": ["phone", "email"]},
      "phone": {"type": "string"}, "email": {"type": "string"}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}},
           "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": false})")
                    .as_object();
  return result;
}

mcp_tool header_tool() {
  return tool(
    "test_header", "Repeats an argument in a header.",
    {{"region", json::object{{"type", "string"}, {"x-mcp-header", "Region"}}}});
}

std::vector<mcp_tool> tools() {
  std::vector<mcp_tool> result{
    tool("test_simple_text", "Answers with a text."),
    tool("test_image_content", "Answers with an image."),
    tool("test_audio_content", "Answers with a sound."),
    tool("test_embedded_resource", "Answers with a resource."),
    tool("test_multiple_content_types", "Answers with several things."),
    tool("test_tool_with_logging", "Logs while it works."),
    tool("test_error_handling", "Fails."),
    tool("test_tool_with_progress", "Tells how far it is."),
    tool("test_sampling", "Asks the client's model.", text_argument("prompt"),
         {"prompt"}),
    tool("test_elicitation", "Asks the user.", text_argument("message"),
         {"message"}),
    tool("test_elicitation_sep1034_defaults", "Asks with defaults."),
    tool("test_elicitation_sep1330_enums", "Asks with choices."),
    tool("test_reconnection", "Closes its stream and goes on."),
    schema_tool(),
    header_tool(),
    tool("test_missing_capability", "Needs a client that samples."),
    tool("test_streaming_elicitation", "Tells how far it is, then answers."),
    tool("test_logging_tool", "Logs."),
    tool("test_trigger_tool_change", "Changes the list of tools."),
    tool("test_trigger_prompt_change", "Changes the list of prompts."),
    tool("greet", "Greets.", text_argument("name")),
    with_tasks(tool("slow_compute", "Takes its time.",
                    {{"seconds", json::object{{"type", "number"}}},
                     {"label", json::object{{"type", "string"}}}})),
    with_tasks(tool("failing_job", "Fails after a second."),
               mcp_task_use::required),
    with_tasks(tool("protocol_error_job", "Breaks."), mcp_task_use::required),
    with_tasks(
      tool("confirm_delete", "Asks in the middle.", text_argument("filename")),
      mcp_task_use::required),
    with_tasks(tool("multi_input", "Asks twice."), mcp_task_use::required),
    with_tasks(tool("test_tool_with_task", "Asks, then goes on as a task."),
               mcp_task_use::required),
    tool("echo", "Says it again.", text_argument("message"), {"message"}),
    with_tasks(tool("job", "Works for some milliseconds.",
                    {{"ms", json::object{{"type", "number"}}}})),
    tool("hang", "Never answers."),
  };
  for (const char* name :
       {"elicitation", "sampling", "list_roots", "request_state",
        "multiple_inputs", "multi_round", "tampered_state", "capabilities"})
    result.push_back(tool(std::string{"test_input_required_result_"} + name,
                          "Needs something of the client."));
  return result;
}

} // namespace

mcp_offer fixture_offer() {
  mcp_offer result;
  result.tools = tools();
  result.resources = {
    {"test://static-text", "static-text", "Text", "A text.", "text/plain"},
    {"test://static-binary", "static-binary", "Image", "Bytes.", "image/png"},
    {"test://watched-resource", "watched-resource", "Watched", "A text.",
     "text/plain"}};
  result.templates = {{"test://template/", "id", "template", "Template",
                       "Any number.", nullptr, "/data"}};
  result.prompts = {
    {"test_simple_prompt", "Simple", "A text.", {}, nullptr},
    {"test_prompt_with_arguments",
     "Arguments",
     "Two arguments.",
     {{"arg1", "First.", true}, {"arg2", "Second.", true}},
     nullptr},
    {"test_prompt_with_embedded_resource",
     "Resource",
     "A resource.",
     {{"resourceUri", "Which.", true}},
     nullptr},
    {"test_prompt_with_image", "Image", "An image.", {}, nullptr},
    {"test_input_required_result_prompt", "Asks", "Asks first.", {}, nullptr}};
  result.tools_change = result.prompts_change = true;
  result.resources_change = true;
  result.tasks = true;
  return result;
}

} // namespace smart_agents::test
