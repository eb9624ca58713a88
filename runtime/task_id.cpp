#include "runtime/smart_agents.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smart_agents {

namespace {

/// Random bytes, drawn many at a time: each draw has a fixed price that is ten
/// times that of the bytes of one id.
void take_random(unsigned char* to, size_t count) {
  thread_local std::array<unsigned char, 2560> store;
  thread_local size_t used = store.size();
  if (store.size() - used < count) {
    RAND_bytes(store.data(), static_cast<int>(store.size()));
    used = 0;
  }
  std::copy_n(store.data() + used, count, to);
  used += count;
}

} // namespace

/// A ULID (github.com/ulid/spec): 48 bits of milliseconds, 80 random bits, in
/// Crockford's base 32.
std::string make_task_id() {
  static constexpr char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::array<unsigned char, 10> random{};
  take_random(random.data(), random.size());
  auto now =
    static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count());
  std::string result = "req_..........................";
  // Ten digits of five bits hold the time, twice eight the rest.
  auto* end = result.data() + 4 + 10;
  for (int i = 0; i < 10; ++i, now >>= 5)
    *--end = digits[now & 31];
  for (size_t half = 0; half < 2; ++half) {
    uint64_t bits = 0;
    for (size_t i = 0; i < 5; ++i)
      bits = bits << 8 | random[5 * half + i];
    end = result.data() + 4 + 10 + 8 * (half + 1);
    for (int i = 0; i < 8; ++i, bits >>= 5)
      *--end = digits[bits & 31];
  }
  return result;
}

} // namespace smart_agents
