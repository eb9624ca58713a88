#pragma once

#include <caf/config.hpp>

// CAF 0.17 leans on include order: result.hpp and error.hpp call make_message.
#if CAF_MAJOR_VERSION == 0
#  include <caf/make_message.hpp>
#  include <caf/replies_to.hpp>
#endif

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/result.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/timespan.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <type_traits>
#include <utility>

namespace smart_agents {

namespace detail {

template <class Signature>
struct caf_signature;

#if CAF_MAJOR_VERSION == 0
template <class Reply, class... Request>
struct caf_signature<Reply(Request...)> {
  using type = typename caf::replies_to<Request...>::template with<Reply>;
};

template <class... Notice>
struct caf_signature<void(Notice...)> {
  using type = caf::reacts_to<Notice...>;
};
#else
template <class Reply, class... Request>
struct caf_signature<Reply(Request...)> {
  using type = caf::result<Reply>(Request...);
};
#endif

} // namespace detail

/// A typed actor spelled as function signatures: `protocol<reply(request)>`.
template <class... Signatures>
using protocol =
  caf::typed_actor<typename detail::caf_signature<Signatures>::type...>;

/// A state with a constructor and a name. C++20 lets CAF 0.17 initialise an
/// aggregate state as `State(self)`, which would set its first member.
template <class State>
concept actor_state = !std::is_aggregate_v<State> && requires {
  State::name;
};

/// The `self` pointer of a typed actor that keeps its data in `State`.
template <class Handle, actor_state State>
using self_of = typename Handle::template stateful_pointer<State>;

/// The state behind a stateful `self` pointer.
template <class Self>
decltype(auto) state_of(Self* self) {
#if CAF_MAJOR_VERSION == 0
  return (self->state);
#else
  return self->state();
#endif
}

/// Sends `message` to `self` once `delay` has passed.
template <class Self, class Message>
void remind(Self* self, caf::timespan delay, Message message) {
#if CAF_MAJOR_VERSION == 0
  self->delayed_send(self, delay, std::move(message));
#else
  self->mail(std::move(message)).delay(delay).send(self);
#endif
}

/// A point on the actors' monotonic clock: virtual in tests.
using instant = std::chrono::steady_clock::time_point;

/// A point in civil time, for calendar windows, logs and the ledger.
using wall_time = std::chrono::system_clock::time_point;

/// Now, on the clock of the actor's own system.
template <class Self>
instant now_of(Self* self) {
  return self->clock().now();
}

} // namespace smart_agents

/// Declares that a message never leaves the process and so needs no
/// serialisation (docs/decisions/0001-local-messages.md). Use it at global
/// scope, after the message's definition.
#define SMART_AGENTS_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
