#pragma once

#include "messages/dialect.hpp"
#include "messages/provider.hpp"

#include <caf/error.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace smart_agents {

/// What a provider told about its limits, raw, and to whom.
struct told_answer {
  std::string provider;
  /// A credential of ours or a client's log-in, by name; empty for the only
  /// one.
  std::string credential;
  std::string model;
  limit_signals signals;
  wall_time at{};
  /// True for what another process heard.
  bool elsewhere = false;
};

/// Carries what providers tell about their limits from those who hear it first,
/// the heads of answers, to the one who counts, past all mailboxes; and, by a
/// file beside the ledger, to other processes. Of each provider, credential and
/// model the last counts. Thread-safe.
class told_limits {
public:
  /// Answers of so many providers, credentials and models are kept.
  static constexpr size_t most = 256;

  void tell(told_answer x);

  /// True when `take` has something. Cheap.
  bool any() const {
    return any_.load(std::memory_order_acquire);
  }

  /// What was told since the last call.
  std::vector<told_answer> take();

  /// Takes over what others have written to the file since, and adds what was
  /// told here. A file that is not there or is damaged is written anew. What is
  /// older than eight days is forgotten. Fails with `ec::storage_failed`.
  caf::error sync(const std::string& path, wall_time now);

private:
  using key = std::tuple<std::string, std::string, std::string>;
  using table = std::map<key, told_answer>;

  static void keep(table& in, told_answer x);
  static table read(const std::string& path);

  std::mutex mutex_;
  std::atomic<bool> any_ = false;
  table news_;
  table known_;
  bool changed_ = false;
};

} // namespace smart_agents
