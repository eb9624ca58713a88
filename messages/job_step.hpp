#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <string>

namespace smart_agents {

/// A part of a skill or job and what became of it: finished ones come with
/// their result and are not run again.
struct job_step {
  enum class phase : uint8_t { running, answered, failed };
  std::string id;
  std::string title;
  phase at = phase::running;
  std::string text;
  /// Why it failed.
  std::string why;
  std::string provider;
  std::string model;
  double cost_usd = 0;
  double saved_usd = 0;
  uint64_t input_tokens = 0;
  uint64_t output_tokens = 0;
  caf::timespan elapsed{0};
  /// How long it might have taken; 0 for as long as it likes.
  caf::timespan allowed{0};
  bool simulated = false;
  bool operator==(const job_step&) const = default;
};

std::string to_string(job_step::phase x);

} // namespace smart_agents
