#pragma once

#include "actors/quota/quota_book.hpp"
#include "actors/storage/ledger_outbox.hpp"
#include "adapters/log.hpp"
#include "messages/event.hpp"
#include "messages/quota.hpp"
#include "messages/services.hpp"
#include "messages/storage.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_response_promise.hpp>

#include <boost/container/small_vector.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace smart_agents {

/// What survives a restart of the quota manager: the book, and who owns which
/// of its reservations. One manager at a time uses it.
struct quota_memory {
  explicit quota_memory(quota_book opened) : book{std::move(opened)} {}

  quota_book book;
  /// Open reservations by owner; an owner stays until its end is known.
  std::unordered_map<caf::actor_addr,
                     boost::container::small_vector<uint64_t, 2>>
    owners;
  std::unordered_map<uint64_t, caf::actor_addr> owner_of;
  /// Open reservations of owners that are gone, about to be settled.
  std::set<uint64_t> orphans;
  /// What became of leases and no storage has taken yet.
  std::vector<lease_change> unsent;
};

/// How the quota manager works.
struct quota_options {
  /// Handed from one incarnation to the next by whoever restarts the actor.
  std::shared_ptr<quota_memory> memory;
  /// Civil time.
  std::function<wall_time()> wall = std::chrono::system_clock::now;
  /// Windows are looked at this often even when none is due, because the civil
  /// clock may be set, or the machine may sleep.
  caf::timespan look_every = std::chrono::minutes{1};
  /// How long a request waits for a lease; then it is refused, and another
  /// provider is asked.
  caf::timespan lease_patience = std::chrono::seconds{2};
  /// The same while the store says that it cannot: there is little to wait for,
  /// and all candidates of a task may meet the same limit.
  caf::timespan ailing_patience = std::chrono::milliseconds{100};
  /// Requests that wait for a lease; more are refused.
  size_t most_waiting = 4096;
  /// How long a report waits for the store; then it tells what is known here.
  caf::timespan report_patience = std::chrono::milliseconds{300};
  /// The store hears of us this often while it holds leases for us.
  caf::timespan beat = std::chrono::seconds{20};
  /// Hears of limits that are nearly used up and of refusals that were not
  /// foreseen; may be null.
  log_ptr log = {};
  /// What the heads of answers tell; may be null.
  std::shared_ptr<told_limits> told = {};
};

/// Keeps the quota book: reserves for dispatches, settles for those that die,
/// and tells the router how much room the providers have.
class quota_manager_state {
public:
  static constexpr const char* name = "quota-manager";

  explicit quota_manager_state(quota_actor::pointer self)
    : self_{self}, rows_{self} {}

  quota_actor::behavior_type make_behavior(quota_options options);

private:
  /// A request that waits for a lease.
  struct waiter {
    reserve request;
    caf::actor_addr owner;
    instant deadline;
    caf::typed_response_promise<reserved> promise;
  };

  caf::result<reserved> hold(const reserve& request);
  void own(const reserved& granted, const caf::actor_addr& owner);
  void disown(const caf::actor_addr& owner, uint64_t id);
  caf::result<quota_report> report();
  void answer_reports();
  /// Tries again for all that wait.
  void retry();
  void expire();
  void use_storage(const storage_actor& now);
  void send_asks(std::vector<lease_ask> asks);
  void asked(uint64_t number, const leases_taken* answer);
  void send_changes();
  void beat();
  void stop(const caf::exit_msg& how);
  void close(const settle& truth);
  void rest(const mark_unavailable& request);
  void watch(const caf::actor_addr& owner);
  void owner_gone(const caf::actor_addr& owner);
  void settle_orphan(uint64_t id);
  void record_lost(const reserve& what);

  void turn();
  /// Takes what providers told meanwhile.
  void listen();
  /// Tells the router about a provider if that changed notably.
  void tell(const std::string& provider, quota_now at, bool always = false);
  /// Tells the listeners which thresholds were passed.
  void publish();
  /// Sets the timer for the next window or rest.
  void arm();
  quota_now now() const;

  quota_actor::pointer self_;
  quota_options options_;
  router_actor router_;
  event_actor events_;
  ledger_outbox<quota_actor::pointer> rows_;
  /// What the router was told last.
  std::map<std::string, double, std::less<>> told_;
  std::optional<instant> armed_;

  storage_actor storage_;
  /// Questions to the storage that are not answered, by number.
  std::map<uint64_t, std::vector<lease_ask>> asking_;
  uint64_t last_asking_ = 0;
  /// The store's last answer was that it cannot.
  bool ailing_ = false;
  /// Changes that the storage has been sent; it takes them or dies.
  std::vector<lease_change> sent_;
  uint64_t sending_ = 0;
  instant last_beat_{};
  std::deque<waiter> waiting_;
  std::vector<caf::typed_response_promise<quota_report>> reports_;
  /// The question that the reports wait for, and until when.
  uint64_t reports_ask_ = 0;
  instant reports_until_{};
};

/// Spawn it as any event-based actor.
quota_actor::behavior_type
quota_manager(self_of<quota_actor, quota_manager_state> self,
              quota_options options);

} // namespace smart_agents
