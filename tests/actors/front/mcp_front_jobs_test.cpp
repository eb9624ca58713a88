#include "messages/job.hpp"
#include "tests/actors/front/mcp_front_fixture.hpp"

/// Calls that are done as background jobs.

namespace smart_agents {

class McpFrontJobs : public McpFront {
protected:
  McpFrontJobs() {
    now_.jobs =
      system_.spawn([this](jobs_actor::pointer) -> jobs_actor::behavior_type {
        return {
          [](const answer_started&) {},
          [](const answer_delta&) {},
          [](const answer_finished&) {},
          [](const answer_failed&) {},
          [](const step_news&) {},
          [this](const submit_job& x) -> caf::result<job_report> {
            job_.id = "job_1";
            job_.what = x.what;
            return report();
          },
          [this](const get_job& x) -> caf::result<job_report> {
            if (x.id != job_.id)
              return make_error(ec::not_found, "job '" + x.id + "'");
            return report();
          },
          [](const list_jobs&) { return job_list{}; },
          [this](const cancel_job& x) -> caf::result<job_report> {
            stopped_.push_back(x.id);
            return report();
          },
          [](const get_thread&) { return thread_report{}; },
          [](const keep_turns&) {},
          [](get_queue) { return queue_report{}; },
          [](const pause_jobs&) { return queue_report{}; },
          [](drain) { return drained{}; },
          [](const services_changed&) {},
          [](jobs_tick) {},
        };
      });
  }

  void TearDown() override {
    McpFront::TearDown();
    stop(now_.jobs);
  }

  job_report report() const {
    return {std::make_shared<const job>(job_)};
  }

  /// The event bus tells how the job is.
  void happen() {
    event x{event::kind::job, {}, job_.id, {}, {}, {}};
    x.work = std::make_shared<const job>(job_);
    tell(front_, x);
  }

  json::value say_modern(std::string method, json::object params) {
    params["_meta"] = {
      {"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
      {"io.modelcontextprotocol/clientCapabilities",
       {{"extensions", {{mcp_tasks_extension, json::object{}}}}}}};
    say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                     {"id", ++last_},
                                     {"method", std::move(method)},
                                     {"params", std::move(params)}}));
    return client_->told.empty() ? json::value{} : client_->told.back();
  }

  json::value orchestrate() {
    return say_modern(
      "tools/call",
      {{"name", "orchestrate"},
       {"arguments", {{"skill", "code_review"}, {"input", "int x;"}}}});
  }

  json::value look(const char* id = "job_1") {
    return say_modern("tasks/get", {{"taskId", id}});
  }

  job job_;
  strings stopped_;
  int64_t last_ = 0;
};

TEST_F(McpFrontJobs, AnswersWithATaskThatTheStoreHas) {
  auto task = orchestrate().at("result");
  EXPECT_EQ(task.at("resultType"), "task");
  EXPECT_EQ(task.at("taskId"), "job_1");
  EXPECT_EQ(job_.what.skill, "code_review");
  EXPECT_EQ(job_.what.input, "int x;");
  EXPECT_EQ(job_.what.origin, "mcp");
  job_.state = job_state::running;
  job_.progress = 0.5;
  job_.step = "reviewing";
  happen();
  EXPECT_EQ(look().at_pointer("/result/statusMessage"), "50 %: reviewing");
  job_.state = job_state::completed;
  job_.outcome.text = "no bugs";
  happen();
  auto done = look().at("result");
  EXPECT_EQ(done.at("status"), "completed");
  EXPECT_EQ(done.at_pointer("/result/content/0/text"), "no bugs");
}

TEST_F(McpFrontJobs, TellsOfAFailedJobAsATool) {
  orchestrate();
  job_.state = job_state::failed;
  job_.outcome.error = "nobody could answer";
  happen();
  auto done = look().at("result");
  EXPECT_EQ(done.at("status"), "completed");
  EXPECT_EQ(done.at_pointer("/result/isError"), true);
  EXPECT_EQ(done.at_pointer("/result/content/0/text"), "nobody could answer");
}

TEST_F(McpFrontJobs, StopsAJobWithItsTask) {
  orchestrate();
  say_modern("tasks/cancel", {{"taskId", "job_1"}});
  EXPECT_EQ(stopped_, strings{"job_1"});
  EXPECT_EQ(look().at_pointer("/result/status"), "cancelled");
}

TEST_F(McpFrontJobs, FindsJobsOfOtherProcesses) {
  job_.id = "theirs";
  job_.state = job_state::running;
  EXPECT_EQ(look("theirs").at_pointer("/result/status"), "working");
  say_modern("tasks/cancel", {{"taskId", "theirs"}});
  EXPECT_EQ(stopped_, strings{"theirs"});
  EXPECT_EQ(look("none").at_pointer("/error/code"), mcp_error::invalid_params);
}

TEST_F(McpFrontJobs, ItsSuccessorLooksAfterTheJob) {
  orchestrate();
  crash(front_);
  job_.state = job_state::completed;
  job_.outcome.text = "no bugs";
  start();
  EXPECT_EQ(look().at_pointer("/result/result/content/0/text"), "no bugs");
}

TEST_F(McpFrontJobs, HasOthersWaitForTheEnd) {
  say(call(1, "orchestrate", {{"skill", "code_review"}, {"input", "x"}}));
  EXPECT_TRUE(job_.id.empty()) << "a legacy client has it done at once";
}

} // namespace smart_agents
