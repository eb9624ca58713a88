#pragma once

#include "adapters/http_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents::beast_detail {

/// A proxy and how we introduce ourselves to it.
struct proxy : url {
  /// Value of `Proxy-Authorization` (RFC 7617 Basic), empty without user and
  /// password. Never for logs or messages.
  std::string authorization;

  /// Parses `[http://][user:password@]host[:port]`, user and password
  /// percent-encoded. Fails with `ec::bad_config`, never showing a password;
  /// `variable` names the culprit.
  static caf::expected<proxy> parse(const char* variable,
                                    std::string_view text);
};

/// Which proxy, if any, leads to a peer: the convention of curl and Go for
/// HTTP_PROXY, HTTPS_PROXY and NO_PROXY. The last is a list, separated by
/// commas or blanks, of names (with all below them, written `example.com`,
/// `.example.com` or `*.example.com`), addresses, networks (`10.0.0.0/8`), each
/// but networks with or without `:port`, and `*` for everything. Loopback is
/// always direct.
class proxy_rules {
public:
  /// Fails with `ec::bad_config` for a proxy that is no URL.
  static caf::expected<proxy_rules> parse(const std::string& http_proxy,
                                          const std::string& https_proxy,
                                          const std::string& no_proxy);

  /// The proxy towards a peer, or null. Valid as long as the rules.
  const proxy* find(const url& to) const;

private:
  /// One word of NO_PROXY.
  struct exception {
    std::string host;
    /// 0 for every port.
    uint16_t port = 0;
    /// Leading bits that count when `host` is a network; negative otherwise.
    int bits = -1;

    bool matches(const url& to) const;
  };

  static exception parse_exception(std::string word);

  std::optional<proxy> http_;
  std::optional<proxy> https_;
  std::vector<exception> direct_;
};

} // namespace smart_agents::beast_detail
