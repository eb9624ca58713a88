#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace smart_agents {

/// How many input tokens each model really counts for what `estimate_input`
/// says, learned from what its provider reports: a moving mean per model,
/// clamped. It rises faster than it falls, since an estimate that is too low
/// overspends a limit and one that is too high only reserves more than needed.
/// Thread-safe: one object is shared by whoever estimates and whoever learns.
class token_ratios {
public:
  static constexpr double least = 0.5;
  static constexpr double most = 3;
  /// Models that are remembered; names come from clients.
  static constexpr size_t max_models = 1024;
  /// Of a model of which nothing is known: most samples of the estimator's own
  /// fit lie within a fifth.
  static constexpr double unknown_spread = 0.25;

  /// Learns from one answer: `estimated` is what `scaled` gave for it, and
  /// `reported` all of its input, cached or not. What no tokenizer explains
  /// (zero, or a server that counts only what its cache lacked) is passed over.
  void learn(std::string_view provider, std::string_view model,
             uint64_t estimated, uint64_t reported);

  /// The factor of a model; 1 until something was learned.
  double of(std::string_view provider, std::string_view model) const;

  /// An estimate by `estimate_input`, corrected; its headroom is kept.
  uint64_t scaled(std::string_view provider, std::string_view model,
                  uint64_t estimated) const;

  /// An estimate that `scaled` gave, raised so that hardly any answer exceeds
  /// it: by how far answers of this model went beyond theirs.
  uint64_t at_most(std::string_view provider, std::string_view model,
                   uint64_t scaled) const;

  /// Takes what an earlier run learned. A file that is not there is no error;
  /// one that cannot be read fails with `ec::storage_failed`, and nothing is
  /// taken.
  caf::error load(const std::string& path);

  /// Writes what was learned here over what the file has, which other processes
  /// may have written since. Does nothing when nothing was learned. Fails with
  /// `ec::storage_failed`.
  caf::error save(const std::string& path);

private:
  struct entry {
    double ratio = 1;
    /// Answers it rests on.
    uint64_t samples = 0;
    /// How far answers go beyond the mean: rises at once, falls slowly.
    double spread = unknown_spread;
    /// Learned here, and not written yet.
    bool fresh = false;
  };
  /// By `PROVIDER/MODEL`.
  using table = std::map<std::string, entry, std::less<>>;

  static caf::error read(const std::string& path, table& out);

  mutable std::mutex mutex_;
  table all_;
};

} // namespace smart_agents
