#pragma once

namespace smart_agents {

/// Gives back the pages of the program and its libraries that starting has
/// brought into memory. What is needed again comes back from the files by
/// itself, a page at a time; that is much less, since most of it read settings,
/// bound symbols or built tables. Does nothing where that is not known how.
void let_go_of_start_up();

} // namespace smart_agents
