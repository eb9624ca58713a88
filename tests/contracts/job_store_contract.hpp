#pragma once

#include "adapters/job_rules.hpp"
#include "adapters/job_store.hpp"
#include "messages/error.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace smart_agents::test {

using names = std::vector<std::string>;

/// What every job store promises. A fixture provides `job_store& store()`,
/// `job_store& other()` (another process's view of the same jobs) and
/// `void end_other()` (that process is killed).
template <class Fixture>
class JobStoreContract : public Fixture {
protected:
  static constexpr wall_time noon{std::chrono::seconds{1795435200}};

  static add_job job_of(const std::string& id, int priority = 5,
                        std::vector<std::string> after = {}) {
    add_job x;
    x.what.id = id;
    x.what.created = noon;
    x.what.what.input = "do " + id;
    x.what.what.priority = priority;
    x.what.what.after = std::move(after);
    return x;
  }

  job_changed apply(job_change x, wall_time now = noon) {
    auto done = this->store().apply({std::move(x)}, now);
    EXPECT_TRUE(done) << render(done.error());
    return done ? done->front() : job_changed{};
  }

  std::vector<job_ptr> claim(uint32_t most, const job_limits& limits = {},
                             wall_time now = noon) {
    auto got = this->store().claim("a", most, limits, now);
    EXPECT_TRUE(got) << render(got.error());
    return got ? *got : std::vector<job_ptr>{};
  }

  static std::vector<std::string> ids(const std::vector<job_ptr>& jobs) {
    std::vector<std::string> result;
    for (const auto& x : jobs)
      result.push_back(x->id);
    return result;
  }

  job_ptr get(const std::string& id) {
    auto x = this->store().get(id);
    EXPECT_TRUE(x) << render(x.error());
    return x ? *x : std::make_shared<job>();
  }

  static end_job done(const job_ptr& x, std::string text = "fine") {
    end_job end{x->id, x->claim, job_state::completed, {}};
    end.outcome.text = std::move(text);
    return end;
  }
};

TYPED_TEST_SUITE_P(JobStoreContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JobStoreContract);

TYPED_TEST_P(JobStoreContract, KeepsWhatWasAsked) {
  auto x = this->job_of("j1", 7);
  x.what.what.skill = "summarize";
  x.what.what.model = "claude/opus";
  x.what.what.notify = job_notify::verbose;
  x.what.what.patience = std::chrono::minutes{3};
  x.what.expected = {3, 4000, 0.5, "Expected: 3 calls."};
  auto made = this->apply(x);
  ASSERT_TRUE(made.now) << render(made.failed);
  auto got = this->get("j1");
  EXPECT_EQ(got->state, job_state::pending);
  EXPECT_EQ(got->what.input, "do j1");
  EXPECT_EQ(got->what.skill, "summarize");
  EXPECT_EQ(got->what.model, "claude/opus");
  EXPECT_EQ(got->what.priority, 7);
  EXPECT_EQ(got->what.notify, job_notify::verbose);
  EXPECT_EQ(got->what.patience, std::chrono::minutes{3});
  EXPECT_EQ(got->expected, x.what.expected);
  EXPECT_EQ(got->created, this->noon);
  EXPECT_EQ(this->store().get("nobody").error(), ec::not_found);
}

TYPED_TEST_P(JobStoreContract, GivesTheMostUrgentFirstAndAgesTheRest) {
  this->apply(this->job_of("low", 1));
  this->apply(this->job_of("mid", 5));
  auto late = this->job_of("late", 6);
  late.what.created = this->noon + age_of_priority * 6;
  this->apply(late);
  this->apply(this->job_of("top", 10));
  auto now = late.what.created;
  EXPECT_EQ(this->ids(this->claim(1, {}, now)), names{"top"});
  EXPECT_EQ(this->ids(this->claim(9, {}, now)), (names{"mid", "low", "late"}))
    << "an hour of waiting is worth more than one step of priority";
}

