#pragma once

#include "messages/actors.hpp"

#include <memory>
#include <string>

namespace smart_agents {

struct job;

/// Something that happened, for dashboards, hosts and logs.
struct event {
  enum class kind : uint8_t {
    /// A task was routed.
    decided,
    /// An attempt failed and the next candidate follows.
    failed_over,
    /// A task ended with an answer.
    answered,
    /// A task ended without.
    gave_up,
    /// A provider's circuit changed.
    circuit,
    /// A limit passed its warning threshold or is used up.
    quota,
    /// An actor was restarted.
    restarted,
    /// The store failed or recovered.
    storage,
    /// A part of a skill began, ended or failed.
    step,
    /// A background job began, went on or ended.
    job,
  };
  kind what = kind::decided;
  wall_time at{};
  std::string task_id;
  std::string provider;
  std::string model;
  /// One sentence for people.
  std::string text;
  /// Its place among all events, rising; given by the event bus.
  uint64_t seq = 0;
  /// Of `kind::job`: how it stands, without steps and long texts.
  std::shared_ptr<const smart_agents::job> work = nullptr;
  /// The key of the client on whose behalf it happened, by name; empty where
  /// there is none.
  std::string client = {};
};

std::string to_string(event::kind x);

struct subscribe {
  listener_actor who;
};

struct unsubscribe {
  listener_actor who;
};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::event)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::subscribe)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::unsubscribe)
