#pragma once

#include "messages/lease.hpp"

#include <cstdint>
#include <string>

namespace smart_agents {

/// Which names of a scope are given.
enum scope_bits : uint8_t {
  scope_provider = 1,
  scope_credential = 2,
  scope_model = 4,
  scope_key = 8,
};

inline uint8_t mask_of(const quota_scope& x) {
  return static_cast<uint8_t>((x.provider.empty() ? 0 : scope_provider)
                              | (x.credential.empty() ? 0 : scope_credential)
                              | (x.model.empty() ? 0 : scope_model)
                              | (x.key.empty() ? 0 : scope_key));
}

/// A text that is equal exactly for scopes whose names of `mask` are equal.
inline void key_of(const quota_scope& x, uint8_t mask, std::string& into) {
  into.assign(1, static_cast<char>(mask));
  auto add = [&](uint8_t bit, const std::string& name) {
    if ((mask & bit) == 0)
      return;
    // Names may hold any byte, so each comes with its length.
    auto size = static_cast<uint32_t>(name.size());
    into.append(reinterpret_cast<const char*>(&size), sizeof(size));
    into += name;
  };
  add(scope_provider, x.provider);
  add(scope_credential, x.credential);
  add(scope_model, x.model);
  add(scope_key, x.key);
}

} // namespace smart_agents
