#include "actors/front/events_front.hpp"

#include "actors/events/event_bus.hpp"
#include "tests/support/fakes.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace smart_agents {

namespace {

struct fake_websocket final : websocket {
  void send(websocket_text message) override {
    got.push_back(*message);
  }
  void close(uint16_t code, std::string) override {
    closed = code;
  }
  std::vector<std::string> got;
  uint16_t closed = 0;
};

struct fake_answer final : http_responder {
  void send(int code, http_headers, std::string text) override {
    status = code;
    body = std::move(text);
  }
  void start(int code, http_headers) override {
    status = code;
  }
  void write(std::string bytes, std::function<void(bool)> then) override {
    body += bytes;
    done = std::move(then);
  }
  void end() override {
    ended = true;
  }
  void abort() override {
    ended = true;
  }
  void on_gone(std::function<void()> f) override {
    gone = std::move(f);
  }
  bool answered() const override {
    return status != 0;
  }
  int status = 0;
  std::string body;
  bool ended = false;
  std::function<void(bool)> done;
  std::function<void()> gone;
};

class EventsFront : public test::deterministic {
protected:
  std::shared_ptr<feed_memory> memory_ = std::make_shared<feed_memory>();
  event_actor bus_ = system_.spawn(event_bus, event_bus_options{});
  supervisor_actor supervisor_ = system_.spawn(
    [this](supervisor_actor::pointer) -> supervisor_actor::behavior_type {
      return {
        [this](get_services) {
          auto now = std::make_shared<services>();
          now->events = bus_;
          return services_changed{std::move(now)};
        },
        [](get_children) { return children_report{}; },
        [](stop_all) { return all_stopped{}; },
        [](const start_child&) {},
      };
    });
  events_front_actor front_ = start();

  events_front_actor start() {
    events_front_options options;
    options.supervisor = supervisor_;
    options.memory = memory_;
    options.most_waiting = 2000;
    auto result = system_.spawn(events_front, options);
    settle_all();
    return result;
  }

  void TearDown() override {
    stop(front_);
    stop(bus_);
    stop(supervisor_);
  }

  std::shared_ptr<fake_websocket> come(uint64_t id, std::string query = {},
                                       std::string key = {}) {
    auto client = std::make_shared<fake_websocket>();
    tell(front_, listener_came{id, client, std::move(query), std::move(key)});
    return client;
  }

  void publish(const std::string& task, event::kind what = event::kind::step,
               const std::string& client = {}) {
    event x;
    x.what = what;
    x.task_id = task;
    x.client = client;
    tell(bus_, x);
  }
};

TEST_F(EventsFront, TellsEachWhatItWants) {
  auto all = come(1);
  auto one = come(2, "job=job_1");
  publish("job_1");
  publish("job_2");
  ASSERT_EQ(all->got.size(), 3u);
  EXPECT_THAT(all->got[0], HasSubstr("hello"));
  ASSERT_EQ(one->got.size(), 2u);
  EXPECT_THAT(one->got[1], HasSubstr("\"task\":\"job_1\""));
  tell(front_, listener_left{2});
  publish("job_1");
  EXPECT_EQ(one->got.size(), 2u);
}

TEST_F(EventsFront, TellsAKeyOnlyWhatIsItsOwn) {
  publish("job_0", event::kind::step, "bob");
  auto ann = come(1, "since=0", "ann");
  auto here = come(2);
  server_request request;
  request.target = "/v1/events";
  auto stream = std::make_shared<fake_answer>();
  tell(front_,
       stream_asked{
         std::make_shared<const server_request>(request), stream, {}, "ann"});
  stream->done(true);
  publish("job_1", event::kind::step, "ann");
  stream->done(true);
  publish("job_2", event::kind::step, "bob");
  publish("job_3");
  // Whatever it asks for.
  tell(front_, listener_said{1, R"({"subscribe": {"all": true}})"});
  tell(front_, listener_said{1, R"({"subscribe": {"jobs": ["job_2"]}})"});
  publish("job_2", event::kind::step, "bob");
  tell(front_, listener_said{1, R"({"since": 0})"});
  std::string all;
  for (const auto& x : ann->got)
    all += x;
  EXPECT_THAT(all, HasSubstr("job_1"));
  for (const auto* other : {"job_0", "job_2", "job_3"}) {
    EXPECT_EQ(all.find(other), std::string::npos) << other;
    EXPECT_EQ(stream->body.find(other), std::string::npos) << other;
  }
  EXPECT_THAT(stream->body, HasSubstr("job_1"));
  EXPECT_EQ(here->got.size(), 5u) << "hello, and everything";
}

TEST_F(EventsFront, ObeysItsClients) {
  auto x = come(1);
  tell(front_, listener_said{1, R"({"subscribe": {"topics": ["quota"]}})"});
  publish("job_1");
  tell(front_, listener_said{1, R"({"ping": 7})"});
  tell(front_, listener_said{1, "nonsense"});
  tell(front_, listener_said{1, R"({"shout": 1})"});
  ASSERT_EQ(x->got.size(), 5u);
  EXPECT_EQ(x->got[1], R"({"type":"ok"})");
  EXPECT_EQ(x->got[2], R"({"type":"pong","ping":7})");
  EXPECT_THAT(x->got[3], HasSubstr("must be a JSON object"));
  EXPECT_THAT(x->got[4], HasSubstr("'shout'"));
}

TEST_F(EventsFront, RefusesAnUnknownTopic) {
  auto x = come(1, "topic=weather");
  EXPECT_EQ(x->closed, 1008);
  EXPECT_TRUE(memory_->listeners.empty());
}

TEST_F(EventsFront, GoesOnWhereAClientStopped) {
  publish("job_1");
  publish("job_2");
  publish("job_3");
  auto x = come(1, "since=1");
  ASSERT_EQ(x->got.size(), 3u);
  EXPECT_THAT(x->got[1], HasSubstr("job_2"));
  EXPECT_THAT(x->got[2], HasSubstr("job_3"));
}

TEST_F(EventsFront, KeepsItsClientsAcrossARestart) {
  auto x = come(1);
  crash(front_);
  front_ = start();
  publish("job_1");
  EXPECT_EQ(x->got.size(), 2u);
}

TEST_F(EventsFront, StreamsToThoseWhoReadAndTellsOthersWhatTheyMissed) {
  auto answer = std::make_shared<fake_answer>();
  auto request = std::make_shared<server_request>();
  request->target = "/v1/events";
  tell(front_, stream_asked{request, answer, {}});
  EXPECT_EQ(answer->status, 200);
  // Nobody takes the first piece: what waits is bounded.
  for (int i = 0; i < 100; ++i)
    publish("job_1");
  EXPECT_LT(memory_->streams.at(1).waiting.size(), 3000u);
  answer->body.clear();
  answer->done(true);
  settle_all();
  EXPECT_THAT(answer->body, HasSubstr("event: missed"));
  EXPECT_THAT(answer->body, HasSubstr("You missed"));
  answer->done(true);
  settle_all();
  answer->body.clear();
  publish("job_2");
  EXPECT_THAT(answer->body, HasSubstr("event: step"));
  answer->done(false);
  settle_all();
  EXPECT_TRUE(memory_->streams.empty());
}

} // namespace

} // namespace smart_agents
