#include "runtime/smart_agents.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

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
  std::array<unsigned char, 16> bits{};
  take_random(bits.data() + 6, 10);
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  for (int i = 5; i >= 0; --i, now >>= 8)
    bits[static_cast<size_t>(i)] = static_cast<unsigned char>(now & 0xff);
  std::string result = "req_";
  // 26 digits of 5 bits hold 130; the first two bits are zero.
  for (int digit = 0; digit < 26; ++digit) {
    int value = 0;
    for (int bit = digit * 5 - 2; bit < digit * 5 + 3; ++bit) {
      value <<= 1;
      if (bit >= 0)
        value |= bits[static_cast<size_t>(bit / 8)] >> (7 - bit % 8) & 1;
    }
    result += digits[value];
  }
  return result;
}

} // namespace smart_agents
