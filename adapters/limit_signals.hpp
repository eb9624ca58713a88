#pragma once

#include "adapters/http_client.hpp"
#include "messages/lease.hpp"
#include "messages/provider.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace smart_agents {

/// One of a provider's own limits, as an answer told it.
struct told_limit {
  quota_kind kind = quota_kind::requests;
  /// In how long the whole of it comes back; a day of 0 length is a calendar
  /// day where the provider is.
  caf::timespan window{0};
  /// True when it comes back little by little, false for all at once at
  /// `resets_at`.
  bool refills = true;
  uint64_t limit = 0;
  uint64_t remaining = 0;
  /// Only where it comes back at once.
  wall_time resets_at{};
  /// True when the model that was asked has a limit of its own.
  bool of_model = true;
  /// True when the provider counts the output cap, not the output.
  bool counts_cap = false;
  /// True when what its cache had is free.
  bool cache_is_free = false;
  /// True when only the words of a refusal name it: other answers will not say
  /// when it is another.
  bool said = false;
  bool operator==(const told_limit&) const = default;
};

/// What of an answer tells about limits: headers by lower-case name, and of a
/// refusal's body what numbers it holds (`body-…`).
limit_signals collect_signals(const http_headers& headers,
                              std::string_view refusal = {});

/// Reads them; `vendor` as in the catalogue, for those who mean other things by
/// the same names. What makes no sense is passed over.
std::vector<told_limit> read_signals(std::string_view vendor,
                                     const limit_signals& signals,
                                     wall_time now);

/// The code of a refusal that is about the asked model's family alone, for
/// example of a plan whose weekly share of its largest models is spent.
inline constexpr std::string_view family_code = "model_family_limit";

/// True for a refusal with this code.
bool is_of_family(const failure& why);

/// A model's family: its name up to its version, and `*`
/// (`claude-opus-4-5` is of `claude-opus-*`). The name itself where no family
/// can be told from it.
std::string family_of(const std::string& model);

} // namespace smart_agents
