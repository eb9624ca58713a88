#pragma once

#include "actors/quota/quota_limit.hpp"

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>

namespace smart_agents {

/// When what a provider tells was true, beside what is counted here.
enum class told_when : uint8_t {
  /// Now, and of requests that are settled.
  now,
  /// A while ago: it may lack what came since.
  earlier,
  /// Now, while requests are under way that it may count or not.
  under_way,
};

/// Counts one limit: what is spent, what is held, what may still be held.
/// Pure; `turn` brings it to the present and comes before everything else.
///
/// A meter of its own is the authority: it grants while spent + held + more <=
/// amount. A leased one grants only what it has been leased by the store, where
/// spent + all leases <= amount; so processes that share a store never exceed
/// the limit together, and none of them waits for the disk while its lease
/// lasts. What nobody limits (`covered == false`) is only counted.
class quota_meter {
public:
  quota_meter(const std::string& provider, quota_limit limit, calendar zone,
              bool leased);

  const quota_limit& limit() const {
    return limit_;
  }
  const meter_ptr& what() const {
    return what_;
  }
  bool leased() const {
    return leased_;
  }

  /// Moves the window to `now`.
  void turn(quota_now now);

  /// Spent in the window, by everybody as far as is known.
  uint64_t used() const;

  /// Held for what is under way, here and by other processes.
  uint64_t held() const;

  /// What can be held at once, without asking anybody.
  uint64_t room() const;

  /// What nobody has spent or holds, as far as is known.
  uint64_t free() const;

  /// The same as a share of the limit, 0-1: 0 exactly when nothing is free.
  double share_free() const;

  /// When something was held or spent last.
  instant last_use() const {
    return last_use_;
  }

  /// End of the window; for a bucket when it is whole again, for a rolling
  /// window when its oldest part is forgotten.
  wall_time resets_at() const;

  /// When `amount` more may fit again.
  wall_time free_at(uint64_t amount) const;

  void hold(uint64_t amount, bool covered);
  void release(uint64_t amount, bool covered);

  /// Counts what was released as spent.
  void spend(uint64_t amount, bool covered);

  /// Starts with what is known to be spent.
  void preset(uint64_t amount);

  /// Sets the limit, which somebody changed, unless it is 0.
  void amend(uint64_t amount);

  /// Sets limit and what is spent to what the provider tells. Only for meters
  /// of what was told. That less is spent than is known here is believed only
  /// of what is true now.
  void correct(uint64_t amount, uint64_t used, wall_time resets_at,
               told_when when);

  /// What to hold a provider to that refused a request because of a limit of
  /// `said`, which no other answer tells: that, and from then on a tenth more a
  /// minute, up to ten times as much, until it refuses again. A refusal of what
  /// had grown doubles the time until it grows again (a day at most). What it
  /// has `served` within the last minute, when that is more than twice what it
  /// says, is believed instead, at its `pace` a minute.
  uint64_t believe(uint64_t said, uint64_t served, uint64_t pace);

  /// The limit is what every answer tells: it does not grow.
  void trust() {
    grows_at_.reset();
  }

  /// What a request that may need `bound` is expected to count: of limits that
  /// were told as much of it as others did lately, since no promise of ours is
  /// broken when it is more.
  uint64_t expected(uint64_t bound) const;

  /// A request with that bound came to `real`.
  void learn(uint64_t bound, uint64_t real);

  /// Spent an hour, lately.
  double per_hour() const;

  /// When the limit is used up at the present rate, unless it resets before.
  std::optional<wall_time> runs_out_at() const;

  /// How far the use has come since it was last asked, each once a window: 0
  /// nothing new, 1 from 80 % on, 2 used up. `refused` is an amount that did
  /// not fit.
  int passed(uint64_t refused);

  /// "has used 1 of 2 requests today and has 1 under way; resets ...", its
  /// subject before it. `wanted` is what did not fit.
  std::string describe(uint64_t wanted = 0) const;

