#include "adapters/answer_shape.hpp"

#include "adapters/codecs/json_reader.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <sstream>

namespace smart_agents {

namespace {

namespace json = boost::json;

/// What a whole answer of a format looks like (docs/PROVIDERS.md). Names are
/// separated by blanks.
struct expectation {
  std::string_view format;
  /// Pointers (RFC 6901) to what the codec reads of every answer.
  const char* needed;
  /// Fields at the top that are known, beside those.
  const char* known;
};

constexpr std::array expectations{
  expectation{
    "anthropic",
    "/id /type /role /model /content /stop_reason "
    "/usage/input_tokens /usage/output_tokens",
    "stop_sequence stop_details container context_management diagnostics"},
  expectation{"openai-chat",
              "/id /model /choices/0/message/role /choices/0/finish_reason "
              "/usage/prompt_tokens /usage/completion_tokens",
              "object created service_tier system_fingerprint provider x_groq "
              "moderation citations"},
  expectation{"openai-responses",
              "/id /model /status /output /usage/input_tokens "
              "/usage/output_tokens",
              "object created_at completed_at error incomplete_details "
              "instructions max_output_tokens max_tool_calls metadata "
              "parallel_tool_calls previous_response_id prompt_cache_key "
              "prompt_cache_retention reasoning safety_identifier "
              "service_tier store temperature text tool_choice tools "
              "top_logprobs top_p truncation user background billing "
              "conversation prompt moderation frequency_penalty "
              "presence_penalty access_programs"},
  expectation{"gemini",
              "/candidates/0/content/role /candidates/0/finishReason "
              "/usageMetadata/promptTokenCount /modelVersion /responseId",
              "promptFeedback createTime modelStatus"},
  expectation{"ollama",
              "/model /message/role /done /done_reason /prompt_eval_count "
              "/eval_count",
              "created_at total_duration load_duration prompt_eval_duration "
              "eval_duration remote_model remote_host"},
};

std::vector<std::string> words(const char* text) {
  std::istringstream in{text};
  std::vector<std::string> result;
  for (std::string word; in >> word;)
    result.push_back(std::move(word));
  return result;
}

/// The name of the outermost field that a pointer leads through.
std::string first_of(const std::string& pointer) {
  return pointer.substr(1, pointer.find('/', 1) - 1);
}

std::string summary_of(const chat_response& x) {
  auto text = text_of(x.parts);
  constexpr size_t longest = 40;
  if (text.size() > longest)
    text = text.substr(0, longest) + "...";
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  return x.model + " said '" + text + "' (" + to_string(x.finish) + "), "
         + std::to_string(x.tokens.input()) + " tokens in, "
         + std::to_string(x.tokens.output) + " out";
}

} // namespace

chat_request tiny_request(std::string model) {
  chat_request result;
  result.model = std::move(model);
  result.messages = {text_message(role::user, "Reply with the word ok.")};
  // Room for a short thought, too.
  result.max_output = 512;
  return result;
}

answer_shape shape_of(const provider_codec& codec, std::string_view body) {
  answer_shape result;
  chat_response response;
  if (auto bad = codec.decode(body, response))
    result.broken = bad->message;
  else
    result.summary = summary_of(response);
  auto want =
    std::find_if(expectations.begin(), expectations.end(),
                 [&codec](auto& x) { return x.format == codec.format(); });
  json::error_code error;
  auto parsed = json::parse({body.data(), body.size()}, error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (want == expectations.end() || object == nullptr)
    return result;
  auto known = words(want->known);
  for (const auto& pointer : words(want->needed)) {
    known.push_back(first_of(pointer));
    const auto* found = parsed.find_pointer(pointer, error);
    if (found == nullptr || found->is_null())
      result.missing.push_back(pointer);
  }
  for (const auto& [name, value] : *object)
    if (std::find(known.begin(), known.end(), std::string_view{name})
        == known.end())
      result.unknown.emplace_back(std::string_view{name}.substr(0, 60));
  return result;
}

} // namespace smart_agents
