#pragma once

#include "adapters/simulator/behaviour.hpp"

#include <cstdint>

namespace smart_agents::sim {

/// Mixes bits (splitmix64, public domain, Sebastiano Vigna): equal inputs give
/// equal outputs, neighbours unlike ones.
uint64_t mix(uint64_t x);

/// A hash of a text that is the same everywhere (FNV-1a, 64 bit).
uint64_t hash_of(std::string_view text);

/// Decides what goes wrong with each request: the script first, then chance.
/// Request number n meets the same fate for the same seed.
class fault_plan {
public:
  explicit fault_plan(uint64_t seed) : seed_{seed} {}

  /// Takes a new script and new shares.
  void configure(const behaviour& x);

  /// The fate of the next request.
  fault next();

  /// What is left of the script.
  std::vector<script_step> left() const;

private:
  uint64_t seed_;
  uint64_t arrivals_ = 0;
  std::vector<script_step> script_;
  size_t at_ = 0;
  std::map<fault, double> faults_;
};

} // namespace smart_agents::sim
