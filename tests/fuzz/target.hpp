#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// A fuzz target: a function that takes any bytes and must neither crash nor
/// break what `must` demands. Two programs are made of the same source:
///
/// - with SMART_AGENTS_FUZZ (clang), a libFuzzer program a target;
/// - otherwise tests/fuzz/replay.cpp, which runs all targets over the corpora
///   and over seeded mutations of them, as a test.
///
///     FUZZ_TARGET(framing) {
///       must(bytes.size() < 1000, "short");
///     }

namespace smart_agents::fuzz {

using target = void (*)(std::string_view bytes);

/// Adds a target to those that `replay` runs; returns true.
bool add_target(const char* name, target what);

inline void must(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

} // namespace smart_agents::fuzz

#ifdef SMART_AGENTS_FUZZ
#  define FUZZ_ENTRY(name)                                                     \
    extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  \
      name##_target({reinterpret_cast<const char*>(data), size});              \
      return 0;                                                                \
    }
#else
#  define FUZZ_ENTRY(name)                                                     \
    [[maybe_unused]] static const bool name##_added =                          \
      smart_agents::fuzz::add_target(#name, name##_target);
#endif

#define FUZZ_TARGET(name)                                                      \
  static void name##_target(std::string_view bytes);                           \
  FUZZ_ENTRY(name)                                                             \
  static void name##_target(std::string_view bytes)
