#include "adapters/job_rules.hpp"

#include "adapters/job_json.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

constexpr wall_time noon{std::chrono::seconds{1795435200}};

TEST(JobRules, OrdersByPriorityAndAge) {
  job urgent;
  urgent.created = noon;
  urgent.what.priority = 9;
  job old;
  old.created = noon - 30min;
  old.what.priority = 7;
  EXPECT_LT(rank_of(old), rank_of(urgent));
  old.created = noon - 10min;
  EXPECT_GT(rank_of(old), rank_of(urgent));
}

TEST(JobRules, BacksOffLongerEachTimeAndByChance) {
  EXPECT_EQ(back_off(1, 1), 2s);
  EXPECT_EQ(back_off(2, 1), 4s);
  EXPECT_EQ(back_off(2, 0), 2s);
  EXPECT_EQ(back_off(30, 1), 5min);
  EXPECT_EQ(back_off(1, 1, 1min), 1min + 2s) << "as long as was asked";
  EXPECT_EQ(back_off(1, 0, 1min), 1min + 1s) << "and then not all at once";
}

TEST(JobRules, KnowsWhatMayPass) {
  EXPECT_TRUE(may_pass(failure_class::over_quota));
  EXPECT_TRUE(may_pass(failure_class::server_error));
  EXPECT_FALSE(may_pass(failure_class::bad_request));
  EXPECT_FALSE(may_pass(failure_class::cancelled));
}

TEST(JobRules, KnowsWhenNobodyWasAsked) {
  EXPECT_TRUE(nobody_asked(failure_class::resting));
  EXPECT_TRUE(nobody_asked(failure_class::over_quota));
  EXPECT_FALSE(nobody_asked(failure_class::quota_exhausted));
  EXPECT_FALSE(nobody_asked(failure_class::server_error));
}

TEST(JobRules, RefusesWhatCannotBeAJob) {
  job_request x;
  EXPECT_EQ(check_job(x), ec::bad_input);
  x.input = "hello";
  EXPECT_FALSE(check_job(x));
  x.priority = 11;
  EXPECT_NE(render(check_job(x)).find("priority"), std::string::npos);
}

TEST(JobJson, ReadsBackWhatItWrites) {
  job_request x;
  x.input = "a \"quoted\" text";
  x.skill = "consensus";
  x.type = task_type::code;
  x.complexity = 7;
  x.priority = 9;
  x.after = {"j1", "j2"};
  x.at = noon + 1500ms;
  x.key = "k";
  x.tries = 5;
  x.patience = 90s;
  x.notify = job_notify::silent;
  x.thread = "t";
  x.origin = "mcp";
  auto back = parse_job_request(to_json(x), noon);
  ASSERT_TRUE(back) << render(back.error());
  EXPECT_EQ(to_json(*back), to_json(x));
  EXPECT_EQ(back->at, x.at);
  EXPECT_EQ(back->after, x.after);
  EXPECT_EQ(back->patience, 90s);
}

TEST(JobJson, NamesTheFieldThatIsWrong) {
  auto why = [](const boost::json::object& from) {
    auto x = parse_job_request(from, noon);
    return x ? std::string{"taken"} : render(x.error());
  };
  EXPECT_NE(why({{"priority", 11}}).find("priority: must be a whole number"),
            std::string::npos);
  EXPECT_NE(why({{"at", "yesterday"}}).find("at: 'yesterday'"),
            std::string::npos);
  EXPECT_NE(why({{"prompt", "x"}}).find("prompt: unknown field"),
            std::string::npos);
  EXPECT_NE(why({{"type", "poem"}}).find("type: 'poem'"), std::string::npos);
}

TEST(JobJson, ReadsTimes) {
  EXPECT_EQ(parse_time("90s", noon), noon + 90s);
  EXPECT_EQ(parse_time("2h", noon), noon + 2h);
  EXPECT_EQ(print_time(noon), "2026-11-23T12:00:00.000Z");
  EXPECT_EQ(parse_time("2026-11-23T12:00:00Z", wall_time{}), noon);
  EXPECT_EQ(parse_time("2026-11-23T12:00:01.5Z", wall_time{}), noon + 1500ms);
  EXPECT_EQ(parse_time("2026-11-23T12:00Z", wall_time{}), noon);
  EXPECT_EQ(parse_time("2026-13-23T12:00Z", noon), std::nullopt);
  EXPECT_EQ(parse_time("soon", noon), std::nullopt);
  EXPECT_EQ(parse_time("", noon), std::nullopt);
}

} // namespace

} // namespace smart_agents
