// Does any order of events exceed a limit or leak a reservation? Random worlds,
// a thousand steps each; a seed that fails is printed, and `--seed N` repeats
// it.

#include "tests/support/quota_simulation.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  using smart_agents::test::quota_simulation;
  uint32_t first = 1;
  uint32_t worlds = 1000;
  constexpr uint64_t steps = 1000;
  for (int i = 1; i + 1 < argc; i += 2) {
    auto value = static_cast<uint32_t>(std::strtoul(argv[i + 1], nullptr, 10));
    if (std::strcmp(argv[i], "--seed") == 0) {
      first = value;
      worlds = 1;
    } else if (std::strcmp(argv[i], "--worlds") == 0) {
      worlds = value;
    } else {
      std::fprintf(stderr, "usage: quota_sim_bench [--worlds N] [--seed N]\n");
      return 2;
    }
  }
  uint64_t granted = 0;
  uint64_t refused = 0;
  uint64_t crashes = 0;
  uint64_t lost = 0;
  uint64_t jumps = 0;
  for (uint32_t n = 0; n < worlds; ++n) {
    auto seed = first + n;
    quota_simulation world{seed};
    auto wrong = world.run(steps);
    if (wrong.empty())
      wrong = world.finish();
    if (!wrong.empty()) {
      std::printf("FAILED: %s\nrepeat: quota_sim_bench --seed %u\n",
                  wrong.c_str(), seed);
      return 1;
    }
    granted += world.granted;
    refused += world.refused;
    crashes += world.crashes;
    lost += world.lost_answers;
    jumps += world.jumps;
  }
  const uint64_t taken = worlds * steps;
  std::printf("%u worlds, %llu steps: no limit exceeded, nothing leaked\n"
              "granted %llu, refused %llu, crashes %llu, answers of the store "
              "lost %llu, clock jumps %llu\n",
              worlds, static_cast<unsigned long long>(taken),
              static_cast<unsigned long long>(granted),
              static_cast<unsigned long long>(refused),
              static_cast<unsigned long long>(crashes),
              static_cast<unsigned long long>(lost),
              static_cast<unsigned long long>(jumps));
  return 0;
}
