#include "actors/router/prompt_features.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

// Measures prompts for scripts/train-router, with the very code that routes:
// reads a length and that many bytes for each prompt, writes its features as
// floats, then the number of its n-grams and their buckets.
int main() {
  using namespace smart_agents;
  std::string prompt;
  for (uint32_t size = 0; std::fread(&size, sizeof size, 1, stdin) == 1;) {
    prompt.resize(size);
    if (std::fread(prompt.data(), 1, size, stdin) != size)
      return 1;
    prompt_scan seen;
    seen.read(prompt);
    prompt_features features{seen};
    std::fwrite(features.values().data(), sizeof(float), features.count,
                stdout);
    auto grams = seen.grams();
    auto count = static_cast<uint32_t>(grams.size());
    std::fwrite(&count, sizeof count, 1, stdout);
    std::fwrite(grams.data(), sizeof(uint16_t), count, stdout);
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