  // -- leases -----------------------------------------------------------------

  /// What to ask the store for, so that `amount` can be held; nothing while an
  /// answer is due.
  std::optional<lease_ask> ask_for(uint64_t amount);

  /// What to ask for beforehand, so that the next request need not wait.
  std::optional<lease_ask> ask_ahead();

  /// The question whose answer never came and that nobody has needed since: it
  /// may have been granted, and only the answer tells what to give back.
  std::optional<lease_ask> ask_again();

  /// A question that grants nothing.
  lease_ask look() const;

  /// The same now and then, for one that refuses without asking: somebody may
  /// have raised the limit meanwhile.
  std::optional<lease_ask> look_again();

  /// The store's answer.
  void take(const lease_grant& x);

  /// No answer comes; the same may be asked again. `broken` when the store
  /// could not be asked: then a lease is spent in a window that it knows
  /// nothing of.
  void ask_failed(bool broken = false);

  /// True shortly after the store has refused.
  bool denied() const;

  /// Gives back what has not been needed for a while, or all at once.
  void give_back(bool all);

  /// What became of the lease since the last call.
  std::optional<lease_change> take_change();

  /// True while the store holds something for us, or may, or does not know yet
  /// what became of it.
  bool holds_lease() const {
    return hand_ != 0 || (asked_ && !waiting_) || change_ || !earlier_.empty();
  }

private:
  struct slot {
    uint64_t used = 0;
    int told = 0;
  };

  bool is_bucket() const {
    return what_->refill.count() != 0;
  }
  bool is_calendar() const {
    return !is_bucket() && what_->slot_width.count() == 0;
  }
  void turn_calendar();
  /// True when the store has not heard of this window, so that what a crash
  /// left behind in it would be forgotten if the clock were set back. Until it
  /// has, nothing is spent in it.
  bool unheard() const;
  /// Of the lease what is not held.
  uint64_t spare() const;
  void grow();
  /// The most that is used of this window or a later one, in which a clock that
  /// was set back may find itself again.
  uint64_t used_from() const;
  void add(uint64_t amount);

  quota_limit limit_;
  calendar zone_;
  meter_ptr what_;
  bool leased_;
  quota_now now_{};
  /// True when nothing has happened since that a turn to `now_` would change.
  bool turned_ = false;
  meter_time at_{};
  time_span span_{};
  /// By `meter_time::slot`. Windows that the clock has left stay for a while,
  /// since it may be set back.
  std::map<int64_t, slot> slots_;
  /// Of a bucket.
  uint64_t debt_ = 0;
  /// When the debt was true: nanoseconds of the steady clock.
  int64_t debt_at_ = 0;
  uint64_t reserved_ = 0;
  /// Held and not covered.
  uint64_t floating_ = 0;
  int told_ = 0;
  /// What a refusal said, when it grows next, and how long it is left alone
  /// after one.
  uint64_t said_ = 0;
  std::optional<instant> grows_at_;
  caf::timespan quiet_ = std::chrono::minutes{1};
  /// Which part of their bounds requests came to, lately.
  double share_ = 1;
  double burnt_ = 0;
  instant burnt_at_{};

  /// Our lease: what the store holds for us and we have not spent.
  uint64_t hand_ = 0;
  /// What other processes hold.
  uint64_t others_ = 0;
  double told_per_hour_ = 0;
  std::optional<lease_ask> asked_;
  bool waiting_ = false;
  uint64_t last_number_ = 0;
  /// The latest slot that the store has heard of.
  int64_t heard_ = std::numeric_limits<int64_t>::min();
  /// Of the last holds; how much to have in hand for the next.
  uint64_t typical_ = 0;
  uint64_t slice_ = 0;
  instant last_ask_{};
  instant last_look_{};
  instant last_use_{};
  instant denied_until_{};
  std::optional<lease_change> change_;
  /// Of earlier slots than `change_`.
  std::deque<lease_change> earlier_;
};

} // namespace smart_agents
