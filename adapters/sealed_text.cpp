#include "adapters/sealed_text.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

namespace smart_agents {

namespace {

using bytes = std::vector<unsigned char>;
using cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr size_t nonce_size = 12;
constexpr size_t tag_size = 16;

constexpr std::string_view digits =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void randomize(unsigned char* to, size_t size) {
  if (RAND_bytes(to, static_cast<int>(size)) != 1)
    throw std::runtime_error{"OpenSSL has no random numbers"};
}

void must(int good) {
  if (good != 1)
    throw std::runtime_error{"OpenSSL cannot encrypt"};
}

std::string encode(const bytes& from) {
  std::string result;
  uint32_t held = 0;
  int bits = 0;
  for (auto x : from) {
    held = (held << 8 | x) & 0xffff;
    for (bits += 8; bits >= 6; bits -= 6)
      result += digits[held >> (bits - 6) & 63];
  }
  if (bits > 0)
    result += digits[held << (6 - bits) & 63];
  return result;
}

/// One text for each sequence of bytes: another last digit that means the same
/// is none.
std::optional<bytes> decode(std::string_view from) {
  bytes result;
  uint32_t held = 0;
  int bits = 0;
  for (char c : from) {
    auto digit = digits.find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    held = (held << 6 | static_cast<uint32_t>(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result.push_back(static_cast<unsigned char>(held >> bits & 255));
    }
  }
  if (encode(result) != from)
    return std::nullopt;
  return result;
}

const unsigned char* data_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

int64_t seconds(wall_time x) {
  return std::chrono::duration_cast<std::chrono::seconds>(x.time_since_epoch())
    .count();
}

} // namespace

text_sealer::text_sealer() {
  randomize(key_.data(), key_.size());
}

std::string text_sealer::seal(std::string_view text, std::string_view purpose,
                              wall_time until) const {
  auto plain = std::to_string(seconds(until)) + " ";
  plain += text;
  bytes out(nonce_size + plain.size() + tag_size);
  randomize(out.data(), nonce_size);
  cipher with{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  int n = 0;
  must(EVP_EncryptInit_ex(with.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                          out.data()));
  must(EVP_EncryptUpdate(with.get(), nullptr, &n, data_of(purpose),
                         static_cast<int>(purpose.size())));
  auto* at = out.data() + nonce_size;
  must(EVP_EncryptUpdate(with.get(), at, &n, data_of(plain),
                         static_cast<int>(plain.size())));
  must(EVP_EncryptFinal_ex(with.get(), at + n, &n));
  must(EVP_CIPHER_CTX_ctrl(with.get(), EVP_CTRL_GCM_GET_TAG, tag_size,
                           at + plain.size()));
  return encode(out);
}

std::optional<std::string> text_sealer::open(std::string_view sealed,
                                             std::string_view purpose,
                                             wall_time now) const {
  auto in = decode(sealed);
  if (!in || in->size() < nonce_size + tag_size)
    return std::nullopt;
  auto size = in->size() - nonce_size - tag_size;
  std::string plain(size, '\0');
  cipher with{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  int n = 0;
  auto* to = reinterpret_cast<unsigned char*>(plain.data());
  must(EVP_DecryptInit_ex(with.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                          in->data()));
  must(EVP_DecryptUpdate(with.get(), nullptr, &n, data_of(purpose),
                         static_cast<int>(purpose.size())));
  must(EVP_DecryptUpdate(with.get(), to, &n, in->data() + nonce_size,
                         static_cast<int>(size)));
  must(EVP_CIPHER_CTX_ctrl(with.get(), EVP_CTRL_GCM_SET_TAG, tag_size,
                           in->data() + nonce_size + size));
  if (EVP_DecryptFinal_ex(with.get(), to + n, &n) != 1)
    return std::nullopt;
  int64_t until = 0;
  auto [end, bad] =
    std::from_chars(plain.data(), plain.data() + plain.size(), until);
  if (bad != std::errc{} || until < seconds(now))
    return std::nullopt;
  return plain.substr(static_cast<size_t>(end - plain.data()) + 1);
}

std::string random_name(size_t count) {
  bytes raw(count);
  randomize(raw.data(), raw.size());
  std::string result;
  for (auto x : raw) {
    result += "0123456789abcdef"[x >> 4];
    result += "0123456789abcdef"[x & 15];
  }
  return result;
}

} // namespace smart_agents
