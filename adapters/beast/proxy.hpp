#pragma once

#include "adapters/http_client.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smart_agents::beast_detail {

/// Which proxy, if any, leads to a peer: the convention of curl and Go for
/// HTTP_PROXY, HTTPS_PROXY and NO_PROXY (a comma-separated list of hosts,
/// domain suffixes and `*`). Loopback is always direct.
class proxy_rules {
public:
  /// Fails with `ec::bad_config` for a proxy that is no URL.
  static caf::expected<proxy_rules> parse(const std::string& http_proxy,
                                          const std::string& https_proxy,
                                          const std::string& no_proxy);

  const url* find(const url& to) const;

private:
  std::optional<url> http_;
  std::optional<url> https_;
  std::vector<std::string> direct_;
};

} // namespace smart_agents::beast_detail
