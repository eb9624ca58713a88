#pragma once

#include "actors/quota/calendar_window.hpp"
#include "messages/quota.hpp"
#include "messages/route.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace smart_agents {

/// What is counted.
enum class quota_kind : uint8_t {
  requests,
  input_tokens,
  output_tokens,
  total_tokens,
};

/// For how long it is counted.
enum class quota_window : uint8_t { day, month };

std::string to_string(quota_kind x);
std::string to_string(quota_window x);

/// One limit; an amount of 0 leaves nothing.
struct quota_limit {
  quota_kind kind = quota_kind::requests;
  quota_window window = quota_window::day;
  uint64_t amount = 0;
};

/// A provider and its limits; none means no limit.
struct provider_quota {
  std::string provider;
  std::vector<quota_limit> limits;
  /// Where its days and months end.
  calendar zone;
};

/// One number for each kind.
class quota_amounts {
public:
  quota_amounts() = default;
  /// Numbers are bounded, so that no sum of them overflows.
  quota_amounts(uint64_t requests, uint64_t input, uint64_t output);

  uint64_t operator[](quota_kind kind) const {
    return values_[static_cast<size_t>(kind)];
  }

  quota_amounts& operator+=(const quota_amounts& x);
  /// Stops at 0.
  quota_amounts& operator-=(const quota_amounts& x);
  bool operator==(const quota_amounts&) const = default;

private:
  std::array<uint64_t, 4> values_{};
};

/// What had been used of a window before the book was opened.
struct quota_used {
  std::string provider;
  quota_window window = quota_window::day;
  quota_amounts amounts;
};

/// Both clocks at one moment: civil time for windows, the steady one for rests,
/// which must not change when the civil clock is set.
struct quota_now {
  wall_time wall{};
  instant steady{};
};

/// A limit that passed its warning threshold or is used up.
struct quota_notice {
  std::string provider;
  /// For people.
  std::string text;
};

/// The quota of all providers: what is used, what is reserved, what is left.
/// Pure; `now` comes with every call.
///
/// A reservation is granted only if used + reserved + bound <= limit in every
/// limit, and settling replaces the bound by what was reported; so as long as
/// bounds are true, no limit is ever exceeded.
///
///   hold --granted--> reserved --settle(served)--> used
///                         `------settle(not)-----> gone
///
/// Reservations belong to no window: what is under way when a day ends is
/// counted in the day in which it is settled. Windows follow the civil clock,
/// forwards and back: the last ones are remembered, so that a clock that is
/// set back finds its window as it was.
class quota_book {
public:
  /// Ids count from `first_id`; give every book its own range (for example
  /// microseconds since 1970), so that a settlement which is meant for an
  /// earlier book is told from a repeated one.
  explicit quota_book(std::vector<provider_quota> providers,
                      const std::vector<quota_used>& used = {},
                      quota_now now = {}, uint64_t first_id = 1);

  /// Grants or refuses. An unknown provider has no limits.
  reserved hold(const reserve& request, quota_now now);

  /// Replaces a reservation by the truth. A second settlement of one id is
  /// ignored; one of an earlier book's id is counted once.
  void close(const settle& truth, quota_now now);

  /// What an open reservation was asked for; null when it is not open.
  const reserve* find(uint64_t id) const;

  /// See `mark_unavailable`.
  void rest(const mark_unavailable& request, quota_now now);

  /// Moves the windows to `now` and ends rests. All calls above do it first.
  void advance(quota_now now);

  quota_report report(quota_now now);

  /// How much room a provider has.
  provider_headroom headroom(const std::string& provider, quota_now now);

  /// Names in order of configuration.
  std::vector<std::string> providers() const;

  /// How long after `now` a window or a rest ends; some days at most.
  caf::timespan next_change(quota_now now) const;

  /// Thresholds passed since the last call, each once a window.
  std::vector<quota_notice> take_notices();

  /// Reservations that are open.
  size_t open() const {
    return open_.size();
  }

private:
  /// One calendar window of one provider.
  struct window {
    time_span span;
    quota_amounts used;
    /// By position in `provider_quota::limits`: 1 warned, 2 told as used up.
    std::vector<uint8_t> told;
  };

  struct account {
    provider_quota options;
    std::array<window, 2> windows;
    /// Windows that the clock has left, newest last.
    std::array<std::vector<window>, 2> past;
    quota_amounts reserved;
    instant rests_until{};
    std::string rest_reason;
  };

  struct reservation {
    reserve request;
    quota_amounts bound;
  };

  /// The account of a provider, its windows at `now`.
  account& at(const std::string& provider, quota_now now);
  static void turn(account& of, quota_window which, quota_now now);

  static uint64_t used(const account& of, const quota_limit& limit);
  static uint64_t taken(const account& of, const quota_limit& limit);
  static double left(const account& of);
  static const quota_limit* refusing(const account& of,
                                     const quota_amounts& bound);
  static std::string describe(const account& of, const quota_limit& limit,
                              quota_now now, uint64_t wanted = 0);
  static std::string describe_rest(const account& of, quota_now now);
  /// Notes thresholds that are passed; `refused` is a bound that did not fit.
  void take_note(account& of, const quota_amounts& refused, quota_now now);
  std::vector<std::string> alternatives(const reserve& request,
                                        const quota_amounts& bound,
                                        quota_now now);

  std::vector<account> accounts_;
  std::unordered_map<uint64_t, reservation> open_;
  uint64_t first_id_;
  uint64_t next_id_;
  /// Ids of earlier books that were settled here, oldest first, bounded.
  std::deque<uint64_t> foreign_;
  std::vector<quota_notice> notices_;
};

} // namespace smart_agents