TYPED_TEST_P(JobStoreContract, GivesNoJobTwice) {
  this->apply(this->job_of("j1"));
  ASSERT_EQ(this->claim(9).size(), 1u);
  EXPECT_TRUE(this->claim(9).empty());
  auto others = this->other().claim("b", 9, {}, this->noon);
  ASSERT_TRUE(others);
  EXPECT_TRUE(others->empty());
}

TYPED_TEST_P(JobStoreContract, EndsARunOnce) {
  this->apply(this->job_of("j1"));
  auto run = this->claim(1).front();
  auto first = this->apply(this->done(run));
  ASSERT_TRUE(first.now) << render(first.failed);
  EXPECT_EQ(first.now->state, job_state::completed);
  EXPECT_EQ(first.now->progress, 1);
  EXPECT_EQ(this->apply(this->done(run, "again")).failed, ec::not_found);
  EXPECT_EQ(this->get("j1")->outcome.text, "fine");
}

TYPED_TEST_P(JobStoreContract, WaitsForTheJobsItNeeds) {
  this->apply(this->job_of("j1"));
  this->apply(this->job_of("j2"));
  this->apply(this->job_of("j3", 10, {"j1", "j2"}));
  EXPECT_EQ(this->apply(this->job_of("j4", 5, {"nobody"})).failed,
            ec::not_found);
  auto runs = this->claim(9);
  ASSERT_EQ(this->ids(runs), (names{"j1", "j2"}));
  EXPECT_EQ(this->get("j3")->blocked, 2u);
  this->apply(this->done(runs[0]));
  EXPECT_TRUE(this->claim(9).empty());
  this->apply(this->done(runs[1]));
  EXPECT_EQ(this->ids(this->claim(9)), names{"j3"});
}

TYPED_TEST_P(JobStoreContract, BeginsNothingBeforeWhatItNeedsHadEnded) {
  using std::chrono::seconds;
  this->apply(this->job_of("a"));
  auto run = this->claim(1);
  ASSERT_EQ(run.size(), 1u);
  this->apply(end_job{"a", run[0]->claim, job_state::completed, {}},
              this->noon + seconds{5});
  // Both are said to have happened before: by another process, or by one that
  // had to wait for the store.
  this->apply(this->job_of("b", 5, {"a"}), this->noon + seconds{1});
  EXPECT_TRUE(this->claim(1, {}, this->noon + seconds{2}).empty());
  EXPECT_EQ(this->claim(1, {}, this->noon + seconds{5}).size(), 1u);
}

TYPED_TEST_P(JobStoreContract, FailsWhatNeedsALostJob) {
  this->apply(this->job_of("j1"));
  this->apply(this->job_of("j2", 5, {"j1"}));
  this->apply(this->job_of("j3", 5, {"j2"}));
  auto run = this->claim(1).front();
  this->apply(end_job{run->id, run->claim, job_state::failed, {}});
  EXPECT_EQ(this->get("j2")->state, job_state::failed);
  EXPECT_EQ(this->get("j3")->state, job_state::failed);
  EXPECT_NE(this->get("j3")->outcome.error.find("j2"), std::string::npos);
  auto late = this->apply(this->job_of("j5", 5, {"j1"}));
  ASSERT_TRUE(late.now);
  EXPECT_EQ(late.now->state, job_state::failed);
  EXPECT_TRUE(this->claim(9).empty());
}

TYPED_TEST_P(JobStoreContract, StartsNothingBeforeItsTime) {
  auto x = this->job_of("j1");
  x.what.what.at = this->noon + std::chrono::hours{1};
  this->apply(x);
  EXPECT_TRUE(this->claim(9).empty());
  EXPECT_EQ(this->claim(9, {}, x.what.what.at).size(), 1u);
}

TYPED_TEST_P(JobStoreContract, TakesOneKeyForOneJob) {
  auto x = this->job_of("j1");
  x.what.what.key = "monday";
  this->apply(x);
  auto y = this->job_of("j2");
  y.what.what.key = "monday";
  auto again = this->apply(y);
  ASSERT_TRUE(again.now);
  EXPECT_EQ(again.now->id, "j1");
  EXPECT_EQ(this->store().get("j2").error(), ec::not_found);
}

