#pragma once

#include "actors/front/mcp_front.hpp"
#include "actors/front/mcp_resources.hpp"
#include "messages/error.hpp"
#include "tests/support/fakes.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

namespace smart_agents {

namespace json = boost::json;

/// A client that remembers what it was told.
struct fake_client : line_channel {
  std::vector<json::value> told;
  void write(std::string line) override {
    told.push_back(json::parse(line));
  }
};

/// The front among fakes. Tasks stay open until the test ends them.
class McpFront : public test::deterministic {
protected:
  McpFront() {
    now_.coordinator = system_.spawn(
      [this](coordinator_actor::pointer) -> coordinator_actor::behavior_type {
        return {
          [this](const run_task& x) {
            tasks_.push_back(x.what);
            return task_accepted{x.what->id, dispatch_};
          },
          [](const run_skill& x) -> caf::result<task_accepted> {
            return make_error(ec::not_found, "skill '" + x.name + "'");
          },
          [](const cancel_task&) {},
          [](get_load) { return load_report{}; },
          [](drain) { return drained{}; },
          [](const services_changed&) {},
          [](sweep) {},
        };
      });
    now_.router = system_.spawn(test::fake_router, router_);
    now_.quota =
      system_.spawn(test::fake_quota, std::make_shared<test::quota_script>());
    now_.storage = system_.spawn(test::fake_storage,
                                 std::make_shared<test::storage_script>());
    now_.providers["ollama"] = system_.spawn(
      test::fake_provider, std::make_shared<test::provider_script>());
    now_.events = new_bus();
    start();
  }

  void TearDown() override {
    stop(front_);
    stop(dispatch_);
    stop(now_.coordinator);
    stop(now_.router);
    stop(now_.quota);
    stop(now_.storage);
    stop(now_.events);
    for (const auto& [name, who] : now_.providers)
      stop(who);
    stop(supervisor_);
  }

  event_actor new_bus() {
    return system_.spawn(
      [this](event_actor::pointer) -> event_actor::behavior_type {
        return {
          [](const event&) {},
          [this](const subscribe&) { ++subscriptions_; },
          [](const unsubscribe&) {},
        };
      });
  }

  /// Starts a front, the first or a successor.
  void start() {
    mcp_front_options options;
    options.supervisor = supervisor_;
    options.memory = memory_;
    options.channel = client_;
    options.version = "1.2";
    options.make_id = [this] { return "req_" + std::to_string(++last_id_); };
    options.answer_text = [](const answer& x) {
      return text_of(x.response.parts);
    };
    options.failure_text = [](const answer_failed& x) { return x.why.message; };
    options.decision_text = [](const decision&) { return "decided"; };
    options.rate = [this](const std::string& id,
                          bool good) -> caf::expected<std::string> {
      if (id == "unknown")
        return make_error(ec::not_found, "no answer");
      rated_.emplace_back(id + (good ? " good" : " bad"));
      return std::string{"claude/opus (code)"};
    };
    options.usage_text =
      [](const quota_report&, const std::vector<provider_status>& providers,
         const usage_report&, wall_time since, const std::string& by) {
        return std::to_string(providers.size()) + " providers, by " + by
               + " since "
               + std::to_string(
                 std::chrono::floor<std::chrono::days>(since.time_since_epoch())
                   .count());
      };
    options.wall_clock = [] { return wall_time{std::chrono::hours{50}}; };
    options.parse_since = [](const std::string& text, wall_time now) {
      return text == "24h" ? std::optional{now - std::chrono::hours{24}}
                           : std::nullopt;
    };
    options.resource_text = [](const std::string& uri, const quota_report&,
                               const std::vector<provider_status>& providers,
                               const usage_report&) {
      return uri == mcp_uri::providers ? std::to_string(providers.size()) : "";
    };
    options.routing = routing_;
    options.confirm_above_usd = confirm_above_;
    options.max_answer = max_answer_;
    options.on_end = [this] { ++ends_; };
    front_ = system_.spawn(mcp_front, std::move(options));
    settle_all();
  }

