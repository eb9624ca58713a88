#pragma once

#include "messages/lease.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace smart_agents {

/// Which names of a scope are given.
enum scope_bits : uint8_t {
  scope_provider = 1,
  scope_credential = 2,
  scope_model = 4,
  scope_key = 8,
};

/// A `quota_scope` whose names are somebody else's.
struct scope_names {
  std::string_view provider;
  std::string_view credential;
  std::string_view model;
  std::string_view key;
};

inline scope_names names_of(const quota_scope& x) {
  return {x.provider, x.credential, x.model, x.key};
}

inline uint8_t mask_of(const scope_names& x) {
  return static_cast<uint8_t>((x.provider.empty() ? 0 : scope_provider)
                              | (x.credential.empty() ? 0 : scope_credential)
                              | (x.model.empty() ? 0 : scope_model)
                              | (x.key.empty() ? 0 : scope_key));
}

/// A text that is equal exactly for scopes whose names of `mask` are equal.
inline void key_of(const scope_names& x, uint8_t mask, std::string& into) {
  into.assign(1, static_cast<char>(mask));
  auto add = [&](uint8_t bit, std::string_view name) {
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
