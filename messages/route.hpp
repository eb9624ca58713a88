#pragma once

#include "messages/actors.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// What kind of work a task is.
enum class task_type : uint8_t {
  text,
  code,
  reasoning,
  creative,
  image,
  audio,
  video,
};

std::string to_string(task_type x);
std::optional<task_type> parse_task_type(std::string_view name);

/// A model that could do a task, or why it could not.
struct candidate {
  std::string provider;
  std::string model;
  /// 1 the preferred provider, 2 an alternative, 3 the last resort.
  int tier = 2;
  /// Higher is better; comparable within one decision.
  double score = 0;
  /// Estimated input tokens as this model counts, what was learned of it
  /// included; 0 when unknown.
  uint64_t input_tokens = 0;
  /// Estimated cost of this task in US dollars.
  double cost_usd = 0;
  /// Expected quality, 0-1, and seconds to the whole answer.
  double quality = 0;
  double seconds = 0;
  /// Share by which what was learned moved the quality, and how many answers'
  /// weight that rests on.
  double learned = 0;
  double evidence = 0;
  /// Why it stands where it stands.
  std::string reason;
  /// Not empty when it was passed over: why.
  std::string passed_over;
  /// How long that lasts, where it is known.
  std::optional<caf::timespan> free_in = {};
};

/// What the router concludes about one task.
struct decision {
  task_type type = task_type::text;
  int complexity = 1;
  /// How much a strong model is expected to gain over a weak one, 0-1.
  double need = 0;
  /// True when the caller gave type and complexity.
  bool given = false;
  /// What drove the analysis, strongest first, for people.
  std::vector<std::string> features;
  /// In the order in which dispatch tries them; none is passed over.
  std::vector<candidate> ranked;
  std::vector<candidate> passed_over;
  /// The rule or profile that applied, for people.
  std::string rule;
  /// Estimated input tokens, by the ranked model that counts most.
  uint64_t input_tokens = 0;
  /// What the strongest configured model would cost for this task.
  double baseline_usd_per_input_mtok = 0;
  double baseline_usd_per_output_mtok = 0;
};

using decision_ptr = std::shared_ptr<const decision>;

/// Asks for a decision; calls no provider.
struct route_task {
  task_ptr what;
};

/// The decision, shared so that it travels for the price of a pointer.
struct routed {
  decision_ptr what;
};

/// A provider's health, told by its actor whenever it changes.
struct provider_health {
  std::string provider;
  /// Closed or half-open breaker.
  bool available = true;
  /// Why not, for people.
  std::string reason;
  /// When an unavailable one is tried again.
  instant until{};
};

/// A provider's room, told by quota whenever it changes notably.
struct provider_headroom {
  std::string provider;
  /// Share of the tightest limit that is left, 0-1; 1 without a limit.
  double left = 1;
  /// Not empty when nothing is left: which limit and when it resets.
  std::string exhausted;
  /// When that is.
  instant free_at{};
};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::route_task)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::routed)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::provider_health)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::provider_headroom)
