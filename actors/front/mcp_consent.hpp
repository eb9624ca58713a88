#pragma once

#include "actors/front/mcp_message.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

/// Asking the user before a call that costs more than he may expect. Pure.

namespace smart_agents {

/// What the user says to a call.
enum class mcp_consent : uint8_t {
  /// He was not asked.
  unknown,
  given,
  refused,
};

/// From the answers of a call. One that comes without what we sealed for it is
/// none.
mcp_consent consent_of(const mcp_call& call);

/// True when the client can put a question to its user.
bool can_ask_user(const mcp_call& call);

/// The question, for `mcp_work::ask`.
boost::json::object consent_question(const std::string& text);

/// What is sealed with it: the price, and what the client answered before.
boost::json::value consent_state(const mcp_call& call, double usd);

/// What the client answered in this round or in an earlier one; null when it
/// did not.
const boost::json::value* answer_in(const mcp_call& call,
                                    std::string_view question);

} // namespace smart_agents
