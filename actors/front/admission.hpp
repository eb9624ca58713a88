#pragma once

#include "actors/front/client_keys.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace smart_agents {

/// Counts the requests under way, of all fronts together, and turns away those
/// that are too many: for the listener, or for one client's key. When the house
/// is nearly full, a key gets no more than its share, so that nobody is shut
/// out by another's crowd. Thread-safe without locks: counts may be off by what
/// others do at this very moment.
class admission {
public:
  explicit admission(uint32_t most) : most_{most} {}

  /// Why a request is turned away, for people; empty when it is let in. Then
  /// `leave` must follow, once.
  std::string enter(const client_key* key) {
    auto& who = load_of(key);
    auto all = all_.fetch_add(1, std::memory_order_relaxed) + 1;
    auto mine = who.running.fetch_add(1, std::memory_order_relaxed) + 1;
    if (mine == 1)
      guests_.fetch_add(1, std::memory_order_relaxed);
    auto why = refusal(all, mine, key);
    if (!why.empty())
      leave(key);
    return why;
  }

  void leave(const client_key* key) {
    auto& who = load_of(key);
    all_.fetch_sub(1, std::memory_order_relaxed);
    if (who.running.fetch_sub(1, std::memory_order_relaxed) == 1)
      guests_.fetch_sub(1, std::memory_order_relaxed);
  }

  uint32_t running() const {
    return all_.load(std::memory_order_relaxed);
  }

private:
  /// Those without a key are one guest.
  client_load& load_of(const client_key* key) {
    return key == nullptr ? nobody_ : *key->load;
  }

  std::string refusal(uint32_t all, uint32_t mine,
                      const client_key* key) const {
    if (key != nullptr && key->max_concurrent > 0 && mine > key->max_concurrent)
      return "the key " + key->name + " may run "
             + std::to_string(key->max_concurrent) + " requests at once";
    if (all > most_)
      return std::to_string(most_)
             + " requests are running, which is the most that this gateway "
               "takes at once; ask again in a moment";
    // Below three quarters there is room for everybody.
    auto guests = guests_.load(std::memory_order_relaxed);
    if (all > most_ - most_ / 4 && guests > 1
        && mine > (most_ + guests - 1) / guests)
      return "the gateway is nearly full, and "
             + (key != nullptr ? "the key " + key->name
                               : std::string{"those without a key"})
             + " may run " + std::to_string((most_ + guests - 1) / guests)
             + " of its requests while others wait";
    return {};
  }

  const uint32_t most_;
  client_load nobody_;
  std::atomic<uint32_t> all_{0};
  std::atomic<uint32_t> guests_{0};
};

} // namespace smart_agents
