#pragma once

#include "adapters/catalogue.hpp"
#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// Anthropic Messages (`POST /v1/messages`), version 2023-06-01. No quirks.
codec_ptr anthropic();

/// True for reasoning models after 4.5; effort says nothing about thinking
/// itself, which some models cannot switch off.
bool takes_effort(const model_info& model);

/// A model from before adaptive thinking: it thinks by a budget, or not at all.
bool thinks_by_budget(const model_info& model);

} // namespace smart_agents::codecs
