#pragma once

#include "adapters/simulator/ask.hpp"
#include "adapters/simulator/fault_plan.hpp"
#include "adapters/simulator/limiter.hpp"
#include "adapters/simulator/refusals.hpp"
#include "adapters/simulator/turn.hpp"
#include "adapters/simulator/writer.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>

namespace smart_agents::sim {

/// How a request that was let in ended.
enum class outcome : uint8_t { answered, cut_off, cancelled };

/// A request that was let in; `book::end` must follow.
struct admission {
  turn answer;
  /// What goes wrong with it; never one that refuses.
  fault what = fault::ok;
  std::shared_ptr<const behaviour> how;
  /// Of the answer, without its content type.
  http_headers headers;
};

/// One provider's memory: its behaviour, limits, fate and counts. Thread-safe;
/// knows no sockets and is told the time.
class book {
public:
  using clock = std::function<wall_time()>;

  book(std::string name, vendor whose, behaviour how, uint64_t seed, clock now);

  const std::string& name() const {
    return name_;
  }

  vendor whose() const {
    return whose_;
  }

  /// The behaviour in force, with what is left of its script.
  behaviour how() const;

  void set(behaviour how);

  /// Counts and limits as at the start, and the first behaviour again. What
  /// is running counts as just received.
  void reset();

  sim::stats stats() const;

  /// True while connections are refused.
  bool down() const;

  /// The answer to a wrong key, or nothing.
  std::optional<refusal> check_key(const http_headers& headers,
                                   std::string_view target) const;

  /// Decides on a completion, and counts it.
  std::variant<admission, reply> admit(const ask& what);

  /// Counts a completion that could not even be read.
  reply refuse_unread(const refusal& why, wire format, std::string model);

  /// Counts the end of one that was let in. `told` is what its client knows.
  void end(const std::string& model, outcome how, reported told);

  /// Counts one that was let in as refused after all.
  reply end_refused(const ask& what, failure_class why);

  /// Counts a request that is no completion; gives headers for its answer.
  http_headers other();

  /// The answer to such a request when it is refused.
  reply refuse_other(const refusal& why, wire format);

  /// The model of that name with the window in force; nothing when unknown.
  std::optional<model> find_model(std::string_view name) const;

private:
  counts& of(const std::string& model);
  template <class F>
  void count(const std::string& model, F change);
  reply refused(const refusal& why, refusal_facts& facts, const ask& what,
                bool was_running);
  refusal_facts facts_of(const ask& what);
  std::string next_id();
  std::optional<failure_class> order_to_fail(const ask& what);

  const std::string name_;
  const vendor whose_;
  const uint64_t seed_;
  const behaviour first_;
  const clock now_;
  mutable std::mutex mutex_;
  std::shared_ptr<const behaviour> how_;
  fault_plan plan_;
  limiter limiter_;
  sim::stats stats_;
  uint64_t ids_ = 0;
  /// FAILONCE prompts that failed already, by hash.
  std::set<uint64_t> failed_once_;
};

} // namespace smart_agents::sim
