#include "tests/support/paths.hpp"

namespace smart_agents::test {

const char* const tests_dir = SMART_AGENTS_TESTS_DIR;
const char* const binary = SMART_AGENTS_BINARY;

} // namespace smart_agents::test
