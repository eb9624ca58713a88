#include "adapters/beast/proxy.hpp"

#include "messages/error.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <algorithm>

namespace smart_agents::beast_detail {

namespace {

caf::expected<std::optional<url>> parse_proxy(const char* variable,
                                              const std::string& text) {
  if (text.empty())
    return std::optional<url>{};
  // curl's convention: a bare host:port means http.
  auto result =
    url::parse(text.find("://") == std::string::npos ? "http://" + text : text);
  if (!result)
    return make_error(ec::bad_config,
                      std::string{variable} + ": " + render(result.error()));
  if (result->tls)
    return make_error(ec::bad_config,
                      std::string{variable}
                        + ": proxies are reached by http://, not https://");
  return std::optional<url>{std::move(*result)};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1"
         || boost::algorithm::starts_with(host, "127.");
}

} // namespace

caf::expected<proxy_rules> proxy_rules::parse(const std::string& http_proxy,
                                              const std::string& https_proxy,
                                              const std::string& no_proxy) {
  proxy_rules result;
  auto http = parse_proxy("HTTP_PROXY", http_proxy);
  if (!http)
    return http.error();
  auto https = parse_proxy("HTTPS_PROXY", https_proxy);
  if (!https)
    return https.error();
  result.http_ = std::move(*http);
  result.https_ = std::move(*https);
  boost::algorithm::split(result.direct_, no_proxy,
                          boost::algorithm::is_any_of(","));
  for (auto& x : result.direct_) {
    boost::algorithm::trim(x);
    if (!x.empty() && x.front() == '.')
      x.erase(0, 1);
  }
  std::erase_if(result.direct_, [](auto& x) { return x.empty(); });
  return result;
}

const url* proxy_rules::find(const url& to) const {
  const auto& proxy = to.tls ? https_ : http_;
  if (!proxy || is_loopback(to.host))
    return nullptr;
  auto direct = [&to](const std::string& x) {
    return x == "*" || boost::algorithm::iequals(to.host, x)
           || boost::algorithm::iends_with(to.host, "." + x);
  };
  if (std::any_of(direct_.begin(), direct_.end(), direct))
    return nullptr;
  return &*proxy;
}

} // namespace smart_agents::beast_detail
