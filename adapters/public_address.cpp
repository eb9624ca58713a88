#include "adapters/public_fetch.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace smart_agents {

namespace {

struct network {
  std::array<uint8_t, 4> start;
  int bits;
};

/// IANA's special-purpose registry.
constexpr std::array special{
  network{{0, 0, 0, 0}, 8},      network{{10, 0, 0, 0}, 8},
  network{{100, 64, 0, 0}, 10},  network{{127, 0, 0, 0}, 8},
  network{{169, 254, 0, 0}, 16}, network{{172, 16, 0, 0}, 12},
  network{{192, 0, 0, 0}, 24},   network{{192, 0, 2, 0}, 24},
  network{{192, 88, 99, 0}, 24}, network{{192, 168, 0, 0}, 16},
  network{{198, 18, 0, 0}, 15},  network{{198, 51, 100, 0}, 24},
  network{{203, 0, 113, 0}, 24}, network{{224, 0, 0, 0}, 4},
  network{{240, 0, 0, 0}, 4},
};

uint32_t number(const uint8_t* x) {
  return uint32_t{x[0]} << 24 | uint32_t{x[1]} << 16 | uint32_t{x[2]} << 8
         | uint32_t{x[3]};
}

bool is_public_v4(const uint8_t* address) {
  return std::none_of(special.begin(), special.end(), [&](const network& x) {
    auto mask = ~uint32_t{0} << (32 - x.bits);
    return (number(address) & mask) == number(x.start.data());
  });
}

bool is_public_v6(const std::array<uint8_t, 16>& x) {
  constexpr std::array<uint8_t, 12> mapped{0, 0, 0, 0, 0,    0,
                                           0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), x.begin()))
    return is_public_v4(x.data() + 12);
  // 2000::/3 is what was given out; the rest is local, reserved, multicast or
  // a translation of IPv4.
  if ((x[0] & 0xe0) != 0x20)
    return false;
  // 2001::/23 (Teredo and others), 2001:db8::/32 (documentation), 2002::/16
  // (6to4, which holds an IPv4 address), 3fff::/20 (documentation).
  if (x[0] == 0x20 && x[1] == 0x01)
    return x[2] >= 0x02 && !(x[2] == 0x0d && x[3] == 0xb8);
  if (x[0] == 0x20 && x[1] == 0x02)
    return false;
  return !(x[0] == 0x3f && x[1] == 0xff && x[2] < 0x10);
}

} // namespace

bool is_public_address(std::string_view address) {
  // A NUL would hide what follows it.
  if (address.find('\0') != std::string_view::npos)
    return false;
  std::string text{address};
  std::array<uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, text.c_str(), v4.data()) == 1)
    return is_public_v4(v4.data());
  std::array<uint8_t, 16> v6{};
  return ::inet_pton(AF_INET6, text.c_str(), v6.data()) == 1
         && is_public_v6(v6);
}

} // namespace smart_agents
