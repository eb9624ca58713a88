#pragma once

#include "actors/quota/quota_meter.hpp"
#include "actors/quota/quota_scopes.hpp"
#include "actors/quota/served_pace.hpp"
#include "adapters/limit_signals.hpp"
#include "adapters/told_limits.hpp"
#include "messages/quota.hpp"
#include "messages/route.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smart_agents {

/// What had been used of a window before the book was opened.
struct quota_used {
  std::string provider;
  quota_window window = quota_window::day;
  quota_amounts amounts;
};

/// A limit that passed its warning threshold or is used up.
struct quota_notice {
  std::string provider;
  /// For people.
  std::string text;
};

/// Where the book gets its authority from.
enum class quota_authority : uint8_t {
  /// From itself: it is the only one that counts.
  own,
  /// From leases of a store that several processes share.
  leased,
};

/// The quota of all providers: what is used, what is reserved, what is left.
/// Pure; `now` comes with every call.
///
/// A reservation is granted only if used + reserved + bound <= limit in every
/// limit whose scope holds the request, and settling replaces the bound by what
/// was reported; so as long as bounds are true, no limit is ever exceeded.
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
                      quota_now now = {}, uint64_t first_id = 1,
                      quota_authority authority = quota_authority::own);

  /// Grants or refuses. An unknown provider has no limits. Only for a book
  /// with authority of its own.
  reserved hold(const reserve& request, quota_now now);

  /// The same for any book: nothing while a lease is needed first (`take_asks`
  /// tells which); ask again when the store has answered.
  std::optional<reserved> try_hold(const reserve& request, quota_now now);

  /// Replaces a reservation by the truth. A second settlement of one id is
  /// ignored; one of an earlier book's id is counted once.
  void close(const settle& truth, quota_now now);

  /// What an open reservation was asked for, its credential and output bound
  /// as granted; null when it is not open.
  const reserve* find(uint64_t id) const;

  /// Takes what a provider told about its own limits, for the credential and
  /// model that it answered.
  void learn(const reserve& from, const limit_signals& signals, told_when when,
             quota_now now);

  /// Takes what was heard before the settlement, or by others.
  void learn(const told_answer& heard, quota_now now);

  /// Refusals by providers that were not foreseen since the last call, each
  /// explained: what it said, and what stood in the book.
  std::vector<quota_notice> take_misses();

  /// See `mark_unavailable`.
  void rest(const mark_unavailable& request, quota_now now);

  /// Moves the windows to `now` and ends rests. All calls above do it first.
  void advance(quota_now now);

  quota_report report(quota_now now);

  /// How much room a provider has.
  provider_headroom headroom(const std::string& provider, quota_now now);

  /// `headroom(...).left`, without the words; 0 exactly when those would say
  /// what is exhausted.
  double room(const std::string& provider, quota_now now);

  /// Names in order of configuration.
  std::vector<std::string> providers() const;

  /// How long after `now` a window or a rest ends; some days at most.
  caf::timespan next_change(quota_now now) const;

  /// Thresholds passed since the last call, each once a window.
  std::vector<quota_notice> take_notices();

  /// What has been passed so far was told before.
  void forget_notices();

  /// Reservations that are open.
  size_t open() const {
    return open_.size();
  }

  // -- leases -----------------------------------------------------------------

  /// What the store should be asked since the last call.
  std::vector<lease_ask> take_asks();

  /// A question about every leased limit that grants nothing.
  std::vector<lease_ask> look(quota_now now);

  /// The store's answer.
  void take(const std::vector<lease_grant>& grants, quota_now now);

  /// Whoever asked is gone: all questions may be asked again.
  void forget_asks();

  /// The store could not be asked.
  void asks_failed(const std::vector<lease_ask>& asks);

  /// Gives back leases that have not been needed for a while, or all that can
  /// be spared, and asks again what was not answered and not needed since.
  void give_back(bool all, quota_now now);

  /// What became of leases since the last call.
  std::vector<lease_change> take_changes();

  /// True while the store holds something for us.
  bool holds_leases() const;

