#pragma once

#include "actors/coordinator/coordinator.hpp"
#include "actors/events/event_bus.hpp"
#include "tests/support/fakes.hpp"

namespace smart_agents::test {

/// A real coordinator and event bus among fakes. Providers are called claude,
/// chatgpt and ollama, and are ranked in this order.
class coordinator_fixture : public deterministic {
protected:
  std::shared_ptr<router_script> routing_ = std::make_shared<router_script>();
  std::shared_ptr<quota_script> quota_ = std::make_shared<quota_script>();
  std::shared_ptr<storage_script> ledger_ = std::make_shared<storage_script>();
  std::shared_ptr<std::vector<event>> events_ =
    std::make_shared<std::vector<event>>();
  std::map<std::string, std::shared_ptr<provider_script>> scripts_;
  services peers_;
  coordinator_options options_;
  coordinator_actor coordinator_;
  std::shared_ptr<sink_record> got_ = std::make_shared<sink_record>();
  sink_actor sink_;
  listener_actor listener_;

  void SetUp() override {
    routing_->answer.input_tokens = 100;
    routing_->answer.complexity = 5;
    routing_->answer.baseline_usd_per_input_mtok = 5;
    routing_->answer.baseline_usd_per_output_mtok = 25;
    int tier = 1;
    for (std::string name : {"claude", "chatgpt", "ollama"}) {
      scripts_[name] = std::make_shared<provider_script>();
      peers_.providers[name] = system_.spawn(fake_provider, scripts_[name]);
      candidate x;
      x.provider = name;
      x.model = name + "-model";
      x.tier = tier++;
      x.reason = "rule for " + name;
      routing_->answer.ranked.push_back(x);
    }
    peers_.router = system_.spawn(fake_router, routing_);
    peers_.quota = system_.spawn(fake_quota, quota_);
    peers_.storage = system_.spawn(fake_storage, ledger_);
    peers_.events = system_.spawn(event_bus, event_bus_options{});
    listener_ = system_.spawn(recording_listener, events_);
    tell(peers_.events, subscribe{listener_});
    options_.table = std::make_shared<task_table>();
    sink_ = system_.spawn(recording_sink, got_);
    start_coordinator();
  }

  void TearDown() override {
    stop(coordinator_);
    for (auto& [name, handle] : peers_.providers)
      stop(handle);
    stop(peers_.router);
    stop(peers_.quota);
    stop(peers_.storage);
    stop(peers_.events);
    stop(listener_);
    stop(sink_);
  }

  void start_coordinator() {
    options_.peers = std::make_shared<services>(peers_);
    coordinator_ = system_.spawn(coordinator, options_);
    peers_.coordinator = coordinator_;
    publish();
  }

  /// What the supervisor does after a restart.
  void publish() {
    tell(coordinator_, services_changed{std::make_shared<services>(peers_)});
  }

  /// A task that says hello.
  std::shared_ptr<task> hello(std::string id = "t1", bool stream = false) {
    auto x = std::make_shared<task>();
    x->id = std::move(id);
    x->request.messages.push_back(text_message(role::user, "Hello?"));
    x->request.stream = stream;
    return x;
  }

  caf::expected<task_accepted> run(task_ptr what) {
    return ask<task_accepted>(coordinator_, run_task{std::move(what), sink_});
  }

  void reply(const std::string& provider, fake_reply x) {
    scripts_[provider]->replies = {std::move(x)};
  }

  uint32_t load() {
    auto report = ask<load_report>(coordinator_, get_load{});
    return report ? report->running : ~0u;
  }

  /// Nothing is left: no reservation, no task, exactly one end.
  void expect_all_over() {
    EXPECT_TRUE(quota_->open.empty());
    EXPECT_EQ(load(), 0u);
    EXPECT_EQ(got_->ends(), 1u);
  }

  std::vector<std::string> outcomes() const {
    std::vector<std::string> result;
    for (const auto& x : ledger_->rows)
      result.push_back(x.provider + " " + x.outcome);
    return result;
  }

  bool told(event::kind what) const {
    for (const auto& x : *events_)
      if (x.what == what)
        return true;
    return false;
  }
};

} // namespace smart_agents::test
