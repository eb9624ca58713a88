// What each format has no place for.

#include "adapters/catalogue.hpp"
#include "adapters/codecs/anthropic.hpp"
#include "adapters/codecs/ollama.hpp"
#include "adapters/codecs/wire.hpp"
#include "adapters/provider_codec.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace smart_agents {

namespace {

/// What a format can carry, beside what all can.
struct abilities {
  std::string_view format;
  bool cache_marks = false;
  bool deferred_tools = false;
  bool strict_tools = false;
  bool serial_calls = false;
  bool forced_calls = true;
  bool failed_results = false;
  bool result_media = false;
  bool signatures = false;
  bool mid_system = false;
  bool file_names = false;
  bool detail = false;
  bool cache_keys = false;
  bool any_json = true;
  size_t stops = SIZE_MAX;
  uint32_t least_output = 0;
};

constexpr std::array known{
  abilities{.format = "anthropic",
            .cache_marks = true,
            .deferred_tools = true,
            .strict_tools = true,
            .serial_calls = true,
            .failed_results = true,
            .result_media = true,
            .signatures = true,
            .file_names = true,
            .any_json = false},
  abilities{.format = "openai-responses",
            .strict_tools = true,
            .serial_calls = true,
            .result_media = true,
            .signatures = true,
            .mid_system = true,
            .file_names = true,
            .detail = true,
            .cache_keys = true,
            .stops = 0,
            .least_output = 16},
  abilities{.format = "openai-chat",
            .strict_tools = true,
            .serial_calls = true,
            .signatures = true,
            .mid_system = true,
            .file_names = true,
            .detail = true,
            .cache_keys = true,
            .stops = 4},
  abilities{
    .format = "gemini", .failed_results = true, .signatures = true, .stops = 5},
  abilities{.format = "ollama", .forced_calls = false, .mid_system = true},
};

class list {
public:
  void add(bool lost, std::string_view what) {
    if (lost && std::find(all_.begin(), all_.end(), what) == all_.end())
      all_.emplace_back(what);
  }

  std::vector<std::string> take() {
    return std::move(all_);
  }

private:
  std::vector<std::string> all_;
};

void add_media(const abilities& can, const media_part& x, list& out) {
  out.add(x.cache != cache_mark::none && !can.cache_marks, "cache_control");
  out.add(!x.name.empty() && !can.file_names, "file name");
  out.add(!x.detail.empty() && !can.detail, "image detail");
}

void add_result(const abilities& can, const tool_result_part& x, list& out) {
  out.add(x.cache != cache_mark::none && !can.cache_marks, "cache_control");
  out.add(x.is_error && !can.failed_results, "tool_result.is_error (as text)");
  for (const auto& piece : x.content) {
    if (const auto* media = std::get_if<media_part>(&piece)) {
      out.add(!can.result_media, "tool_result.media (as a user's)");
      add_media(can, *media, out);
    }
    if (const auto* opaque = std::get_if<opaque_part>(&piece))
      out.add(opaque->format != can.format, "tool_result.block (as text)");
  }
}

void add_part(const abilities& can, const chat_request& request, const part& x,
              list& out) {
  if (const auto* text = std::get_if<text_part>(&x)) {
    out.add(text->cache != cache_mark::none && !can.cache_marks,
            "cache_control");
  } else if (const auto* media = std::get_if<media_part>(&x)) {
    add_media(can, *media, out);
  } else if (const auto* thinking = std::get_if<thinking_part>(&x)) {
    out.add(!codecs::is_own_thought(*thinking, can.format, request)
              || (!thinking->signature.empty() && !can.signatures),
            "thinking");
  } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
    auto carried = can.format == "gemini"
                   || (can.format == "openai-chat"
                       && request.model.find("gemini") != std::string::npos);
    out.add(!call->signature.empty()
              && !(carried && codecs::same_model(call->signer, request.model)),
            "tool_call.signature");
  } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
    add_result(can, *result, out);
  } else if (const auto* opaque = std::get_if<opaque_part>(&x)) {
    out.add(opaque->format != can.format, "block of " + opaque->format);
  }
}

