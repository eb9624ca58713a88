#pragma once

#include "messages/error.hpp"
#include "messages/services.hpp"
#include "tests/support/deterministic.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Stand-ins for the long-lived actors that behave as their interfaces promise
/// and remember what they were told. A script is shared with the test, which
/// changes it and reads it between two deliveries.

namespace smart_agents::test {

/// What a fake router answers.
struct router_script {
  decision answer;
  /// Errors instead of decisions, first come first served.
  std::deque<caf::error> errors;
  /// True: takes questions and never answers them.
  bool silent = false;
  std::vector<task_ptr> asked;
  std::vector<caf::typed_response_promise<routed>> unanswered;
};

inline router_actor::behavior_type
fake_router(router_actor::pointer self,
            const std::shared_ptr<router_script>& script) {
  return {
    [self, script](const route_task& x) -> caf::result<routed> {
      script->asked.push_back(x.what);
      if (script->silent) {
        auto promise = self->make_response_promise<routed>();
        script->unanswered.push_back(promise);
        return promise;
      }
      if (!script->errors.empty()) {
        auto why = script->errors.front();
        script->errors.pop_front();
        return why;
      }
      return routed{std::make_shared<decision>(script->answer)};
    },
    [](const provider_health&) {},
    [](const provider_headroom&) {},
  };
}

/// What a fake quota manager grants.
struct quota_script {
  /// Refused providers, with what they are told.
  std::map<std::string, failure> refuse;
  bool silent = false;
  /// Answers held back while `silent`; `next_window` lets them go.
  std::vector<std::pair<uint64_t, caf::typed_response_promise<reserved>>>
    unanswered;
  uint64_t last_id = 0;
  std::vector<reserve> reserves;
  std::vector<settle> settled;
  /// Granted and not settled.
  std::map<uint64_t, reserve> open;
};

inline quota_actor::behavior_type
fake_quota(quota_actor::pointer self,
           const std::shared_ptr<quota_script>& script) {
  return {
    [self, script](const reserve& x) -> caf::result<reserved> {
      script->reserves.push_back(x);
      reserved answer;
      if (auto i = script->refuse.find(x.provider); i != script->refuse.end()) {
        answer.refused = i->second;
        return answer;
      }
      answer.id = ++script->last_id;
      script->open.emplace(answer.id, x);
      if (script->silent) {
        auto promise = self->make_response_promise<reserved>();
        script->unanswered.emplace_back(answer.id, promise);
        return promise;
      }
      return answer;
    },
    [script](const settle& x) {
      script->settled.push_back(x);
      script->open.erase(x.id);
    },
    [](const mark_unavailable&) {},
    [](get_quota) { return quota_report{}; },
    [](const services_changed&) {},
    [script](next_window) {
      for (auto& [id, promise] : std::exchange(script->unanswered, {})) {
        reserved late;
        late.id = id;
        promise.deliver(std::move(late));
      }
    },
  };
}

/// A call's upstream end that remembers.
struct fake_upstream : upstream_call {
  uint32_t granted = 0;
  bool cancelled = false;
  void grant(uint32_t events) override {
    granted += events;
  }
  void cancel() override {
    cancelled = true;
  }
};

/// How a fake provider treats one call.
struct fake_reply {
  enum class kind : uint8_t {
    /// Answers with `text`.
    answer,
    /// Fails with `why`.
    fail,
    /// Says that it started, and nothing more.
    hang,
    /// Leaves the call in its queue.
    queue,
  };
  kind what = kind::answer;
  std::string text = "fine";
  failure why;
  bool maybe_billed = false;
  usage tokens;
  /// Pieces of a stream that come before the end.
  std::vector<stream_event> pieces;
  /// The client's own body was sent.
  bool verbatim = false;
};

/// What a fake provider does with its calls, in order; the last is repeated.
struct provider_script {
  /// What it counts; unset for a format that cannot.
  std::optional<uint64_t> count;
  std::vector<count_input> counts;
  std::deque<fake_reply> replies{fake_reply{}};
  std::vector<start_call> calls;
  std::vector<call_id> withdrawn;
  std::vector<std::shared_ptr<fake_upstream>> upstreams;
};

inline provider_actor::behavior_type
fake_provider(provider_actor::pointer self,
              const std::shared_ptr<provider_script>& script) {
  return {
    [script](const count_input& x) -> caf::result<counted_input> {
      script->counts.push_back(x);
      if (!script->count)
        return make_error(ec::unsupported, "no endpoint that counts");
      return counted_input{*script->count};
    },
    [](const count_over&) {},
    [self, script](const start_call& x) {
      using kind = fake_reply::kind;
      script->calls.push_back(x);
      auto reply = script->replies.front();
      if (script->replies.size() > 1)
        script->replies.pop_front();
      if (reply.what == kind::queue)
        return;
      script->upstreams.push_back(std::make_shared<fake_upstream>());
      self->send(
        x.to,
        call_started{x.id, script->upstreams.back(), {"stop"}, reply.verbatim});
      if (!reply.pieces.empty())
        self->send(x.to, call_progress{x.id, reply.pieces});
      if (reply.what == kind::hang)
        return;
      if (reply.what == kind::fail) {
        self->send(
          x.to,
          call_failed{x.id, reply.why, reply.tokens, reply.maybe_billed, {}});
        return;
      }
      auto response = std::make_shared<chat_response>();
      response->id = "resp_1";
      response->model = x.request->model;
      if (!x.request->stream)
        response->parts.emplace_back(text_part{reply.text});
      response->tokens = reply.tokens;
      self->send(x.to, call_finished{x.id, response, {}});
    },
    [script](const cancel_call& x) { script->withdrawn.push_back(x.id); },
    [](get_provider_status) { return provider_status{}; },
    [](const services_changed&) {},
    [](const call_over&) {},
    [](provider_tick) {},
  };
}

/// What a fake storage was given.
struct storage_script {
  std::vector<ledger_row> rows;
  uint32_t flushes = 0;
};

inline storage_actor::behavior_type
fake_storage(storage_actor::pointer,
             const std::shared_ptr<storage_script>& script) {
  return {
    [script](const record& x) { script->rows.push_back(x.row); },
    [](const change_leases&) {},
    [](const take_leases&) { return leases_taken{}; },
    [](const get_usage&) { return usage_report{}; },
    [](get_storage_status) { return storage_status{}; },
    [script](flush) {
      ++script->flushes;
      return flushed{};
    },
    [](const services_changed&) {},
    [](commit_group) {},
    [](const batch_over&) {},
  };
}

/// What a sink received, in order.
struct sink_record {
  using entry =
    std::variant<answer_started, answer_delta, answer_finished, answer_failed>;
  std::vector<entry> all;