  void say(std::string line) {
    ASSERT_TRUE(memory_->push(std::move(line)));
    tell(front_, mcp_lines{});
  }

  static std::string call(json::value id, std::string tool,
                          json::object arguments, json::value token = nullptr) {
    json::object params{{"name", std::move(tool)},
                        {"arguments", std::move(arguments)}};
    if (!token.is_null())
      params["_meta"] = {{"progressToken", std::move(token)}};
    return json::serialize(json::object{{"jsonrpc", "2.0"},
                                        {"id", std::move(id)},
                                        {"method", "tools/call"},
                                        {"params", std::move(params)}});
  }

  void ask(json::value id, std::string prompt, json::value token = nullptr) {
    say(call(std::move(id), "ask", {{"prompt", std::move(prompt)}},
             std::move(token)));
  }

  void cancel(json::value id) {
    say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                     {"method", "notifications/cancelled"},
                                     {"params", {{"requestId", id}}}}));
  }

  /// Ends the task with this place in `tasks_`.
  void finish(size_t task, std::string text) {
    auto what = std::make_shared<answer>();
    what->response.parts.emplace_back(text_part{std::move(text)});
    tell(front_, answer_finished{tasks_.at(task)->id, what});
  }

  void fail(size_t task, std::string why) {
    answer_failed x;
    x.task_id = tasks_.at(task)->id;
    x.why = test::failing(failure_class::internal, std::move(why));
    tell(front_, x);
  }

  /// Texts of the replies to a call; errors by their code.
  std::vector<std::string> replies(const json::value& id) const {
    std::vector<std::string> result;
    for (const auto& x : client_->told) {
      const auto& message = x.as_object();
      if (!message.contains("id") || message.at("id") != id)
        continue;
      if (message.contains("error"))
        result.push_back(json::serialize(x.at_pointer("/error/code")));
      else
        result.push_back(
          json::value_to<std::string>(x.at_pointer("/result/content/0/text")));
    }
    return result;
  }

  std::vector<double> progress(const json::value& token) const {
    std::vector<double> result;
    for (const auto& x : client_->told)
      if (const auto* method = x.as_object().if_contains("method");
          method && *method == "notifications/progress"
          && x.at_pointer("/params/progressToken") == token)
        result.push_back(x.at_pointer("/params/progress").to_number<double>());
    return result;
  }

  using strings = std::vector<std::string>;

  dispatch_actor dispatch_ = system_.spawn(
    [this](dispatch_actor::pointer) -> dispatch_actor::behavior_type {
      return {
        [](const call_started&) {},
        [](const call_progress&) {},
        [](const call_finished&) {},
        [](const call_failed&) {},
        [this](const grant_credit& x) { credit_ += x.events; },
        [this](const cancel_task& x) { cancelled_.push_back(x.task_id); },
        [](deadline_passed) {},
      };
    });

  supervisor_actor supervisor_ = system_.spawn(
    [this](supervisor_actor::pointer) -> supervisor_actor::behavior_type {
      return {
        [this](get_services) {
          return services_changed{std::make_shared<services>(now_)};
        },
        [](get_children) { return children_report{}; },
        [](const stop_all&) { return all_stopped{}; },
        [](const start_child&) {},
      };
    });

  services now_;
  std::shared_ptr<test::router_script> router_ =
    std::make_shared<test::router_script>();
  std::shared_ptr<mcp_memory> memory_ = std::make_shared<mcp_memory>();
  std::shared_ptr<fake_client> client_ = std::make_shared<fake_client>();
  mcp_front_actor front_;
  /// For the next front.
  std::shared_ptr<routing_board> routing_;
  double confirm_above_ = 0;
  uint64_t max_answer_ = 0;
  std::vector<task_ptr> tasks_;
  strings cancelled_;
  strings rated_;
  uint32_t credit_ = 0;
  int subscriptions_ = 0;
  int last_id_ = 0;
  int ends_ = 0;
};

} // namespace smart_agents
