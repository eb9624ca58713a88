#include "actors/front/conversation_id.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace smart_agents {

namespace {

/// So much of a text tells it from others; prompts are long.
constexpr size_t enough = 512;

void mix(uint64_t& hash, uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  hash ^= hash >> 32;
}

/// Eight bytes at a time; the numbers never leave the process.
void mix(uint64_t& hash, std::string_view text) {
  mix(hash, uint64_t{text.size()});
  for (text = text.substr(0, enough); !text.empty();) {
    uint64_t word = 0;
    auto size = std::min<size_t>(text.size(), sizeof(word));
    std::memcpy(&word, text.data(), size);
    mix(hash, word);
    text.remove_prefix(size);
  }
}

/// The first message of a role, or null.
const message* first_of(const chat_request& request, role who) {
  for (const auto& x : request.messages)
    if (x.from == who)
      return &x;
  return nullptr;
}

void mix_texts(uint64_t& hash, const message* from) {
  if (from == nullptr)
    return;
  for (const auto& x : from->parts)
    if (const auto* text = std::get_if<text_part>(&x))
      mix(hash, text->text);
}

} // namespace

std::string conversation_of(const http_headers& headers,
                            const chat_request& request) {
  uint64_t hash = 14695981039346656037u;
  auto session = find_header(headers, "x-claude-code-session-id");
  mix(hash, session.empty() ? std::string_view{request.cache_key} : session);
  mix_texts(hash, first_of(request, role::system));
  // A session that is named holds several conversations; each has its begin.
  mix_texts(hash, first_of(request, role::user));
  static constexpr char digits[] = "0123456789abcdef";
  std::string result(16, '0');
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = digits[(hash >> (4 * i)) & 15];
  return result;
}

} // namespace smart_agents
