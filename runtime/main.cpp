#include "runtime/cli/commands.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <vector>

using namespace smart_agents;

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
