#include "adapters/beast/proxy.hpp"

#include "messages/error.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace smart_agents::beast_detail {

namespace {

namespace ip = boost::asio::ip;

bool is_loopback(const std::string& host) {
  return boost::algorithm::iequals(host, "localhost") || host == "::1"
         || boost::algorithm::starts_with(host, "127.");
}

/// Undoes percent-encoding (RFC 3986 section 2.1); nothing for a stray `%`.
std::optional<std::string> decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned char byte = 0;
    auto digits = text.substr(i + 1, 2);
    auto [end, bad] =
      std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || bad != std::errc{}
        || end != digits.data() + digits.size())
      return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

std::string base64(const std::string& bytes) {
  // Room for the NUL that OpenSSL adds.
  std::string result((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto size =
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
  result.resize(static_cast<size_t>(size));
  return result;
}

caf::expected<std::optional<proxy>> optional_proxy(const char* variable,
                                                   const std::string& text) {
  if (text.empty())
    return std::optional<proxy>{};
  auto result = proxy::parse(variable, text);
  if (!result)
    return result.error();
  return std::optional<proxy>{std::move(*result)};
}

} // namespace

// -- proxy --------------------------------------------------------------------

caf::expected<proxy> proxy::parse(const char* variable, std::string_view text) {
  auto wrong = [variable](const std::string& why) {
    return make_error(ec::bad_config, std::string{variable} + ": " + why);
  };
  auto scheme_end = text.find("://");
  // curl's convention: a bare host:port means http.
  auto scheme = scheme_end == std::string_view::npos
                  ? std::string_view{"http"}
                  : text.substr(0, scheme_end);
  if (!boost::algorithm::iequals(scheme, "http"))
    return wrong("proxies are reached by http://, not "
                 + std::string{scheme.substr(0, 16)} + "://");
  if (scheme_end != std::string_view::npos)
    text.remove_prefix(scheme_end + 3);
  proxy result;
  // The last one: a user who forgot to encode an @ of the password means that.
  auto at = text.rfind('@');
  if (at != std::string_view::npos) {
    auto who = text.substr(0, at);
    text.remove_prefix(at + 1);
    auto colon = who.find(':');
    auto user = decode(who.substr(0, colon));
    auto password = colon == std::string_view::npos
                      ? std::string{}
                      : decode(who.substr(colon + 1));
    if (!user || !password)
      return wrong("a % in the user name or password must be written %25");
    result.authorization = "Basic " + base64(*user + ":" + *password);
  }
  auto place = url::parse("http://" + std::string{text});
  if (!place)
    return wrong(render(place.error()));
  static_cast<url&>(result) = std::move(*place);
  return result;
}

// -- exceptions ---------------------------------------------------------------

proxy_rules::exception proxy_rules::parse_exception(std::string word) {
  exception result;
  auto whole_number = [](std::string_view digits, auto& number) {
    auto [end, bad] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return !digits.empty() && bad == std::errc{}
           && end == digits.data() + digits.size();
  };
  if (auto slash = word.find('/'); slash != std::string::npos) {
    if (!whole_number(std::string_view{word}.substr(slash + 1), result.bits))
      result.bits = -1;
    else
      word.resize(slash);
  }
  auto colon = word.rfind(':');
  auto bracket = word.rfind(']');
  // A bare IPv6 address has colons that separate no port.
  auto has_port = colon != std::string::npos
                  && (bracket != std::string::npos ? bracket < colon
                                                   : word.find(':') == colon);
  if (has_port
      && whole_number(std::string_view{word}.substr(colon + 1), result.port))
    word.resize(colon);
  if (!word.empty() && word.front() == '[' && word.back() == ']')
    word = word.substr(1, word.size() - 2);
  if (boost::algorithm::starts_with(word, "*."))
    word.erase(0, 1);
  if (!word.empty() && word.front() == '.')
    word.erase(0, 1);
  result.host = std::move(word);
  return result;
}

bool proxy_rules::exception::matches(const url& to) const {
  if (port != 0 && port != to.port)
    return false;
  if (host == "*")
    return true;
  boost::system::error_code not_ours;
  boost::system::error_code not_theirs;
  auto ours = ip::make_address(host, not_ours);
  auto theirs = ip::make_address(to.host, not_theirs);
  if (not_ours || not_theirs)
    return boost::algorithm::iequals(to.host, host)
           || boost::algorithm::iends_with(to.host, "." + host);
  if (bits < 0 || ours.is_v4() != theirs.is_v4())
    return ours == theirs;
  if (ours.is_v4())
    return bits <= 32
           && ip::network_v4{ours.to_v4(), static_cast<uint16_t>(bits)}
                  .canonical()
                == ip::network_v4{theirs.to_v4(), static_cast<uint16_t>(bits)}
                     .canonical();
  return bits <= 128
         && ip::network_v6{ours.to_v6(), static_cast<uint16_t>(bits)}
                .canonical()
              == ip::network_v6{theirs.to_v6(), static_cast<uint16_t>(bits)}
                   .canonical();
}

// -- rules --------------------------------------------------------------------

caf::expected<proxy_rules> proxy_rules::parse(const std::string& http_proxy,
                                              const std::string& https_proxy,
                                              const std::string& no_proxy) {
  proxy_rules result;
  auto http = optional_proxy("HTTP_PROXY", http_proxy);
  if (!http)
    return http.error();
  auto https = optional_proxy("HTTPS_PROXY", https_proxy);
  if (!https)
    return https.error();
  result.http_ = std::move(*http);
  result.https_ = std::move(*https);
  std::vector<std::string> words;
  boost::algorithm::split(
    words, no_proxy, [](char c) { return c == ',' || c == ' ' || c == '\t'; });
  for (auto& word : words)
    if (auto x = parse_exception(std::move(word)); !x.host.empty())
      result.direct_.push_back(std::move(x));
  return result;
}

const proxy* proxy_rules::find(const url& to) const {
  const auto& through = to.tls ? https_ : http_;
  if (!through || is_loopback(to.host))
    return nullptr;
  if (std::any_of(direct_.begin(), direct_.end(),
                  [&to](const exception& x) { return x.matches(to); }))
    return nullptr;
  return &*through;
}

} // namespace smart_agents::beast_detail
