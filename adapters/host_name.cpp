#include "adapters/host_name.hpp"

#include <arpa/inet.h>

#include <array>
#include <string>

namespace smart_agents {

namespace {

using address = std::array<unsigned char, sizeof(in6_addr)>;

bool is_v4(std::string_view host, address& into) {
  return inet_pton(AF_INET, std::string{host}.c_str(), into.data()) == 1;
}

bool is_v6(std::string_view host, address& into) {
  return inet_pton(AF_INET6, std::string{host}.c_str(), into.data()) == 1;
}

} // namespace

std::string_view host_of(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    authority.remove_prefix(1);
    return authority.substr(0, authority.find(']'));
  }
  return authority.substr(0, authority.find(':'));
}

bool is_plain_host(std::string_view host) {
  address ignored{};
  return host == "localhost" || is_v4(host, ignored) || is_v6(host, ignored);
}

bool is_loopback_host(std::string_view host) {
  address found{};
  return host == "localhost" || host == "::1"
         || (is_v4(host, found) && found[0] == 127);
}

} // namespace smart_agents
