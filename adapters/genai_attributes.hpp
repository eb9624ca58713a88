#pragma once

#include "messages/storage.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// An attempt in the words of OpenTelemetry's conventions for generative AI
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/), and in ours where
/// they have none (`smart_agents.*`). Holds no prompt and no answer.
boost::json::object genai_attributes(const ledger_row& row);

/// The same in a line for people: `req_1 attempt 2: claude/opus answered after
/// 2.310 s, $0.012300`.
std::string attempt_line(const ledger_row& row);

/// The trace that all attempts of a request and of its steps belong to, 32
/// hexadecimal digits: the caller's, where it named one, else one that follows
/// from the request's id alone.
std::string trace_id_of(const ledger_row& row);

/// The body of a POST to `/v1/traces` (OTLP/HTTP, JSON): a span an attempt.
std::string otlp_traces(const std::vector<ledger_row>& rows,
                        std::string_view version);

} // namespace smart_agents
