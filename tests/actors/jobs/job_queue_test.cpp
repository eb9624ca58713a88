#include "actors/jobs/job_queue.hpp"

#include "actors/coordinator/skill_shelf.hpp"
#include "adapters/job_rules.hpp"
#include "adapters/job_store.hpp"
#include "tests/actors/coordinator/coordinator_fixture.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace smart_agents {

namespace {

using enum failure_class;
using test::fails;
using test::fake_reply;
using test::hangs;

/// A real coordinator, a real queue, and a real store.
class JobQueue : public test::coordinator_fixture {
protected:
  JobQueue() {
    std::string name = "/tmp/smart-agents-queue-XXXXXX";
    folder_ = mkdtemp(name.data());
    store_ = open_store();
  }

  ~JobQueue() override {
    store_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  /// As each process has its own.
  std::shared_ptr<job_store> open_store() const {
    auto made = open_sqlite_jobs((folder_ / "jobs.db").string());
    EXPECT_TRUE(made) << render(made.error());
    return made ? std::move(*made) : nullptr;
  }

  std::filesystem::path folder_;
  /// To look at.
  std::shared_ptr<job_store> store_;
  std::string busy_;
  int ids_ = 0;
  supervisor_actor supervisor_ = system_.spawn(
    [this](supervisor_actor::pointer) -> supervisor_actor::behavior_type {
      return {
        [this](get_services) {
          return services_changed{std::make_shared<services>(peers_)};
        },
        [](get_children) { return children_report{}; },
        [](stop_all) { return all_stopped{}; },
        [](const start_child&) {},
      };
    });
  jobs_actor queue_;

  void SetUp() override {
    coordinator_fixture::SetUp();
    queue_ = start_queue("a");
  }

  void TearDown() override {
    stop(queue_);
    stop(supervisor_);
    coordinator_fixture::TearDown();
  }

  jobs_actor start_queue(const std::string& owner, bool runs = true) {
    job_queue_options options;
    options.worker = [this, owner, store = open_store()] {
      return system_.spawn(job_worker, store, owner, std::function<void()>{});
    };
    options.supervisor = supervisor_;
    options.peers = std::make_shared<services>(peers_);
    options.make_id = [this] { return "req_" + std::to_string(++ids_); };
    options.runs = runs;
    options.limits.running = 2;
    options.load = [this] { return busy_; };
    options.check_skill = [](const std::string& name) {
      return skill_shelf{}.check(name);
    };
    options.estimate = [](const job_request& what) {
      return job_expected{1, what.input.size(), 0.25, "Expected: 1 call."};
    };
    options.wall = [this] { return wall(); };
    auto result = system_.spawn(job_queue, options);
    settle_all();
    return result;
  }

  /// Civil time, as far as the virtual clock has come.
  wall_time wall() {
    return wall_time{std::chrono::duration_cast<wall_time::duration>(
      now().time_since_epoch() + std::chrono::hours{24 * 365})};
  }

  static job_request question(std::string text = "Hello?") {
    job_request x;
    x.input = std::move(text);
    return x;
  }

  std::string submit(job_request what) {
    auto got = ask<job_report>(queue_, submit_job{std::move(what)});
    EXPECT_TRUE(got) << render(got.error());
    return got ? got->what->id : "";
  }

  job_ptr job_of(const std::string& id) {
    auto got = ask<job_report>(queue_, get_job{id});
    EXPECT_TRUE(got) << render(got.error());
    return got ? got->what : std::make_shared<job>();
  }

  std::vector<std::string> told_of(const std::string& id) {
    std::vector<std::string> result;
    for (const auto& x : *events_)
      if (x.what == event::kind::job && x.task_id == id)
        result.push_back(to_string(x.work->state));
    return result;
  }

  /// Answers every call that hangs.
  void answer_all(const std::string& text = "late") {
    auto calls = std::exchange(scripts_["claude"]->calls, {});
    for (const auto& x : calls) {
      auto response = std::make_shared<chat_response>();
      response->parts.emplace_back(text_part{text});
      tell(x.to, call_finished{x.id, response, {}});
    }
  }
};

TEST_F(JobQueue, RunsAJobAndKeepsItsResult) {
  auto id = submit(question());
  EXPECT_THAT(id, testing::StartsWith("job_"));
  auto x = job_of(id);
  EXPECT_EQ(x->state, job_state::completed);
  EXPECT_EQ(x->outcome.text, "fine");
  EXPECT_EQ(x->outcome.provider, "claude");
  EXPECT_EQ(x->progress, 1);
  EXPECT_THAT(told_of(id), testing::Contains("completed"));
}

TEST_F(JobQueue, RefusesWhatCannotBeAJob) {
  auto got = ask<job_report>(queue_, submit_job{question(" ")});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), ec::bad_input);
  auto unknown = question();
  unknown.skill = "magic";
  got = ask<job_report>(queue_, submit_job{unknown});
  ASSERT_FALSE(got);
  EXPECT_THAT(render(got.error()), HasSubstr("no skill called magic"));
}

