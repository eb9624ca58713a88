#include "actors/front/client_keys.hpp"

#include "adapters/name_pattern.hpp"

#include <algorithm>
#include <cstring>

namespace smart_agents {

bool allows(const client_key& key, std::string_view model) {
  return key.models.empty()
         || std::any_of(key.models.begin(), key.models.end(),
                        [model](const auto& x) { return matches(x, model); });
}

std::vector<std::string> stand_ins_of(const client_key& key) {
  return allows(key, "auto") ? std::vector<std::string>{} : key.models;
}

size_t key_ring::first_bytes::operator()(const sha256_digest& x) const {
  size_t result = 0;
  std::memcpy(&result, x.data(), sizeof(result));
  return result;
}

void key_ring::add(std::string_view digest, client_key key) {
  auto parsed = parse_sha256_hex(digest);
  if (!parsed)
    return;
  if (!key.load)
    key.load = std::make_shared<client_load>();
  keys_.insert_or_assign(*parsed, std::move(key));
}

const client_key* key_ring::find(std::string_view presented) const {
  if (presented.empty() || keys_.empty())
    return nullptr;
  // By the hash: how long the look-up takes tells nothing of a key.
  auto i = keys_.find(sha256(presented));
  return i == keys_.end() ? nullptr : &i->second;
}

} // namespace smart_agents