  template <class T>
  std::vector<T> only() const {
    std::vector<T> result;
    for (const auto& x : all)
      if (const auto* match = std::get_if<T>(&x))
        result.push_back(*match);
    return result;
  }

  /// The answer, or null.
  answer_ptr finished() const {
    auto xs = only<answer_finished>();
    return xs.empty() ? nullptr : xs.back().what;
  }

  /// The failure, or none.
  std::optional<answer_failed> failed() const {
    auto xs = only<answer_failed>();
    if (xs.empty())
      return std::nullopt;
    return xs.back();
  }

  /// How many ends came: must be one in the end.
  size_t ends() const {
    return only<answer_finished>().size() + only<answer_failed>().size();
  }

  /// Stream events received.
  size_t pieces() const {
    size_t n = 0;
    for (const auto& x : only<answer_delta>())
      n += x.events.size();
    return n;
  }

  /// The text that came as deltas.
  std::string streamed() const {
    std::string result;
    for (const auto& x : only<answer_delta>())
      for (const auto& piece : x.events)
        if (const auto* text = std::get_if<text_delta>(&piece))
          result += text->text;
    return result;
  }
};

inline sink_actor::behavior_type
recording_sink(sink_actor::pointer, const std::shared_ptr<sink_record>& log) {
  return {
    [log](const answer_started& x) { log->all.emplace_back(x); },
    [log](const answer_delta& x) { log->all.emplace_back(x); },
    [log](const answer_finished& x) { log->all.emplace_back(x); },
    [log](const answer_failed& x) { log->all.emplace_back(x); },
  };
}

inline listener_actor::behavior_type
recording_listener(listener_actor::pointer,
                   const std::shared_ptr<std::vector<event>>& log) {
  return {
    [log](const event& x) { log->push_back(x); },
  };
}

/// A failure of a class, with a message.
inline failure failing(failure_class what, std::string message = "it broke") {
  failure result;
  result.what = what;
  result.message = std::move(message);
  return result;
}

/// A reply that fails.
inline fake_reply fails(failure_class what, std::string message = "it broke") {
  fake_reply x;
  x.what = fake_reply::kind::fail;
  x.why = failing(what, std::move(message));
  return x;
}

/// A reply that starts and then says nothing.
inline fake_reply hangs() {
  fake_reply x;
  x.what = fake_reply::kind::hang;
  return x;
}

/// A reply that stays in the queue.
inline fake_reply queues() {
  fake_reply x;
  x.what = fake_reply::kind::queue;
  return x;
}

/// A streamed reply of these texts.
inline fake_reply streams(const std::vector<std::string>& texts) {
  fake_reply x;
  x.pieces.emplace_back(stream_start{"resp_1", "model"});
  for (const auto& text : texts)
    x.pieces.emplace_back(text_delta{0, text});
  return x;
}

} // namespace smart_agents::test
