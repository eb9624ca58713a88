#pragma once

#include "adapters/catalogue.hpp"

#include <cstdint>

namespace smart_agents {

/// The most that a call with so much input and output at most can cost,
/// whichever of it the provider caches and whichever tier it falls into.
/// `for_an_hour` says that the request asks to cache parts that long.
double most_usd(const model_info& model, uint64_t input, uint64_t output,
                bool for_an_hour);

/// A price of input that is written to a cache for an hour: twice the input at
/// Anthropic; nobody else tells it from other writes.
double cache_write_hour(const model_info& model, const price& of);

} // namespace smart_agents