TYPED_TEST_P(JobStoreContract, KeepsWithinItsLimits) {
  for (int i = 0; i < 4; ++i) {
    auto x = this->job_of("r" + std::to_string(i));
    x.what.what.skill = "code_review";
    this->apply(x);
    auto y = this->job_of("s" + std::to_string(i));
    y.what.what.model = "grok/grok-4";
    this->apply(y);
  }
  job_limits limits;
  limits.running = 4;
  limits.per_kind["code_review"] = 1;
  limits.per_provider["grok"] = 2;
  EXPECT_EQ(this->claim(9, limits).size(), 3u);
  EXPECT_TRUE(this->claim(9, limits).empty());
  limits.per_provider.clear();
  EXPECT_EQ(this->claim(9, limits).size(), 1u) << "four in all";
  limits.running = 9;
  limits.only = {"s3"};
  EXPECT_EQ(this->ids(this->claim(9, limits)), names{"s3"});
}

TYPED_TEST_P(JobStoreContract, KeepsStepsOfARun) {
  this->apply(this->job_of("j1"));
  auto run = this->claim(1).front();
  job_step step;
  step.id = "draft";
  step.title = "the draft";
  step.at = job_step::phase::answered;
  step.text = "so far";
  step.cost_usd = 0.25;
  step.elapsed = std::chrono::milliseconds{1500};
  this->apply(save_step{"j1", run->claim, step, 0.5, "drafted", 7});
  this->apply(save_step{"j1", run->claim, {}, 0.4, "checking", 6});
  this->apply(save_step{"j1", run->claim + 1, {}, 0.9, "a ghost", 6});
  auto got = this->get("j1");
  ASSERT_EQ(got->steps.size(), 1u);
  EXPECT_EQ(got->steps[0], step);
  EXPECT_EQ(got->progress, 0.5) << "never falls";
  EXPECT_EQ(got->step, "checking");
  this->apply(return_job{"j1", run->claim, this->noon, false, ""});
  auto next = this->claim(1);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0]->steps.size(), 1u);
  EXPECT_GT(next[0]->claim, run->claim);
}

TYPED_TEST_P(JobStoreContract, CountsFailuresAndWaits) {
  this->apply(this->job_of("j1"));
  auto run = this->claim(1).front();
  auto later = this->noon + std::chrono::seconds{4};
  this->apply(return_job{"j1", run->claim, later, true, "it broke"});
  EXPECT_EQ(this->get("j1")->failures, 1u);
  EXPECT_EQ(this->get("j1")->state, job_state::pending);
  EXPECT_TRUE(this->claim(9).empty());
  run = this->claim(9, {}, later).front();
  return_job wait{"j1", run->claim, later};
  wait.waited = true;
  this->apply(wait);
  EXPECT_EQ(this->get("j1")->failures, 1u);
  EXPECT_EQ(this->get("j1")->waits, 1u);
}

TYPED_TEST_P(JobStoreContract, GivesUpWhatEndsItsProcessesAndNothingElse) {
  this->apply(this->job_of("tried"));
  for (uint64_t i = 0; i < most_claims + 10; ++i) {
    auto run = this->claim(1);
    ASSERT_EQ(run.size(), 1u) << i;
    return_job again{"tried", run.front()->claim, this->noon, i % 2 == 0};
    again.waited = i % 2 == 1;
    this->apply(again);
  }
  EXPECT_EQ(this->get("tried")->failures, most_claims / 2 + 5);
  for (uint64_t i = 0; i < most_claims; ++i) {
    ASSERT_EQ(this->claim(1).size(), 1u) << i;
    ASSERT_FALSE(this->store().release("a", this->noon));
  }
  EXPECT_TRUE(this->claim(1).empty());
  EXPECT_EQ(this->get("tried")->state, job_state::failed);
  EXPECT_EQ(this->get("tried")->outcome.error.find("It was begun 100 times"),
            0u);
}

