#pragma once

#include "messages/dialect.hpp"
#include "messages/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/response_handle.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <gtest/gtest.h>

namespace smart_agents::test {

/// An actor system in which messages and time move only when the test says so.
class deterministic : public ::testing::Test {
protected:
  /// Delivers messages until every mailbox is empty. Time stands still.
  void settle_all() {
    scheduler_.run();
  }

  /// Moves the clock forward, then settles.
  void advance(caf::timespan step) {
    scheduler_.advance_time(step);
    settle_all();
  }

  /// Now, on the virtual clock.
  instant now() {
    return scheduler_.clock().now();
  }

  /// Sends `request` to `who` and returns the reply or the error. Returns
  /// `sec::request_timeout` if settling brings no answer.
  template <class Reply, class Handle, class Request>
  caf::expected<Reply> ask(const Handle& who, Request request) {
    caf::expected<Reply> reply{caf::sec::request_timeout};
    auto pending = self_->request(who, caf::infinite, std::move(request));
    settle_all();
    if (self_->peek_at_next_mailbox_element() == nullptr)
      return reply;
    pending.receive([&](Reply& x) { reply = std::move(x); },
                    [&](caf::error& e) { reply = std::move(e); });
    return reply;
  }

  /// Sends a notice and settles.
  template <class Handle, class Notice>
  void tell(const Handle& who, Notice notice) {
    self_->send(who, std::move(notice));
    settle_all();
  }

  template <class Handle>
  void stop(const Handle& who) {
    self_->send_exit(who, caf::exit_reason::user_shutdown);
    settle_all();
  }

  /// Ends an actor as a crash would.
  template <class Handle>
  void crash(const Handle& who) {
    self_->send_exit(who, caf::exit_reason::kill);
    settle_all();
  }

private:
  static caf::actor_system_config& frozen(caf::actor_system_config& cfg) {
    cfg.set("scheduler.policy", caf::atom("testing"));
    return cfg;
  }

  caf::actor_system_config cfg_;

protected:
  caf::actor_system system_{frozen(cfg_)};

private:
  caf::scoped_actor self_{system_, true};
  caf::scheduler::test_coordinator& scheduler_ =
    dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
};

} // namespace smart_agents::test