TEST_F(JobQueue, RunsNoMoreAtOnceThanItMay) {
  reply("claude", hangs());
  std::vector<std::string> ids;
  ids.reserve(3);
  for (int i = 0; i < 3; ++i)
    ids.push_back(submit(question()));
  EXPECT_EQ(job_of(ids[1])->state, job_state::running);
  EXPECT_EQ(job_of(ids[2])->state, job_state::pending);
  answer_all();
  EXPECT_EQ(job_of(ids[0])->state, job_state::completed);
  EXPECT_EQ(job_of(ids[2])->state, job_state::running);
}

TEST_F(JobQueue, TriesAgainWhatMayPass) {
  scripts_["claude"]->replies = {fails(server_error, "broken"), fake_reply{}};
  routing_->answer.ranked.resize(1);
  auto request = question();
  auto id = submit(request);
  for (int i = 0; i < 400 && !is_final(job_of(id)->state); ++i)
    advance(1s);
  EXPECT_EQ(job_of(id)->state, job_state::completed);
}

TEST_F(JobQueue, GivesUpAfterItsTries) {
  reply("claude", fails(quota_exhausted, "nothing left"));
  routing_->answer.ranked.resize(1);
  auto request = question();
  request.tries = 2;
  auto id = submit(request);
  EXPECT_EQ(job_of(id)->state, job_state::pending);
  EXPECT_THAT(job_of(id)->step, HasSubstr("tried again"));
  for (int i = 0; i < 400 && !is_final(job_of(id)->state); ++i)
    advance(1s);
  auto x = job_of(id);
  EXPECT_EQ(x->state, job_state::failed);
  EXPECT_EQ(x->failures, 1u);
  EXPECT_THAT(x->outcome.error, HasSubstr("nothing left"));
}

TEST_F(JobQueue, WaitsWithoutATryWhileNobodyCanBeAsked) {
  fake_reply rests = fails(resting, "rests");
  rests.why.retry_after = 60s;
  scripts_["claude"]->replies = {rests, rests, rests, rests, fake_reply{}};
  routing_->answer.ranked.resize(1);
  auto request = question();
  request.tries = 1;
  auto id = submit(request);
  EXPECT_THAT(job_of(id)->step, HasSubstr("It waits for room"));
  for (int i = 0; i < 1000 && !is_final(job_of(id)->state); ++i)
    advance(1s);
  auto x = job_of(id);
  EXPECT_EQ(x->state, job_state::completed);
  EXPECT_EQ(x->failures, 0u);
  EXPECT_GE(x->waits, 1u);
}

TEST_F(JobQueue, DoesNotWaitForRoomForEver) {
  fake_reply rests = fails(resting, "rests");
  rests.why.retry_after = 9min;
  reply("claude", rests);
  routing_->answer.ranked.resize(1);
  auto request = question();
  request.tries = 2;
  auto id = submit(request);
  for (int i = 0; i < 40 * 60 && !is_final(job_of(id)->state); ++i)
    advance(1min);
  auto x = job_of(id);
  EXPECT_EQ(x->state, job_state::failed);
  EXPECT_GE(x->waits, 90u);
  EXPECT_GE(wall() - x->created, patience_for_room);
}

