#pragma once

#include "messages/event.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

/// Events for those who listen from outside: which they want, how they read,
/// and those that have passed. Pure.

namespace smart_agents {

/// Which events a listener wants.
class event_filter {
public:
  /// The wishes of a query: `job=ID` and `topic=KIND`, any number of each;
  /// none means all. Unset with `wrong` when a topic is unknown.
  static std::optional<event_filter> of_query(std::string_view query,
                                              std::string& wrong);

  /// Adds or removes wishes of a message: `{"jobs": [...], "topics": [...],
  /// "all": true}`. What is wrong with it, or empty.
  std::string change(const boost::json::object& wishes, bool add);

  bool wants(const event& x) const;

  /// Only a job.
  void only_job(std::string id);

  /// Of all these only what concerns a client; empty for everything.
  void only_client(std::string name);

private:
  bool all_ = true;
  std::string client_;
  std::set<std::string, std::less<>> jobs_;
  std::set<std::string, std::less<>> topics_;
};

/// The value of a name in a query, percent signs decoded; unset without.
std::optional<std::string> query_value(std::string_view query,
                                       std::string_view name);

/// `job` or a job's id of a task: steps and runs belong to their job.
std::string job_of_task(std::string_view task_id);

/// An event as clients read it, on one line.
std::string event_json(const event& x);

/// What a client reads that missed events: how many, if that is known, and
/// the number of the last there was (0 leaves it out).
std::string missed_json(std::optional<uint64_t> events, uint64_t last);

/// An event as server-sent events have it.
std::string event_sse(const event& x, const std::string& json);

/// The events that passed last, each with its text.
class event_ring {
public:
  class entry {
  public:
    explicit entry(event x) : what{std::move(x)} {}

    /// As clients read it: made for the first who does, since most events have
    /// no listener.
    const std::shared_ptr<const std::string>& text() const {
      if (!text_)
        text_ = std::make_shared<const std::string>(event_json(what));
      return text_;
    }

    event what;

  private:
    mutable std::shared_ptr<const std::string> text_;
  };

  explicit event_ring(size_t bound = 4096) : bound_{bound} {}

  const entry& add(event x);

  /// Number of the last event; 0 before the first.
  uint64_t last() const {
    return last_;
  }

  /// Those after `seq`. `missed` is set when some are gone: how many, or unset
  /// inside when that is not known.
  std::deque<entry> after(uint64_t seq,
                          std::optional<std::optional<uint64_t>>& missed) const;

private:
  size_t bound_;
  uint64_t last_ = 0;
  /// The first number that this process gave.
  uint64_t first_ = 0;
  std::deque<entry> all_;
};

} // namespace smart_agents
