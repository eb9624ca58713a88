#include "actors/front/host_check.hpp"

#include <algorithm>
#include <cctype>

namespace smart_agents {

namespace {

bool is_number(std::string_view x) {
  return !x.empty() && x.size() <= 5
         && std::all_of(x.begin(), x.end(),
                        [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// 127.0.0.0/8, in full: a name such as `127.evil.example` is none.
bool is_loopback_v4(std::string_view x) {
  if (!x.starts_with("127."))
    return false;
  for (int rest = 3; rest > 0; --rest) {
    x.remove_prefix(x.find('.') + 1);
    auto end = x.find('.');
    if ((end == std::string_view::npos) != (rest == 1)
        || !is_number(x.substr(0, end)))
      return false;
  }
  return true;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

} // namespace

bool is_loopback_host(std::string_view host) {
  auto port = std::string_view{};
  if (host.starts_with('[')) {
    auto end = host.find(']');
    if (end == std::string_view::npos)
      return false;
    port = host.substr(end + 1);
    host = host.substr(0, end + 1);
  } else if (auto colon = host.find(':'); colon != std::string_view::npos) {
    port = host.substr(colon);
    host = host.substr(0, colon);
  }
  if (!port.empty() && (port.front() != ':' || !is_number(port.substr(1))))
    return false;
  return host == "[::1]" || equal_ignoring_case(host, "localhost")
         || is_loopback_v4(host);
}

bool is_from_this_machine(std::string_view host, std::string_view origin) {
  if (!host.empty() && !is_loopback_host(host))
    return false;
  if (origin.empty())
    return true;
  for (std::string_view scheme : {"http://", "https://"})
    if (origin.starts_with(scheme))
      return is_loopback_host(origin.substr(scheme.size()));
  // `null` is what sandboxed pages and files send.
  return false;
}

} // namespace smart_agents