TEST_F(JobQueue, CountsATryWhereRoomIsFarAway) {
  fake_reply spent = fails(over_quota, "the day's limit is used up");
  spent.why.retry_after = 5h;
  reply("claude", spent);
  routing_->answer.ranked.resize(1);
  auto request = question();
  request.tries = 1;
  auto x = job_of(submit(request));
  EXPECT_EQ(x->state, job_state::failed);
  EXPECT_EQ(x->waits, 0u);
}

TEST_F(JobQueue, TellsWhatAJobIsExpectedToTake) {
  auto got = ask<job_report>(queue_, submit_job{question("12345")});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->what->expected,
            (job_expected{1, 5, 0.25, "Expected: 1 call."}));
  EXPECT_EQ(job_of(got->what->id)->expected, got->what->expected);
}

TEST_F(JobQueue, ShowsAndCancelsOnlyWhatIsTheClientsOwn) {
  reply("claude", hangs());
  auto request = question();
  request.client = "ann";
  auto id = submit(request);
  EXPECT_EQ(ask<job_report>(queue_, get_job{id, "bob"}).error(), ec::not_found);
  EXPECT_EQ(ask<job_report>(queue_, cancel_job{id, "bob"}).error(),
            ec::not_found);
  EXPECT_TRUE(ask<job_report>(queue_, get_job{id, "ann"}));
  EXPECT_EQ(events_->back().client, "ann");
  EXPECT_TRUE(ask<job_report>(queue_, cancel_job{id, "ann"}));
  tell(queue_, keep_turns{"t", {{false, "Who?", {}, {}}}, "ann"});
  EXPECT_EQ(ask<thread_report>(queue_, get_thread{"t", "ann"})->turns.size(),
            1u);
  EXPECT_TRUE(
    ask<thread_report>(queue_, get_thread{"t", "bob"})->turns.empty());
}

TEST_F(JobQueue, TriesNothingAgainThatIsWrong) {
  reply("claude", fails(bad_request, "nonsense"));
  auto id = submit(question());
  EXPECT_EQ(job_of(id)->state, job_state::failed);
  EXPECT_EQ(scripts_["claude"]->calls.size(), 1u);
}

TEST_F(JobQueue, StopsUpstreamWhenAJobIsCancelled) {
  reply("claude", hangs());
  auto id = submit(question());
  auto got = ask<job_report>(queue_, cancel_job{id});
  ASSERT_TRUE(got) << render(got.error());
  EXPECT_EQ(job_of(id)->state, job_state::cancelled);
  ASSERT_EQ(scripts_["claude"]->upstreams.size(), 1u);
  EXPECT_TRUE(scripts_["claude"]->upstreams[0]->cancelled);
  EXPECT_EQ(ask<job_report>(queue_, cancel_job{"job_x"}).error(),
            ec::not_found);
}

TEST_F(JobQueue, HearsWithinASecondThatAnotherProcessCancelled) {
  reply("claude", hangs());
  auto id = submit(question());
  ASSERT_TRUE(store_->apply({stop_job{id}}, wall()));
  advance(1s);
  EXPECT_TRUE(scripts_["claude"]->upstreams.at(0)->cancelled);
  EXPECT_EQ(job_of(id)->state, job_state::cancelled);
}

TEST_F(JobQueue, WaitsForItsTimeAndForOthers) {
  reply("claude", hangs());
  auto first = submit(question());
  auto later = question();
  later.after = {first};
  auto second = submit(later);
  auto timed = question();
  timed.at = wall() + 1min;
  auto third = submit(timed);
  EXPECT_EQ(job_of(second)->state, job_state::pending);
  reply("claude", fake_reply{});
  answer_all();
  EXPECT_EQ(job_of(second)->state, job_state::completed);
  EXPECT_EQ(job_of(third)->state, job_state::pending);
  advance(61s);
  EXPECT_EQ(job_of(third)->state, job_state::completed);
}

