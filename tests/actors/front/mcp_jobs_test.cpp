#include "actors/front/mcp_jobs.hpp"

#include <gmock/gmock.h>

using testing::HasSubstr;

namespace smart_agents {

namespace {

mcp_call call_of(std::string tool, boost::json::object arguments) {
  mcp_call x;
  x.tool = std::move(tool);
  x.arguments = std::move(arguments);
  return x;
}

TEST(McpJobs, WantsAnActionAndAnId) {
  auto why = [](boost::json::object x) {
    auto got = read_jobs_call(call_of("jobs", std::move(x)));
    return got ? std::string{"fine"} : render(got.error());
  };
  EXPECT_EQ(why({{"action", "list"}}), "fine");
  EXPECT_EQ(why({{"action", "result"}, {"id", "job_1"}}), "fine");
  EXPECT_THAT(why({{"action", "result"}}), HasSubstr("id: is missing"));
  EXPECT_THAT(why({{"action", "stop"}}), HasSubstr("must be list, status"));
}

TEST(McpJobs, TellsWhoDidWhat) {
  job x;
  x.id = "job_1";
  x.state = job_state::running;
  x.progress = 0.5;
  x.seconds_left = 12;
  job_step step;
  step.title = "the draft";
  step.at = job_step::phase::answered;
  step.provider = "claude";
  step.model = "opus";
  x.steps.push_back(step);
  EXPECT_THAT(status_text(x), HasSubstr("running, 50 %, about 12 s left"));
  EXPECT_THAT(status_text(x), HasSubstr("the draft: answered by claude/opus"));
  EXPECT_THAT(result_text(x), HasSubstr("It is not over yet"));
  x.state = job_state::completed;
  x.outcome.text = "Forty-two.";
  EXPECT_THAT(result_text(x), testing::StartsWith("Forty-two."));
}

} // namespace

} // namespace smart_agents
