#include "adapters/secrets.hpp"

#include <boost/algorithm/hex.hpp>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace smart_agents {

std::string make_client_key() {
  // 64 characters, so that each takes 6 bits without bias.
  static constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<unsigned char, 43> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1)
    throw std::runtime_error{"the system gives no random numbers"};
  std::string result{client_key_prefix};
  for (auto x : bytes)
    result += letters[x & 63];
  return result;
}

sha256_digest sha256(std::string_view text) {
  sha256_digest result{};
  // Every request of the gateway comes by here, and OpenSSL's one-call form
  // looks the algorithm up by its name each time.
  static const EVP_MD* const algorithm =
    EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>
    context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  if (EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1
      || EVP_DigestUpdate(context.get(), text.data(), text.size()) != 1
      || EVP_DigestFinal_ex(context.get(), result.data(), nullptr) != 1)
    throw std::runtime_error{"the system has no SHA-256"};
  return result;
}

std::string sha256_hex(std::string_view text) {
  std::string result;
  boost::algorithm::hex_lower(sha256(text), std::back_inserter(result));
  return result;
}

std::optional<sha256_digest> parse_sha256_hex(std::string_view text) {
  if (!is_sha256_hex(text))
    return std::nullopt;
  sha256_digest result{};
  boost::algorithm::unhex(text, result.begin());
  return result;
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 2 * sha256_digest{}.size()
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            });
}

} // namespace smart_agents