TEST_F(JobQueue, HoldsJobsWhileTheMachineIsBusyAndGoesOn) {
  busy_ = "memory is at 95 %";
  advance(2s);
  auto id = submit(question());
  advance(5s);
  EXPECT_EQ(job_of(id)->state, job_state::pending);
  EXPECT_EQ(ask<queue_report>(queue_, get_queue{})->held, busy_);
  busy_ = "";
  advance(2s);
  EXPECT_EQ(job_of(id)->state, job_state::completed);
}

TEST_F(JobQueue, PausesAndGoesOn) {
  ASSERT_TRUE(ask<queue_report>(queue_, pause_jobs{true})->paused);
  auto id = submit(question());
  advance(5s);
  EXPECT_EQ(job_of(id)->state, job_state::pending);
  EXPECT_FALSE(ask<queue_report>(queue_, pause_jobs{false})->paused);
  settle_all();
  EXPECT_EQ(job_of(id)->state, job_state::completed);
}

TEST_F(JobQueue, DrainsWhatRuns) {
  reply("claude", hangs());
  auto first = submit(question());
  EXPECT_FALSE(ask<drained>(queue_, drain{}));
  auto second = submit(question());
  answer_all();
  EXPECT_TRUE(ask<drained>(queue_, drain{}));
  EXPECT_EQ(job_of(first)->state, job_state::completed);
  EXPECT_EQ(job_of(second)->state, job_state::pending);
}

TEST_F(JobQueue, GivesItsJobsBackWhenItStops) {
  reply("claude", hangs());
  auto id = submit(question());
  stop(queue_);
  auto x = store_->get(id);
  ASSERT_TRUE(x);
  EXPECT_EQ((*x)->state, job_state::pending);
  EXPECT_EQ((*x)->failures, 0u);
}

TEST_F(JobQueue, BeginsAgainAfterACrash) {
  reply("claude", hangs());
  auto id = submit(question());
  crash(queue_);
  queue_ = start_queue("a");
  reply("claude", fake_reply{});
  EXPECT_EQ(job_of(id)->claim, 2u);
  answer_all();
  EXPECT_EQ(job_of(id)->state, job_state::completed);
}

TEST_F(JobQueue, RunsNoFinishedStepAgain) {
  scripts_["claude"]->replies = {fake_reply{}, fake_reply{}, hangs()};
  auto request = question("code");
  request.skill = "code_review";
  auto id = submit(request);
  ASSERT_EQ(scripts_["claude"]->calls.size(), 3u);
  auto before = job_of(id);
  EXPECT_EQ(before->state, job_state::running);
  EXPECT_GT(before->progress, 0.4);
  crash(queue_);
  scripts_["claude"]->calls.clear();
  reply("claude", fake_reply{});
  queue_ = start_queue("a");
  auto x = job_of(id);
  EXPECT_EQ(x->state, job_state::completed);
  EXPECT_EQ(x->steps.size(), 4u);
  EXPECT_EQ(scripts_["claude"]->calls.size(), 2u)
    << "the one that hung, and the synthesis";
}

TEST_F(JobQueue, TakesOverFromAnotherProcess) {
  reply("claude", hangs());
  auto id = submit(question());
  auto other = start_queue("b");
  advance(2s);
  EXPECT_EQ(job_of(id)->owner, "a");
  // With its store, which keeps the lock that says that it lives.
  crash(queue_);
  reply("claude", fake_reply{});
  advance(1s);
  queue_ = other;
  EXPECT_EQ(job_of(id)->state, job_state::completed);
}

TEST_F(JobQueue, OnlyHandsInWhereItDoesNotRun) {
  stop(queue_);
  queue_ = start_queue("c", false);
  auto id = submit(question());
  advance(5s);
  EXPECT_EQ(job_of(id)->state, job_state::pending);
}

TEST_F(JobQueue, TellsAsMuchAsWasAskedFor) {
  auto silent = question();
  silent.notify = job_notify::silent;
  EXPECT_TRUE(told_of(submit(silent)).empty());
  auto end = question();
  end.notify = job_notify::completion;
  EXPECT_EQ(told_of(submit(end)), std::vector<std::string>{"completed"});
}

} // namespace

} // namespace smart_agents
