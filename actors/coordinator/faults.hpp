#pragma once

#include "messages/failure.hpp"

#include <caf/fwd.hpp>

#include <string>

namespace smart_agents {

/// A failure of ours, with a sentence for people.
failure failed_because(failure_class what, std::string message);

/// The failure's code when nobody has a model of the name that was asked for.
inline constexpr const char* unknown_model = "unknown_model";

/// An actor's answer that is an error, as a failure of the task: what the user
/// can correct is a `bad_request` or an `unknown_model`, the rest is ours.
failure to_failure(const caf::error& why);

/// True when a request came back because nobody was there to take it.
bool is_dead_receiver(const caf::error& why);

/// True when an actor has ended, so that what is sent to it is lost. Who
/// watches it has been told, or is being told.
bool has_ended(const caf::actor_addr& who);

} // namespace smart_agents
