#pragma once

#include "adapters/http_client.hpp"
#include "messages/task.hpp"

#include <string>
#include <vector>

namespace smart_agents {

/// A header value must stay on its line, whatever a reason says.
std::string one_line(std::string text);

/// DESIGN's transparency headers of an answer, added to `headers`.
http_headers story_headers(const answer& x, http_headers headers);

/// The same of a task that failed, as far as there is something to tell.
http_headers story_headers(const answer_failed& x, http_headers headers);

/// Adds what of the request nobody was told: what its format's reader passed
/// over, and what the provider's format has no place for. A client's own body
/// is told whole.
void add_losses(std::vector<std::string> losses, const answer& x,
                http_headers& headers);

/// Appends headers that come too late, as a comment of server-sent events.
void append_comment(const http_headers& headers, std::string& out);

} // namespace smart_agents
