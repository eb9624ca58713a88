#include "adapters/simulator/reader.hpp"

#include <algorithm>

namespace smart_agents::sim {

namespace {

std::string joined_text(dom::element content) {
  if (content.is_string())
    return std::string{content.get_string().value_unsafe()};
  std::string result;
  if (content.is_array())
    for (auto block : array_in(content))
      if (string_of(block, "type") == "text") {
        if (!result.empty())
          result += '\n';
        result += string_of(block, "text");
      }
  return result;
}

/// The blocks of that type in a message.
std::vector<dom::element> blocks(dom::element message, std::string_view type) {
  auto result = array_of(message, "content");
  result.erase(std::remove_if(result.begin(), result.end(),
                              [type](dom::element x) {
                                return string_of(x, "type") != type;
                              }),
               result.end());
  return result;
}

/// Every tool result answers a call of the message before it.
std::optional<refusal>
check_results(const std::vector<dom::element>& messages) {
  for (size_t i = 0; i < messages.size(); ++i) {
    for (auto result : blocks(messages[i], "tool_result")) {
      auto id = string_of(result, "tool_use_id");
      auto calls = i == 0 ? std::vector<dom::element>{}
                          : blocks(messages[i - 1], "tool_use");
      auto found = std::any_of(calls.begin(), calls.end(), [id](auto call) {
        return string_of(call, "id") == id;
      });
      if (!found)
        return bad("messages." + std::to_string(i)
                   + ": unexpected `tool_use_id` found in `tool_result` "
                     "blocks: "
                   + std::string{id}
                   + ". Each `tool_result` block must have a corresponding "
                     "`tool_use` block in the previous message.");
    }
  }
  return std::nullopt;
}

void read_results(dom::element last, const std::vector<dom::element>& messages,
                  ask& into) {
  for (auto result : blocks(last, "tool_result")) {
    tool_result x;
    for (auto message : messages)
      for (auto call : blocks(message, "tool_use"))
        if (string_of(call, "id") == string_of(result, "tool_use_id"))
          x.name = string_of(call, "name");
    if (auto content = field(result, "content"))
      x.text = joined_text(*content);
    x.is_error = flag_of(result, "is_error");
    into.results.push_back(std::move(x));
  }
}

std::optional<refusal> check_sampling(dom::element body,
                                      const http_headers& headers) {
  auto version = find_header(headers, "anthropic-version");
  if (version.empty())
    return bad("anthropic-version: header is required");
  if (version < "2026-10-21")
    return std::nullopt;
  for (auto key : {"temperature", "top_p", "top_k"})
    if (field(body, key))
      return bad(std::string{key}
                 + ": sampling parameters are not supported in this API "
                   "version");
  return std::nullopt;
}

} // namespace

std::optional<refusal> read_anthropic(dom::element body,
                                      const http_headers& headers,
                                      bool count_only, ask& into) {
  if (auto wrong = check_sampling(body, headers))
    return wrong;
  into.model = string_of(body, "model");
  if (into.model.empty())
    return bad("model: Field required");
  into.max_output = number_of(body, "max_tokens");
  if (into.max_output == 0 && !count_only)
    return bad(field(body, "max_tokens")
                 ? "max_tokens: Input should be greater than or equal to 1"
                 : "max_tokens: Field required");
  auto messages = array_of(body, "messages");
  if (messages.empty())
    return bad(field(body, "messages")
                 ? "messages: at least one message is required"
                 : "messages: Field required");
  for (size_t i = 0; i < messages.size(); ++i) {
    auto role = string_of(messages[i], "role");
    if (role != "user" && role != "assistant" && role != "system")
      return bad("messages." + std::to_string(i)
                 + ".role: Input should be 'user' or 'assistant'");
    if (!field(messages[i], "content"))
      return bad("messages." + std::to_string(i) + ".content: Field required");
    into.input_tokens += 4 + weigh(*field(messages[i], "content"));
    into.tool_rounds +=
      role == "assistant" && !blocks(messages[i], "tool_use").empty();
  }
  if (string_of(messages.front(), "role") == "assistant")
    return bad("messages: first message must use the \"user\" role");
  if (auto wrong = check_results(messages))
    return wrong;
  if (auto system = field(body, "system"))
    into.input_tokens += weigh(*system);
  if (auto tools = field(body, "tools"))
    into.input_tokens += 10 + weigh(*tools);
  into.stream = flag_of(body, "stream");
  if (auto config = field(body, "output_config"))
    into.json = field(*config, "format").has_value();
  conversation talk{into};
  auto last_user = true;
  for (size_t i = messages.size(); i-- > 0 && !talk.settled();) {
    if (string_of(messages[i], "role") != "user")
      continue;
    if (std::exchange(last_user, false))
      read_results(messages[i], messages, into);
    talk.user_text(joined_text(*field(messages[i], "content")));
  }
  return std::nullopt;
}

} // namespace smart_agents::sim