TYPED_TEST_P(JobStoreContract, ShowsAClientOnlyItsOwn) {
  auto with = [this](const std::string& id, const std::string& client) {
    auto x = this->job_of(id);
    x.what.what.client = client;
    x.what.what.key = "monday";
    x.what.what.thread = "t";
    return this->apply(x).now;
  };
  EXPECT_EQ(with("j1", "ann")->id, "j1");
  EXPECT_EQ(with("j2", "bob")->id, "j2") << "a key is its client's own";
  EXPECT_EQ(with("j3", "bob")->id, "j2");
  this->apply(this->job_of("j4"));
  EXPECT_EQ(this->store().get("j2", "ann").error(), ec::not_found);
  EXPECT_EQ(this->store().get("j4", "ann").error(), ec::not_found);
  EXPECT_TRUE(this->store().get("j1", "ann"));
  EXPECT_TRUE(this->store().get("j1", ""));
  job_filter mine;
  mine.client = "ann";
  EXPECT_EQ(this->ids(this->store().list(mine)->jobs), names{"j1"});
  EXPECT_EQ(this->store().list({})->jobs.size(), 3u);
  EXPECT_EQ(this->apply(stop_job{"j2", "ann"}).failed, ec::not_found);
  auto after = this->job_of("j5", 5, {"j2"});
  after.what.what.client = "ann";
  EXPECT_EQ(this->apply(after).failed, ec::not_found);
  for (const auto& run : this->claim(9)) {
    EXPECT_TRUE(run->history.empty());
    this->apply(this->done(run, "for " + run->what.client));
  }
  auto said = *this->store().turns(thread_of("bob", "t"));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[1].text, "for bob");
  EXPECT_TRUE(this->store().turns("t")->empty());
}

TYPED_TEST_P(JobStoreContract, CancelsWhatWaitsAndMarksWhatRuns) {
  this->apply(this->job_of("j1"));
  this->apply(this->job_of("j2"));
  auto run = this->claim(1).front();
  EXPECT_EQ(this->apply(stop_job{"j2"}).now->state, job_state::cancelled);
  auto marked = this->apply(stop_job{"j1"}).now;
  EXPECT_EQ(marked->state, job_state::running);
  EXPECT_TRUE(marked->cancelling);
  this->apply(return_job{"j1", run->claim, this->noon, true, "it broke"});
  EXPECT_EQ(this->get("j1")->state, job_state::cancelled);
  EXPECT_EQ(this->apply(stop_job{"nobody"}).failed, ec::not_found);
}

TYPED_TEST_P(JobStoreContract, TellsWhatChanged) {
  auto before = *this->store().rev();
  this->apply(this->job_of("j1"));
  this->apply(this->job_of("j2"));
  auto news = this->store().since(before);
  ASSERT_TRUE(news);
  EXPECT_EQ(this->ids(*news), (names{"j1", "j2"}));
  auto rev = *this->store().rev();
  EXPECT_EQ(rev, news->back()->rev);
  this->apply(stop_job{"j1"});
  EXPECT_EQ(this->ids(*this->other().since(rev)), names{"j1"});
}

TYPED_TEST_P(JobStoreContract, ListsTheNewestFirstInPages) {
  for (const auto* id : {"j1", "j2", "j3"})
    this->apply(this->job_of(id));
  job_filter page;
  page.limit = 2;
  auto first = this->store().list(page);
  ASSERT_TRUE(first);
  EXPECT_EQ(this->ids(first->jobs), (names{"j3", "j2"}));
  EXPECT_TRUE(first->more);
  page.after = "j2";
  auto second = this->store().list(page);
  EXPECT_EQ(this->ids(second->jobs), names{"j1"});
  EXPECT_FALSE(second->more);
  this->apply(stop_job{"j2"});
  page = {};
  page.state = job_state::cancelled;
  EXPECT_EQ(this->ids(this->store().list(page)->jobs), names{"j2"});
}

