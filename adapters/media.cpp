#include "adapters/media.hpp"

#include "adapters/confined_path.hpp"
#include "adapters/public_fetch.hpp"
#include "messages/error.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace smart_agents {

namespace {

using kind = media_part::kind;

/// Bytes of a source that an error quotes; a data URL can be very long.
constexpr size_t max_quote = 100;

struct signature {
  size_t at;
  std::string_view bytes;
  media_type type;
};

using namespace std::string_view_literals;

constexpr std::array signatures{
  signature{0, "\x89PNG\r\n\x1a\n"sv, {kind::image, "image/png"}},
  signature{0, "\xff\xd8\xff"sv, {kind::image, "image/jpeg"}},
  signature{0, "GIF87a"sv, {kind::image, "image/gif"}},
  signature{0, "GIF89a"sv, {kind::image, "image/gif"}},
  signature{8, "WEBP"sv, {kind::image, "image/webp"}},
  signature{4, "ftypheic"sv, {kind::image, "image/heic"}},
  signature{4, "ftypavif"sv, {kind::image, "image/avif"}},
  signature{0, "%PDF-"sv, {kind::document, "application/pdf"}},
  signature{8, "WAVE"sv, {kind::audio, "audio/wav"}},
  signature{0, "ID3"sv, {kind::audio, "audio/mpeg"}},
  signature{0, "\xff\xfb"sv, {kind::audio, "audio/mpeg"}},
  signature{0, "\xff\xf3"sv, {kind::audio, "audio/mpeg"}},
  signature{0, "\xff\xf2"sv, {kind::audio, "audio/mpeg"}},
  signature{0, "\xff\xf1"sv, {kind::audio, "audio/aac"}},
  signature{0, "\xff\xf9"sv, {kind::audio, "audio/aac"}},
  signature{0, "fLaC"sv, {kind::audio, "audio/flac"}},
  signature{0, "OggS"sv, {kind::audio, "audio/ogg"}},
  signature{4, "ftypM4A"sv, {kind::audio, "audio/mp4"}},
  signature{4, "ftypqt"sv, {kind::video, "video/quicktime"}},
  signature{4, "ftyp"sv, {kind::video, "video/mp4"}},
  signature{0, "\x1a\x45\xdf\xa3"sv, {kind::video, "video/webm"}},
  signature{8, "AVI "sv, {kind::video, "video/x-msvideo"}},
  signature{0, "\0\0\1\xba"sv, {kind::video, "video/mpeg"}},
  signature{0, "\0\0\1\xb3"sv, {kind::video, "video/mpeg"}},
};

std::string quote(std::string_view source) {
  auto cut = source.size() > max_quote;
  return "'" + std::string{source.substr(0, max_quote)} + (cut ? "...'" : "'");
}

caf::error refused(std::string_view source, const std::string& why) {
  return make_error(ec::bad_input, "media " + quote(source) + ": " + why);
}

std::string encode_base64(std::string_view bytes) {
  std::string result((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                           reinterpret_cast<const unsigned char*>(bytes.data()),
                           static_cast<int>(bytes.size()));
  result.resize(static_cast<size_t>(n));
  return result;
}

/// Nothing for what is no base64.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.find_first_of(" \t\r\n") != text.npos)
    return std::nullopt;
  std::string result(text.size() / 4 * 3, '\0');
  auto n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                           reinterpret_cast<const unsigned char*>(text.data()),
                           static_cast<int>(text.size()));
  if (n < 0)
    return std::nullopt;
  auto padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u;
  result.resize(static_cast<size_t>(n) - padding);
  return result;
}

caf::expected<std::string> bytes_of_data_url(const std::string& source,
                                             uint64_t max_bytes) {
  auto comma = source.find(',');
  if (comma == std::string::npos
      || !std::string_view{source}.substr(0, comma).ends_with(";base64"))
    return refused(source, "a data: URL must be base64");
  auto text = std::string_view{source}.substr(comma + 1);
  if (text.size() / 4 * 3 > max_bytes + 2)
    return refused(source,
                   "is larger than " + std::to_string(max_bytes) + " bytes");
  auto bytes = decode_base64(text);
  if (!bytes)
    return refused(source, "is no base64");
  return std::move(*bytes);
}

caf::expected<std::string> bytes_of(const std::string& source,
                                    const media_rules& rules) {
  if (source.starts_with("data:"))
    return bytes_of_data_url(source, rules.max_bytes);
  if (!is_local_media(source)) {
    fetch_limits limits;
    limits.max_bytes = rules.max_bytes;
    limits.patience = media_patience;
    limits.private_addresses = rules.private_addresses;
    return fetch_public(source, limits);
  }
  auto path = source;
  if (source.starts_with("file:")) {
    auto named = path_of_file_uri(source);
    if (!named)
      return named.error();
    path = std::move(*named);
  }
  auto file = read_confined(path, rules.folders, rules.max_bytes);
  if (!file)
    return file.error();
  return std::move(file->bytes);
}

} // namespace

std::optional<media_type> sniff_media(std::string_view bytes) {
  for (const auto& x : signatures)
    if (bytes.size() >= x.at + x.bytes.size()
        && bytes.substr(x.at, x.bytes.size()) == x.bytes) {
      // These share their first bytes with formats that nobody takes.
      if (x.at == 8 && !bytes.starts_with("RIFF"))
        continue;
      return x.type;
    }
  return std::nullopt;
}

bool is_local_media(std::string_view source) {
  return !source.starts_with("data:") && !source.starts_with("http:")
         && !source.starts_with("https:");
}

caf::expected<media_part> load_media(const std::string& source,
                                     const media_rules& rules) {
  auto bytes = bytes_of(source, rules);
  if (!bytes)
    return bytes.error();
  if (bytes->size() > rules.max_bytes)
    return refused(source, "is larger than " + std::to_string(rules.max_bytes)
                             + " bytes");
  auto type = sniff_media(*bytes);
  if (!type)
    return refused(source, "is no image, sound, film or PDF that we know");
  media_part result;
  result.what = type->what;
  result.mime_type = type->mime;
  result.base64 = encode_base64(*bytes);
  if (is_local_media(source))
    result.name = source.substr(source.rfind('/') + 1);
  return result;
}

} // namespace smart_agents
