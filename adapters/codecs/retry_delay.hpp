#pragma once

#include "adapters/http_client.hpp"

#include <optional>
#include <string_view>

namespace smart_agents::codecs {

/// A duration as Go prints it (`1h2m3.5s`, `78ms`), as Google does (`26.4s`),
/// or plain seconds; none for anything else. At most a year.
std::optional<caf::timespan> parse_duration(std::string_view text);

/// How long an answer asks us to wait, from its headers: `retry-after-ms`;
/// `retry-after` in seconds or as a date, taken against the answer's own
/// `date`; else the reset of those limits that have nothing left, as OpenAI
/// (durations), Anthropic (RFC 3339, epoch seconds of subscriptions) and
/// OpenRouter (epoch milliseconds) write it.
std::optional<caf::timespan> retry_delay(const http_headers& headers);

} // namespace smart_agents::codecs
