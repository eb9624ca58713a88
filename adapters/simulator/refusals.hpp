#pragma once

#include "adapters/simulator/ask.hpp"
#include "adapters/simulator/limiter.hpp"

#include <optional>
#include <string>

namespace smart_agents::sim {

/// An answer, ready to be sent.
struct reply {
  int status = 200;
  http_headers headers;
  std::string body;
};

/// What a refusal is about, for its words.
struct refusal_facts {
  std::string model;
  /// 16 hexadecimal digits for the request's id.
  std::string id;
  /// For a prompt that is too long.
  uint64_t tokens = 0;
  uint64_t context = 0;
  /// For `rate_limited`, `quota_exhausted` and `overloaded`.
  caf::timespan retry_after{0};
  /// The limit that stands in the way, where one does.
  std::optional<limit_refusal> limit;
  limit_states limits{};
  wall_time now{};
  /// The format in which the request came: Ollama answers its
  /// OpenAI-compatible clients in their format.
  wire format = wire::chat;
};

/// The error answer of that vendor, with its headers.
reply refuse(vendor whose, const refusal& why, const refusal_facts& facts);

/// What a scripted or drawn fault of that class says.
refusal refusal_of(failure_class what, vendor whose,
                   const refusal_facts& facts);

/// The headers that every answer of that vendor carries: request id, limits.
http_headers common_headers(vendor whose, const std::string& id,
                            const limit_states& limits, wall_time now);

} // namespace smart_agents::sim