void add_messages(const abilities& can, const chat_request& request,
                  list& out) {
  auto talking = false;
  for (const auto& from : request.messages) {
    talking = talking || from.from != role::system;
    out.add(talking && from.from == role::system && !can.mid_system,
            "system in mid-conversation (as a user's)");
    for (const auto& x : from.parts)
      add_part(can, request, x, out);
  }
  std::optional<chat_request> room;
  out.add(&codecs::mended(request, room) != &request,
          "tool calls without results, or results without calls (mended)");
}

void add_tools(const abilities& can, const chat_request& request, list& out) {
  for (const auto& x : request.tools) {
    out.add(!x.format.empty() && x.format != can.format, "tool of " + x.format);
    out.add(x.cache != cache_mark::none && !can.cache_marks, "cache_control");
    out.add(x.defer_loading && !can.deferred_tools, "tools.defer_loading");
    out.add(x.strict && !can.strict_tools, "tools.strict");
  }
  if (request.tools.empty())
    return;
  out.add(!request.choice.parallel && !can.serial_calls, "parallel_tool_calls");
  auto forced = request.choice.how == tool_choice::mode::required
                || request.choice.how == tool_choice::mode::named;
  out.add(forced && !can.forced_calls, "tool_choice (as an instruction)");
}

/// Effort and budget, which depend on the model.
void add_thinking(const abilities& can, const chat_request& request,
                  list& out) {
  auto vendor = can.format.starts_with("openai") ? "" : can.format;
  auto model = catalogue::built_in().find(vendor, request.model);
  auto reasons = !model.known || model.reasoning;
  auto by_budget = false;
  auto by_effort = reasons;
  if (can.format == "anthropic") {
    by_budget = !model.known || codecs::thinks_by_budget(model);
    by_effort =
      codecs::takes_effort(model) && request.reasoning != effort::none;
  } else if (can.format == "gemini") {
    by_budget = request.model.find("gemini-2") != std::string::npos;
    by_effort = !by_budget;
  } else if (can.format == "ollama") {
    by_effort = codecs::ollama_thinks(request.model);
  }
  out.add(request.thinking_budget.has_value() && !(by_budget && reasons),
          "thinking.budget_tokens");
  out.add(request.reasoning != effort::unset && !by_effort, "effort");
}

void add_options(const abilities& can, const chat_request& request, list& out) {
  out.add(request.stop.size() > can.stops,
          can.stops == 0
            ? "stop"
            : "stop (all but the first " + std::to_string(can.stops) + ")");
  out.add(request.max_output && *request.max_output < can.least_output,
          "max_output_tokens (the least is 16)");
  out.add(request.json_output && request.output_schema.empty() && !can.any_json,
          "response_format (as an instruction)");
  out.add(!request.cache_key.empty() && !can.cache_keys, "prompt_cache_key");
  // Ollama takes them whatever the model.
  if (can.format == "ollama")
    return;
  auto vendor = can.format.starts_with("openai") ? "" : can.format;
  auto sampled = codecs::takes_sampling(vendor, request);
  out.add(request.temperature && !sampled, "temperature");
  out.add(request.top_p && !sampled, "top_p");
}

} // namespace

std::vector<std::string> losses_in(std::string_view format,
                                   const chat_request& request) {
  auto can = std::find_if(known.begin(), known.end(),
                          [format](auto& x) { return x.format == format; });
  if (can == known.end())
    return {};
  list out;
  add_messages(*can, request, out);
  add_tools(*can, request, out);
  add_thinking(*can, request, out);
  add_options(*can, request, out);
  return out.take();
}

std::vector<std::string>
provider_codec::losses(const chat_request& request) const {
  return losses_in(format(), request);
}

} // namespace smart_agents
