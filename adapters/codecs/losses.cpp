// What each format has no place for.

#include "adapters/provider_codec.hpp"

#include <algorithm>
#include <array>

namespace smart_agents {

namespace {

/// What a format can carry, beside what all can.
struct abilities {
  std::string_view format;
  bool cache_marks = false;
  bool deferred_tools = false;
  bool strict_tools = false;
  bool serial_calls = false;
  bool failed_results = false;
  bool result_media = false;
  bool signatures = false;
  bool mid_system = false;
  bool budgets = false;
  bool file_names = false;
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
            .budgets = true,
            .file_names = true},
  abilities{.format = "openai-responses",
            .strict_tools = true,
            .serial_calls = true,
            .result_media = true,
            .signatures = true,
            .mid_system = true,
            .file_names = true},
  abilities{.format = "openai-chat",
            .strict_tools = true,
            .serial_calls = true,
            .mid_system = true,
            .file_names = true},
  abilities{.format = "gemini",
            .failed_results = true,
            .signatures = true,
            .budgets = true},
  abilities{.format = "ollama", .mid_system = true},
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

void add_result(const abilities& can, const tool_result_part& x, list& out) {
  out.add(x.cache != cache_mark::none && !can.cache_marks, "cache_control");
  out.add(x.is_error && !can.failed_results, "tool_result.is_error (as text)");
  for (const auto& piece : x.content) {
    out.add(std::holds_alternative<media_part>(piece) && !can.result_media,
            "tool_result.media (as a user's)");
    if (const auto* opaque = std::get_if<opaque_part>(&piece))
      out.add(opaque->format != can.format, "tool_result.block (as text)");
  }
}

void add_part(const abilities& can, const part& x, list& out) {
  if (const auto* text = std::get_if<text_part>(&x)) {
    out.add(text->cache != cache_mark::none && !can.cache_marks,
            "cache_control");
  } else if (const auto* media = std::get_if<media_part>(&x)) {
    out.add(media->cache != cache_mark::none && !can.cache_marks,
            "cache_control");
    out.add(!media->name.empty() && !can.file_names, "file name");
  } else if (const auto* thinking = std::get_if<thinking_part>(&x)) {
    out.add(thinking->origin != can.format
              || (!thinking->signature.empty() && !can.signatures),
            "thinking");
  } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
    add_result(can, *result, out);
  } else if (const auto* opaque = std::get_if<opaque_part>(&x)) {
    out.add(opaque->format != can.format, "block of " + opaque->format);
  }
}

} // namespace

std::vector<std::string> losses_in(std::string_view format,
                                   const chat_request& request) {
  auto can = std::find_if(known.begin(), known.end(),
                          [format](auto& x) { return x.format == format; });
  if (can == known.end())
    return {};
  list out;
  auto talking = false;
  for (const auto& from : request.messages) {
    talking = talking || from.from != role::system;
    out.add(talking && from.from == role::system && !can->mid_system,
            "system in mid-conversation (as a user's)");
    for (const auto& x : from.parts)
      add_part(*can, x, out);
  }
  for (const auto& x : request.tools) {
    out.add(!x.format.empty() && x.format != format, "tool of " + x.format);
    out.add(x.cache != cache_mark::none && !can->cache_marks, "cache_control");
    out.add(x.defer_loading && !can->deferred_tools, "tools.defer_loading");
    out.add(x.strict && !can->strict_tools, "tools.strict");
  }
  out.add(!request.tools.empty() && !request.choice.parallel
            && !can->serial_calls,
          "parallel_tool_calls");
  out.add(request.thinking_budget.has_value() && !can->budgets,
          "thinking.budget_tokens");
  out.add(!request.cache_key.empty() && format != "openai-responses"
            && format != "openai-chat",
          "prompt_cache_key");
  return out.take();
}

std::vector<std::string>
provider_codec::losses(const chat_request& request) const {
  return losses_in(format(), request);
}

} // namespace smart_agents
