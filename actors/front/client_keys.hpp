#pragma once

#include "adapters/secrets.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smart_agents {

/// Requests under way of one client's key; see admission.hpp.
struct client_load {
  std::atomic<uint32_t> running{0};
};

/// A client's key as the gateway knows it.
struct client_key {
  std::string name;
  /// Models that it may ask for, as patterns; empty allows all.
  std::vector<std::string> models;
  /// Requests at once; 0 for no limit of its own.
  uint32_t max_concurrent = 0;
  /// Never null in a key ring.
  std::shared_ptr<client_load> load = {};
};

/// True when the key may ask for a model, by the name that the router gets.
bool allows(const client_key& key, std::string_view model);

/// `task::stand_ins` for what the key asks. Who may ask for `auto` may be
/// answered by anyone.
std::vector<std::string> stand_ins_of(const client_key& key);

/// All keys in force, found by what a client presents.
class key_ring {
public:
  /// `digest` is the key's `sha256_hex`; a key with any other is never found.
  void add(std::string_view digest, client_key key);

  /// The key that was presented, or null.
  const client_key* find(std::string_view presented) const;

  bool empty() const {
    return keys_.empty();
  }

private:
  /// A digest is as good a hash as any part of it.
  struct first_bytes {
    size_t operator()(const sha256_digest& x) const;
  };

  std::unordered_map<sha256_digest, client_key, first_bytes> keys_;
};

} // namespace smart_agents
