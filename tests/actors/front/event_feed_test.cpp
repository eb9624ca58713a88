#include "actors/front/event_feed.hpp"

#include "messages/job.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

using testing::HasSubstr;

namespace smart_agents {

namespace {

event step_of(const std::string& task, uint64_t seq = 1) {
  event x;
  x.what = event::kind::step;
  x.task_id = task;
  x.seq = seq;
  x.text = "Started.";
  return x;
}

TEST(EventFilter, WantsAllUnlessToldOtherwise) {
  std::string wrong;
  auto all = event_filter::of_query("", wrong);
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->wants(step_of("job_1")));
  auto some = event_filter::of_query("job=job_1&topic=quota&since=4", wrong);
  ASSERT_TRUE(some);
  EXPECT_TRUE(some->wants(step_of("job_1~2/draft")))
    << "runs and steps belong to their job";
  EXPECT_FALSE(some->wants(step_of("job_2")));
  auto quota = step_of("job_2");
  quota.what = event::kind::quota;
  EXPECT_TRUE(some->wants(quota));
  EXPECT_FALSE(event_filter::of_query("topic=weather", wrong));
  EXPECT_THAT(wrong, HasSubstr("'weather' is none of decided"));
}

TEST(EventFilter, ChangesItsMind) {
  event_filter x;
  EXPECT_EQ(x.change({{"jobs", {"job_1"}}}, true), "");
  EXPECT_TRUE(x.wants(step_of("job_1")));
  EXPECT_FALSE(x.wants(step_of("job_2")));
  EXPECT_EQ(x.change({{"topics", {"step"}}}, true), "");
  EXPECT_TRUE(x.wants(step_of("job_2")));
  EXPECT_EQ(x.change({{"topics", {"step"}}}, false), "");
  EXPECT_FALSE(x.wants(step_of("job_2")));
  EXPECT_EQ(x.change({{"all", true}}, true), "");
  EXPECT_TRUE(x.wants(step_of("job_2")));
  EXPECT_THAT(x.change({{"topics", {"weather"}}}, true), HasSubstr("weather"));
  EXPECT_THAT(x.change({{"job", "job_1"}}, true), HasSubstr("'job'"));
}

TEST(EventFeed, WritesAnEventOnOneLine) {
  auto x = step_of("job_1", 7);
  x.text = "two\nlines";
  auto work = std::make_shared<job>();
  work->id = "job_1";
  x.work = work;
  auto text = event_json(x);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  auto read = boost::json::parse(text);
  EXPECT_EQ(read.at("seq").to_number<uint64_t>(), 7u);
  EXPECT_EQ(read.at("kind").as_string(), "step");
  EXPECT_EQ(read.at("job").at("state").as_string(), "pending");
}

TEST(EventFeed, ReadsQueries) {
  EXPECT_EQ(query_value("a=1&b=two%20words+more", "b"), "two words more");
  EXPECT_EQ(query_value("a=1", "b"), std::nullopt);
  EXPECT_EQ(query_value("a", "a"), "");
  EXPECT_EQ(query_value("a=%zz", "a"), "%zz");
}

TEST(EventRing, GoesOnWhereAListenerStopped) {
  event_ring ring{3};
  std::optional<std::optional<uint64_t>> missed;
  EXPECT_TRUE(ring.after(0, missed).empty());
  EXPECT_FALSE(missed);
  for (uint64_t i = 100; i < 105; ++i)
    ring.add(step_of("job_1", i));
  auto rest = ring.after(102, missed);
  EXPECT_FALSE(missed);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest.front().what.seq, 103u);
  EXPECT_EQ(ring.after(100, missed).size(), 3u);
  ASSERT_TRUE(missed && *missed);
  EXPECT_EQ(**missed, 1u);
  missed.reset();
  ring.after(7, missed);
  ASSERT_TRUE(missed);
  EXPECT_FALSE(*missed) << "of an earlier process: nobody knows how many";
}

} // namespace

} // namespace smart_agents
