#pragma once

#include "messages/chat.hpp"
#include "messages/route.hpp"

#include <string>
#include <vector>

namespace smart_agents {

/// What a task is, as far as its words and shape tell.
struct analysis {
  task_type type = task_type::text;
  /// 1-10, DESIGN's scale.
  int complexity = 1;
  /// How much a strong model is expected to gain over a weak one, 0-1: the
  /// score that prompts are ranked by.
  float need = 0;
  /// What drove it, strongest first, for people.
  std::vector<std::string> features;
  bool operator==(const analysis&) const = default;
};

/// Judges a request by the trained model of docs/ROUTER_MODEL.md and the rules
/// of docs/ROUTING.md. The last thing the user said counts; of a long text only
/// the head and the tail are read, so the time is bounded whatever the size.
/// Deterministic, and never fails.
analysis analyse(const chat_request& request);

} // namespace smart_agents
