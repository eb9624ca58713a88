#pragma once

#include "adapters/http_client.hpp"
#include "adapters/simulator/behaviour.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smart_agents::sim {

/// A format of requests and answers.
enum class wire : uint8_t {
  anthropic,
  chat,
  responses,
  gemini,
  ollama_chat,
  ollama_generate,
};

/// The result of a tool that the client ran.
struct tool_result {
  std::string name;
  std::string text;
  bool is_error = false;
};

/// What a request asks for, as far as the simulator cares.
struct ask {
  wire format = wire::anthropic;
  std::string model;
  /// The user text that says what to do: the last that holds a directive,
  /// else the last.
  std::string prompt;
  /// Tool results that end the conversation.
  std::vector<tool_result> results;
  /// Assistant turns that called tools.
  size_t tool_rounds = 0;
  /// Tokens of the whole request, by `count_tokens`.
  uint64_t input_tokens = 0;
  /// The cap on the answer; 0 is none.
  uint64_t max_output = 0;
  bool stream = false;
  /// Chat Completions: report usage at the end of a stream.
  bool include_usage = false;
  /// Gemini without `alt=sse`: a stream as one JSON array.
  bool as_array = false;
  /// The answer must be JSON.
  bool json = false;
  /// Ollama: nothing to answer, the model is only loaded.
  bool load_only = false;
  /// Ollama: window, and whether a longer prompt is silently cut.
  uint64_t num_ctx = 0;
  bool truncate = true;
};

/// Why a provider refuses a request.
struct refusal {
  failure_class what = failure_class::bad_request;
  std::string message;
  /// OpenAI's `param` and `code`, where they are known.
  std::string param;
  std::string code;
};

/// Tokens of a text by a table of weights per byte: close to o200k on prose
/// and code (fitted weights: docs/PROVIDERS.md, section 7).
uint64_t count_tokens(std::string_view text);

/// Reads a request's body, and checks it as the vendor would. `target` is the
/// request's path with its query (Gemini says there what it wants). With
/// `count_only`, for the token counting endpoints, nothing is required that
/// only an answer needs.
std::variant<ask, refusal> read_ask(wire format, vendor whose,
                                    std::string_view target,
                                    const http_headers& headers,
                                    const std::string& body,
                                    bool count_only = false);

} // namespace smart_agents::sim
