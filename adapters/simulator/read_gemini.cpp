#include "adapters/simulator/reader.hpp"

namespace smart_agents::sim {

namespace {

std::string joined_text(dom::element content) {
  std::string result;
  for (auto part : array_of(content, "parts")) {
    auto text = string_of(part, "text");
    if (text.empty())
      continue;
    if (!result.empty())
      result += '\n';
    result += text;
  }
  return result;
}

/// Contents with at least one part of that kind.
bool has_part(dom::element content, std::string_view kind) {
  for (auto part : array_of(content, "parts"))
    if (field(part, kind))
      return true;
  return false;
}

void read_results(dom::element content, ask& into) {
  for (auto part : array_of(content, "parts"))
    if (auto x = field(part, "functionResponse")) {
      tool_result result;
      result.name = string_of(*x, "name");
      if (auto response = field(*x, "response")) {
        for (auto key : {"output", "result", "error"})
          if (auto text = string_of(*response, key); !text.empty())
            result.text = text;
        if (result.text.empty())
          result.text = simdjson::minify(*response);
        result.is_error = field(*response, "error").has_value();
      }
      into.results.push_back(std::move(result));
    }
}

} // namespace

std::optional<refusal> read_gemini(dom::element body, std::string_view target,
                                   bool count_only, ask& into) {
  auto colon = target.find(':');
  auto slash = target.rfind('/', colon);
  into.model = target.substr(slash + 1, colon - slash - 1);
  auto method = target.substr(std::min(colon + 1, target.size()));
  into.stream = method.substr(0, 21) == "streamGenerateContent";
  into.as_array = into.stream && target.find("alt=sse") == target.npos;
  if (count_only)
    if (auto inner = field(body, "generateContentRequest"))
      body = *inner;
  auto contents = array_of(body, "contents");
  if (contents.empty())
    return bad(
      "* GenerateContentRequest.contents: contents is not specified\n");
  for (auto content : contents) {
    auto role = string_of(content, "role");
    if (!role.empty() && role != "user" && role != "model")
      return bad("Please use a valid role: user, model.");
    into.tool_rounds += has_part(content, "functionCall");
    into.input_tokens += 4;
    for (auto part : array_of(content, "parts"))
      into.input_tokens += weigh(part);
  }
  for (auto key : {"systemInstruction", "system_instruction", "tools"})
    if (auto x = field(body, key))
      into.input_tokens += 4 + weigh(*x);
  if (auto config = field(body, "generationConfig")) {
    into.max_output = number_of(*config, "maxOutputTokens");
    into.json = string_of(*config, "responseMimeType") == "application/json";
  }
  conversation talk{into};
  auto last_user = true;
  for (size_t i = contents.size(); i-- > 0 && !talk.settled();) {
    if (string_of(contents[i], "role") == "model")
      continue;
    if (std::exchange(last_user, false))
      read_results(contents[i], into);
    talk.user_text(joined_text(contents[i]));
  }
  return std::nullopt;
}

} // namespace smart_agents::sim
