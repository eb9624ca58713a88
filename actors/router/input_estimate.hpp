#pragma once

#include "messages/chat.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smart_agents {

/// Estimates a request's input tokens for several vendors at the price of one
/// look, in bounded time: of a text beyond `sample_above` bytes evenly spread
/// slices are read, and the rest is extrapolated with a margin.
class input_estimator {
public:
  static constexpr size_t sample_above = 8u << 10;

  /// Learns how the vendors' tokenizers differ.
  explicit input_estimator(const std::vector<std::string>& vendors);

  /// Tokens of a request by a tokenizer of no vendor in particular.
  static uint64_t neutral(const chat_request& request);

  /// What `neutral` comes to with that vendor.
  uint64_t at(std::string_view vendor, uint64_t neutral,
              const chat_request& request) const;

private:
  struct habit {
    double factor = 1;
    uint64_t with_tools = 0;
  };

  /// By vendor; there are few.
  std::vector<std::pair<std::string, habit>> habits_;
};

} // namespace smart_agents
