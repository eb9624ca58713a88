#include "adapters/simulator/reader.hpp"

#include <algorithm>
#include <array>

namespace smart_agents::sim {

namespace {

/// Text of a message: a string, or parts that have a `text`.
std::string joined_text(dom::element message,
                        std::string_view key = "content") {
  auto content = field(message, key);
  if (!content)
    return {};
  if (content->is_string())
    return std::string{content->get_string().value_unsafe()};
  std::string result;
  if (content->is_array())
    for (auto part : array_in(*content)) {
      if (!result.empty())
        result += '\n';
      result += string_of(part, "text");
    }
  return result;
}

/// Models that think take `max_completion_tokens` only.
bool reasons(std::string_view model) {
  static constexpr std::array<std::string_view, 4> families{"gpt-5", "gpt-6",
                                                            "o3", "o4"};
  return std::any_of(families.begin(), families.end(), [model](auto x) {
    return model.substr(0, x.size()) == x;
  });
}

std::optional<refusal> no_model(const ask& x) {
  if (x.model.empty())
    return bad("you must provide a model parameter");
  return std::nullopt;
}

std::string at(std::string_view list, size_t i) {
  return std::string{list} + "[" + std::to_string(i) + "]";
}

/// Name of the call with that id, from a chat's history.
std::string called_name(const std::vector<dom::element>& messages,
                        std::string_view id) {
  for (auto message : messages)
    for (auto call : array_of(message, "tool_calls"))
      if (string_of(call, "id") == id)
        if (auto f = field(call, "function"))
          return std::string{string_of(*f, "name")};
  return {};
}

} // namespace

std::optional<refusal> read_chat(dom::element body, vendor whose, ask& into) {
  into.model = string_of(body, "model");
  if (auto wrong = no_model(into))
    return wrong;
  auto messages = array_of(body, "messages");
  if (messages.empty())
    return bad(field(body, "messages")
                 ? "Invalid 'messages': empty array. Expected an array with "
                   "minimum length 1, but got an empty array instead."
                 : "Missing required parameter: 'messages'.",
               "messages",
               field(body, "messages") ? "empty_array"
                                       : "missing_required_parameter");
  if (whose == vendor::openai && reasons(into.model)
      && field(body, "max_tokens"))
    return bad("Unsupported parameter: 'max_tokens' is not supported with this "
               "model. Use 'max_completion_tokens' instead.",
               "max_tokens", "unsupported_parameter");
  bool after_calls = false;
  for (size_t i = 0; i < messages.size(); ++i) {
    auto role = string_of(messages[i], "role");
    static constexpr std::array<std::string_view, 5> roles{
      "system", "developer", "user", "assistant", "tool"};
    if (std::find(roles.begin(), roles.end(), role) == roles.end())
      return bad("Invalid value: '" + std::string{role}
                   + "'. Supported values are: 'system', 'assistant', 'user', "
                     "'tool', and 'developer'.",
                 at("messages", i) + ".role", "invalid_value");
    if (role == "tool" && !after_calls)
      return bad("Invalid parameter: messages with role 'tool' must be a "
                 "response to a preceding message with 'tool_calls'.",
                 at("messages", i) + ".role");
    auto calls = array_of(messages[i], "tool_calls");
    after_calls = role == "tool" || !calls.empty();
    into.tool_rounds += !calls.empty();
    into.input_tokens += 4;
    if (auto content = field(messages[i], "content"))
      into.input_tokens += weigh(*content);
    for (auto call : calls)
      into.input_tokens += weigh(call);
  }
  if (auto tools = field(body, "tools"))
    into.input_tokens += 10 + weigh(*tools);
  into.max_output =
    number_of(body, "max_completion_tokens", number_of(body, "max_tokens"));
  into.stream = flag_of(body, "stream");
  if (auto options = field(body, "stream_options"))
    into.include_usage = flag_of(*options, "include_usage");
  // xAI reports it unasked.
  into.include_usage = into.include_usage || whose == vendor::xai;
  if (auto format = field(body, "response_format"))
    into.json = string_of(*format, "type") != "text";
  conversation talk{into};
  auto ending = true;
  for (size_t i = messages.size(); i-- > 0 && !talk.settled();) {
    auto role = string_of(messages[i], "role");
    if (role == "tool" && ending) {
      auto id = string_of(messages[i], "tool_call_id");
      into.results.insert(
        into.results.begin(),
        {called_name(messages, id), joined_text(messages[i]), false});
      continue;
    }
    ending = false;
    if (role == "user")
      talk.user_text(joined_text(messages[i]));
  }
  return std::nullopt;
}

std::optional<refusal> read_responses(dom::element body, bool count_only,
                                      ask& into) {
  into.model = string_of(body, "model");
  if (auto wrong = no_model(into))
    return wrong;
  auto input = field(body, "input");
  if (!input && !count_only)
    return bad("Missing required parameter: 'input'.", "input",
               "missing_required_parameter");
  into.max_output = number_of(body, "max_output_tokens");
  if (field(body, "max_output_tokens")
      && !field(body, "max_output_tokens")->is_null() && into.max_output < 16)
    return bad("Invalid 'max_output_tokens': integer below minimum value. "
               "Expected a value >= 16, but got "
                 + std::to_string(into.max_output) + " instead.",
               "max_output_tokens", "integer_below_min_value");
  for (auto key : {"instructions", "tools"})
    if (auto x = field(body, key))
      into.input_tokens += 4 + weigh(*x);
  into.stream = flag_of(body, "stream");
  if (auto text = field(body, "text"))
    if (auto format = field(*text, "format"))
      into.json = string_of(*format, "type") != "text";
  conversation talk{into};
  if (input && input->is_string()) {
    into.input_tokens += 4 + weigh(*input);
    talk.user_text(input->get_string().value_unsafe());
    return std::nullopt;
  }
  auto items = array_of(body, "input");
  if (items.empty() && !count_only)
    return bad("Invalid 'input': expected a string or a non-empty array.",
               "input", "invalid_type");
  for (auto item : items)
    into.input_tokens += 4 + weigh(item);
  auto ending = true;
  for (size_t i = items.size(); i-- > 0;) {
    auto type = string_of(items[i], "type");
    if (type == "function_call_output") {
      auto id = string_of(items[i], "call_id");
      std::string name;
      for (auto call : items)
        if (string_of(call, "type") == "function_call"
            && string_of(call, "call_id") == id)
          name = string_of(call, "name");
      if (name.empty())
        return bad("No tool call found for function call output with call_id "
                     + std::string{id} + ".",
                   "input");
      if (ending)
        into.results.insert(into.results.begin(),
                            {name, joined_text(items[i], "output"), false});
      continue;
    }
    if (type == "function_call") {
      // Parallel calls are one round.
      auto first = i == 0 || string_of(items[i - 1], "type") != type;
      into.tool_rounds += first;
      ending = false;
    }
    if (string_of(items[i], "role") == "user") {
      ending = false;
      talk.user_text(joined_text(items[i]));
    }
  }
  return std::nullopt;
}

} // namespace smart_agents::sim
