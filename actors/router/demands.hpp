#pragma once

#include "adapters/catalogue.hpp"
#include "messages/chat.hpp"
#include "messages/route.hpp"

#include <string>
#include <string_view>

namespace smart_agents {

/// What a model must be able to do.
struct demands {
  bool vision = false;
  bool audio = false;
  bool video = false;
  bool tools = false;
};

/// What a request asks of a model.
demands demands_of(const chat_request& request);

/// What the model lacks, in words; empty when it can. A model that nobody knows
/// may be able to do anything.
std::string lacks(const model_info& x, const demands& needs);

/// What DESIGN's table says about whom to trust with what, for those who come
/// second.
double affinity(std::string_view vendor, task_type type);

} // namespace smart_agents