private:
  using meter_index = uint32_t;
  using meter_indexes = std::vector<meter_index>;
  /// Shared with what is reserved in them.
  using meters_ptr = std::shared_ptr<const meter_indexes>;

  struct rest_entry {
    std::string credential;
    /// May end in `*`, for a family of models.
    std::string model;
    instant until{};
    std::string reason;
  };

  /// How much a model serves.
  struct pace_entry {
    std::string credential;
    std::string model;
    served_pace pace;
  };

  /// The meters around a credential.
  struct surrounding {
    std::string credential;
    meter_indexes meters;
  };

  struct account {
    std::string name;
    std::vector<std::string> credentials;
    std::string vendor;
    /// Where its calendar days end.
    calendar zone;
    std::vector<rest_entry> rests;
    std::vector<pace_entry> paces;
    /// For its room; forgotten when a meter is added.
    std::vector<surrounding> surroundings;
  };

  struct reservation {
    reserve request;
    quota_amounts bound;
    meters_ptr meters;
    /// What each of them holds, by position, where that is not the bound.
    std::vector<uint64_t> held;
    quota_now at{};
  };

  /// What came of trying one credential.
  struct trial {
    enum class kind : uint8_t { fits, waits, refused };
    kind what = kind::fits;
    meters_ptr meters;
    quota_amounts bound;
    reserve request;
    std::optional<failure> refused;
  };

  /// An answer that took no longer tells how things stand now.
  static constexpr caf::timespan fresh_for = std::chrono::seconds{3};

  void learn(const quota_scope& about, const limit_signals& signals,
             told_when when, wall_time said_at, quota_now now);
  /// What to hold a limit to that a refusal named.
  static uint64_t believed(quota_meter& of, const told_limit& said,
                           account& whose, const quota_scope& about,
                           quota_now now);
  void note_served(const reserve& request, quota_now now);
  meter_index add_meter(const std::string& provider, const quota_limit& limit,
                        const calendar& zone, bool leased);
  account& at(const std::string& provider);
  /// The meters whose scope holds a request, turned to `now`.
  meters_ptr meters_of(const scope_names& scope, quota_now now);
  meter_indexes find_meters(const scope_names& scope) const;
  void add_node(const std::string& key, meter_indexes& to) const;

  static bool binds(const quota_limit& limit, const reserve& request);
  static const rest_entry* resting(const account& of,
                                   const std::string& credential,
                                   const std::string& model, quota_now now);
  static failure refusal_of(const account& of, const rest_entry& why,
                            quota_now now);
  /// The bound meter that does not fit and has room last; null when all fit.
  quota_meter* refusing(const meter_indexes& meters, const quota_amounts& bound,
                        const reserve& request);
  trial try_credential(account& of, reserve request, quota_now now);
  /// Lowers the output bound to what fits; false when that is too little.
  static bool lower_output(reserve& request, const quota_meter& to_fit);
  reserved grant(trial& x, quota_now now);
  /// What a request with that bound has to find free.
  static uint64_t wanted(const quota_meter& of, const quota_amounts& bound);
  void may_have_changed(meter_index i);
  /// What really counts for a meter.
  static uint64_t counted(const quota_meter& of, const settle& truth,
                          const quota_amounts& spent);
  /// Notes a refusal by the provider, and rests what it is about.
  void refused_by_provider(const reserve& request, const failure& why,
                           const meter_indexes& meters, quota_now now);
  std::vector<std::string>
  credentials_of(const account& of, const reserve& request, quota_now now);
  /// Share of the tightest limit that is left, 0-1.
  double left(const meter_indexes& meters) const;
  /// The same of a credential as a whole, of what counts at present; 0 when
  /// it rests.
  double left_of(account& of, const std::string& credential, quota_now now);
  /// Those that tell how much room a credential has.
  const meter_indexes& meters_for_headroom(account& of,
                                           const std::string& credential);
  /// True unless it was told of a model that nobody has used for a while.
  static bool counts(const quota_meter& x, quota_now now);
  /// Those of a credential's scope, and what was told of its models.
  meter_indexes meters_around(const std::string& provider,
                              const std::string& credential) const;
  /// Tells which of them has nothing left and has room last.
  void find_exhausted(const meter_indexes& meters, provider_headroom& to,
                      quota_now now);
  /// Notes thresholds that are passed; `refused` is a bound that did not fit.
  void take_note(const meter_indexes& meters, const quota_amounts& refused);
  std::vector<std::string> alternatives(const reserve& request, quota_now now);
  limit_status status_of(const quota_meter& x) const;

  quota_authority authority_;
  std::vector<quota_meter> meters_;
  /// Which meters a scope has; by `key_of`.
  std::unordered_map<std::string, meter_indexes> nodes_;
  /// The meters that hold a request's scope; forgotten when one is added.
  std::unordered_map<std::string, meters_ptr> known_;
  /// Room for the key of a look into it.
  std::string known_key_;
  /// The kinds of scopes that there are, so that only those are looked for.
  std::vector<uint8_t> masks_;
  std::unordered_map<std::string, meter_index> by_id_;
  std::vector<account> accounts_;
  std::unordered_map<uint64_t, reservation> open_;
  uint64_t first_id_;
  uint64_t next_id_;
  /// Ids of earlier books that were settled here, oldest first, bounded.
  std::deque<uint64_t> foreign_;
  std::vector<quota_notice> notices_;
  std::vector<quota_notice> missed_;
  uint64_t misses_ = 0;
  uint64_t beyond_bound_ = 0;
  /// Limits that were told.
  size_t told_ = 0;
  std::vector<lease_ask> asks_;
  /// Meters that may have changes for the store, each once.
  meter_indexes changed_;
  std::vector<bool> is_changed_;
  uint64_t granted_ = 0;
  uint64_t refused_ = 0;
};

} // namespace smart_agents
