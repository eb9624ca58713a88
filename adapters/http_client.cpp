#include "adapters/http_client.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <charconv>

namespace smart_agents {

namespace {

/// Field names are ASCII (RFC 9110, 5.1); a locale has nothing to say.
bool same_name(std::string_view a, std::string_view b) {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  };
  return a.size() == b.size()
         && std::equal(a.begin(), a.end(), b.begin(), [lower](char x, char y) {
              return x == y || lower(x) == lower(y);
            });
}

} // namespace

std::string_view find_header(const http_headers& headers,
                             std::string_view name) {
  for (const auto& [key, value] : headers)
    if (same_name(key, name))
      return value;
  return {};
}

caf::expected<url> url::parse(std::string_view text) {
  auto wrong = [whole = text](const char* why) {
    // Whatever stands before an @ may be a password.
    auto shown = std::string{whole};
    if (auto at = shown.rfind('@'); at != std::string::npos) {
      auto from = shown.find("://");
      from = from == std::string::npos || from > at ? 0 : from + 3;
      shown.replace(from, at - from, "***");
    }
    return make_error(ec::bad_input, "URL '" + shown + "': " + why);
  };
  url result;
  if (text.substr(0, 8) == "https://") {
    result.tls = true;
    text.remove_prefix(8);
  } else if (text.substr(0, 7) == "http://") {
    text.remove_prefix(7);
  } else {
    return wrong("it must start with http:// or https://");
  }
  auto slash = text.find_first_of("/?");
  auto authority = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    result.target = text.substr(slash);
    if (result.target.front() == '?')
      result.target.insert(0, "/");
  }
  if (authority.find('@') != std::string_view::npos)
    return wrong("user names and passwords do not belong in a URL");
  auto port_from = authority.rfind(':');
  if (!authority.empty() && authority.front() == '[') {
    auto close = authority.find(']');
    if (close == std::string_view::npos)
      return wrong("']' is missing after the IPv6 address");
    result.host = authority.substr(1, close - 1);
    port_from = authority.find(':', close);
  } else {
    result.host = authority.substr(0, port_from);
  }
  if (result.host.empty())
    return wrong("the host is missing");
  result.port = result.tls ? 443 : 80;
  if (port_from != std::string_view::npos) {
    auto digits = authority.substr(port_from + 1);
    auto [end, error] = std::from_chars(
      digits.data(), digits.data() + digits.size(), result.port);
    if (error != std::errc{} || end != digits.data() + digits.size()
        || result.port == 0)
      return wrong("the port is not a number from 1 to 65535");
  }
  for (char c : result.target)
    if (static_cast<unsigned char>(c) <= ' ')
      return wrong("blanks and control characters must be percent-encoded");
  return result;
}

} // namespace smart_agents
