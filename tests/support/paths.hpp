#pragma once

/// Where things are on this machine. Defined in a source of its own, so that no
/// other object depends on the folder and ccache serves every clone.

namespace smart_agents::test {

/// The folder tests/.
extern const char* const tests_dir;

/// The program.
extern const char* const binary;

} // namespace smart_agents::test
