// Does anything change when a random conversation, or an answer, is written in
// a format and read back? 100,000 of each in every format that has a codec both
// ways, by seed. Ends with 1 and the seed when something does.
//
//     round_trip_bench [COUNT [FIRST_SEED]]

#include "tests/support/random_conversation.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) {
  using namespace smart_agents;
  auto count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000ul;
  auto first = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0ul;
  auto begun = std::chrono::steady_clock::now();
  for (auto seed = first; seed < first + count; ++seed)
    for (const auto& what : test::scopes)
      for (auto* change : {test::request_changes, test::answer_changes})
        if (auto found = change(what, static_cast<uint32_t>(seed));
            !found.empty()) {
          std::cerr << what.format << " seed " << seed << ": " << found << "\n";
          return 1;
        }
  auto seconds =
    std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
      .count();
  size_t served = 0;
  for (const auto& what : test::scopes)
    served += make_client_codec(what.format) != nullptr;
  std::cout << count << " conversations in each of " << std::size(test::scopes)
            << " formats, and " << count << " answers, whole and streamed, in "
            << "each of the " << served << " that we serve: unchanged; "
            << seconds << " s\n";
}