TYPED_TEST_P(JobStoreContract, TakesOverFromADeadProcess) {
  this->apply(this->job_of("j1"));
  auto theirs = this->other().claim("b", 9, {}, this->noon);
  ASSERT_TRUE(theirs);
  ASSERT_EQ(theirs->size(), 1u);
  EXPECT_TRUE(this->claim(9).empty());
  this->end_other();
  auto mine = this->claim(9);
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_GT(mine[0]->claim, theirs->front()->claim);
  EXPECT_EQ(this->apply(this->done(theirs->front())).failed, ec::not_found)
    << "the earlier run cannot end it any more";
}

TYPED_TEST_P(JobStoreContract, ReleasesWhatAnEarlierIncarnationRan) {
  this->apply(this->job_of("j1"));
  ASSERT_EQ(this->claim(9).size(), 1u);
  EXPECT_FALSE(this->store().release("a", this->noon));
  EXPECT_EQ(this->claim(9).size(), 1u);
}

TYPED_TEST_P(JobStoreContract, ForgetsWhatEndedLongAgo) {
  this->apply(this->job_of("j1"));
  this->apply(this->job_of("j2"));
  this->apply(this->done(this->claim(1).front()));
  EXPECT_FALSE(this->store().forget(this->noon));
  EXPECT_TRUE(this->store().get("j1"));
  EXPECT_FALSE(
    this->store().forget(this->noon + std::chrono::nanoseconds{1000}));
  EXPECT_EQ(this->store().get("j1").error(), ec::not_found);
  EXPECT_TRUE(this->store().get("j2"));
}

TYPED_TEST_P(JobStoreContract, RemembersHowLongItsKindTook) {
  this->apply(this->job_of("j1"));
  auto run = this->claim(1).front();
  this->apply(this->done(run), this->noon + std::chrono::seconds{3});
  auto took = this->store().durations("ask", 5);
  ASSERT_TRUE(took);
  ASSERT_EQ(took->size(), 1u);
  EXPECT_EQ(took->front(), std::chrono::seconds{3});
  EXPECT_TRUE(this->store().durations("consensus", 5)->empty());
}

TYPED_TEST_P(JobStoreContract, KeepsThreads) {
  EXPECT_TRUE(this->store().turns("t")->empty());
  thread_turn question{false, "What is it?", {}, {}};
  thread_turn answer{true, "A test.", "claude", "opus"};
  EXPECT_FALSE(this->store().add_turns("t", {question, answer}, this->noon));
  EXPECT_EQ(*this->other().turns("t"), (std::vector{question, answer}));
  auto x = this->job_of("j1");
  x.what.what.thread = "t";
  this->apply(x);
  auto run = this->claim(1).front();
  EXPECT_EQ(run->history, (std::vector{question, answer}));
  this->apply(this->done(run, "the next"));
  auto all = *this->store().turns("t");
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[2].text, "do j1");
  EXPECT_EQ(all[3].text, "the next");
  auto later = this->noon + std::chrono::hours{1};
  EXPECT_FALSE(this->store().forget(later));
  EXPECT_TRUE(this->store().turns("t")->empty());
}

REGISTER_TYPED_TEST_SUITE_P(
  JobStoreContract, KeepsWhatWasAsked, GivesTheMostUrgentFirstAndAgesTheRest,
  GivesNoJobTwice, EndsARunOnce, WaitsForTheJobsItNeeds,
  BeginsNothingBeforeWhatItNeedsHadEnded, FailsWhatNeedsALostJob,
  StartsNothingBeforeItsTime, TakesOneKeyForOneJob, KeepsWithinItsLimits,
  KeepsStepsOfARun, CountsFailuresAndWaits,
  GivesUpWhatEndsItsProcessesAndNothingElse, ShowsAClientOnlyItsOwn,
  CancelsWhatWaitsAndMarksWhatRuns, TellsWhatChanged,
  ListsTheNewestFirstInPages, TakesOverFromADeadProcess,
  ReleasesWhatAnEarlierIncarnationRan, ForgetsWhatEndedLongAgo,
  RemembersHowLongItsKindTook, KeepsThreads);

} // namespace smart_agents::test
