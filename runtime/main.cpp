#include "runtime/cli/commands.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <vector>

using namespace smart_agents;

extern "C" {
/// How jemalloc works, where it is there (CMakeLists.txt). By itself it gives
/// memory back only to the beat of further allocations, so that what a burst of
/// requests took would stay for as long as nobody asks.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
const char* malloc_conf =
  "background_thread:true,dirty_decay_ms:3000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  try {
    auto words = cli::parse_arguments({argv + 1, argv + argc});
    std::cout << words.out << std::flush;
    std::cerr << words.err << std::flush;
    if (!words.run)
      return words.exit;
    cli::session session{std::move(*words.run)};
    return cli::run(session);
  } catch (const std::exception& e) {
    // A bug, or no memory: what can be expected is returned as an error.
    std::cerr << "smart-agents: " << e.what() << std::endl;
    return cli::failed;
  }
}
