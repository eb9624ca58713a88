#include "adapters/public_fetch.hpp"

#include "adapters/http_client.hpp"
#include "messages/error.hpp"

#include <httplib.h>
#include <netdb.h>

#include <array>
#include <memory>
#include <string>

namespace smart_agents {

namespace {

using steady = std::chrono::steady_clock;

caf::error refused(const url& at, const std::string& why) {
  return make_error(ec::bad_input, "URL at " + at.host + ": " + why);
}

caf::error failed(const url& at, const std::string& why) {
  return make_error(ec::io_failed, "URL at " + at.host + ": " + why);
}

/// An address of the host that may be reached. One private address among
/// several refuses all: which is taken is not the name's to choose.
caf::expected<std::string> address_of(const url& at,
                                      const fetch_limits& limits) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  auto host = at.host;
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0
      || found == nullptr)
    return failed(at, "the name is not known");
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found,
                                                           ::freeaddrinfo};
  std::string result;
  for (auto* x = all.get(); x != nullptr; x = x->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(x->ai_addr, x->ai_addrlen, text.data(), text.size(),
                      nullptr, 0, NI_NUMERICHOST)
        != 0)
      continue;
    if (!limits.private_addresses && !is_public_address(text.data()))
      return refused(at, "leads to a private address, which is not fetched");
    if (result.empty())
      result = text.data();
  }
  if (result.empty())
    return failed(at, "the name has no address");
  return result;
}

/// Where a redirect leads.
caf::expected<url> follow(const url& from, const std::string& location) {
  if (!location.starts_with('/') || location.starts_with("//"))
    return url::parse(location);
  auto result = from;
  result.target = location;
  return result;
}

/// One answer: a body, or where else to look.
struct step {
  std::string body;
  std::string location;
};

caf::expected<step> get(const url& at, const std::string& address,
                        const fetch_limits& limits, steady::time_point until) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
    until - steady::now());
  if (left.count() <= 0)
    return failed(at, "takes too long");
  httplib::Client client{std::string{at.tls ? "https://" : "http://"} + at.host
                         + ":" + std::to_string(at.port)};
  client.set_hostname_addr_map({{at.host, address}});
  client.set_follow_location(false);
  client.set_keep_alive(false);
  client.set_connection_timeout(std::min<std::chrono::milliseconds>(
    left, std::chrono::milliseconds{10'000}));
  client.set_read_timeout(left);
  client.set_write_timeout(left);
  step result;
  std::string trouble;
  auto answer = client.Get(at.target, httplib::Headers{{"Accept", "*/*"}},
                           [&](const char* bytes, size_t size) {
                             if (result.body.size() + size > limits.max_bytes)
                               trouble = "is larger than "
                                         + std::to_string(limits.max_bytes)
                                         + " bytes";
                             else if (steady::now() > until)
                               trouble = "takes too long";
                             else
                               result.body.append(bytes, size);
                             return trouble.empty();
                           });
  if (!trouble.empty())
    return refused(at, trouble);
  if (!answer)
    return failed(at, httplib::to_string(answer.error()));
  if (answer->status >= 300 && answer->status < 400
      && answer->has_header("Location")) {
    result.location = answer->get_header_value("Location");
    return result;
  }
  if (answer->status != 200)
    return failed(at, "answers with status " + std::to_string(answer->status));
  return result;
}

} // namespace

caf::expected<std::string> fetch_public(const std::string& from,
                                        const fetch_limits& limits) {
  auto at = url::parse(from);
  if (!at)
    return at.error();
  auto until = steady::now() + limits.patience;
  for (int hops = 0; hops <= limits.redirects; ++hops) {
    auto address = address_of(*at, limits);
    if (!address)
      return address.error();
    auto got = get(*at, *address, limits, until);
    if (!got)
      return got.error();
    if (got->location.empty())
      return std::move(got->body);
    auto next = follow(*at, got->location);
    if (!next)
      return refused(*at, "redirects to no http or https URL");
    at = std::move(next);
  }
  return refused(*at, "redirects too often");
}

} // namespace smart_agents
