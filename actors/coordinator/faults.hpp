#pragma once

#include "messages/failure.hpp"

#include <caf/fwd.hpp>

#include <string>

namespace smart_agents {

/// A failure of ours, with a sentence for people.
failure failed_because(failure_class what, std::string message);

/// An actor's answer that is an error, as a failure of the task: what the user
/// can correct is a `bad_request`, the rest is ours.
failure to_failure(const caf::error& why);

/// True when a request came back because nobody was there to take it.
bool is_dead_receiver(const caf::error& why);

} // namespace smart_agents
