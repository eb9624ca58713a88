#include "adapters/simulator/reader.hpp"

namespace smart_agents::sim {

std::optional<refusal> read_ollama(dom::element body, wire format, ask& into) {
  into.model = string_of(body, "model");
  if (into.model.empty())
    return bad("model is required");
  // Streaming is what happens when nobody says otherwise.
  into.stream = flag_of(body, "stream", true);
  into.truncate = flag_of(body, "truncate", true);
  if (auto options = field(body, "options")) {
    into.num_ctx = number_of(*options, "num_ctx");
    into.max_output = number_of(*options, "num_predict");
  }
  if (auto shape = field(body, "format"))
    into.json = shape->is_object() || string_of(body, "format") == "json";
  conversation talk{into};
  if (format == wire::ollama_generate) {
    auto prompt = string_of(body, "prompt");
    into.load_only = prompt.empty();
    into.input_tokens =
      count_tokens(prompt) + count_tokens(string_of(body, "system")) + 4;
    talk.user_text(prompt);
    return std::nullopt;
  }
  auto messages = array_of(body, "messages");
  into.load_only = messages.empty();
  for (auto message : messages) {
    into.input_tokens += 4;
    for (auto key : {"content", "images", "tool_calls"})
      if (auto x = field(message, key))
        into.input_tokens += weigh(*x);
    into.tool_rounds += !array_of(message, "tool_calls").empty();
  }
  if (auto tools = field(body, "tools"))
    into.input_tokens += 10 + weigh(*tools);
  auto ending = true;
  for (size_t i = messages.size(); i-- > 0 && !talk.settled();) {
    auto role = string_of(messages[i], "role");
    if (role == "tool" && ending) {
      into.results.insert(into.results.begin(),
                          {std::string{string_of(messages[i], "tool_name")},
                           std::string{string_of(messages[i], "content")},
                           false});
      continue;
    }
    ending = false;
    if (role == "user")
      talk.user_text(string_of(messages[i], "content"));
  }
  return std::nullopt;
}

} // namespace smart_agents::sim
