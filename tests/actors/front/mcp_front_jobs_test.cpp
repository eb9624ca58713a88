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
          [this](const list_jobs&) {
            job_list all;
            if (!job_.id.empty())
              all.jobs.push_back(report().what);
            return all;
          },
          [this](const cancel_job& x) -> caf::result<job_report> {
            stopped_.push_back(x.id);
            return report();
          },
          [this](const get_thread& x) { return thread_report{turns_[x.id]}; },
          [this](const keep_turns& x) {
            auto& all = turns_[x.id];
            all.insert(all.end(), x.turns.begin(), x.turns.end());
          },
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

  std::map<std::string, std::vector<thread_turn>> turns_;
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

TEST_F(McpFrontJobs, HandsInACallWithBackground) {
  say(call(1, "orchestrate",
           {{"skill", "consensus"},
            {"input", "Which?"},
            {"background", true},
            {"priority", 8},
            {"thread", "t"},
            {"budget_usd", 0.5}}));
  ASSERT_EQ(replies(1).size(), 1u);
  EXPECT_NE(replies(1)[0].find("Job job_1 is accepted"), std::string::npos);
  EXPECT_EQ(job_.what.skill, "consensus");
  EXPECT_EQ(job_.what.priority, 8);
  EXPECT_EQ(job_.what.thread, "t");
  EXPECT_DOUBLE_EQ(job_.what.budget.usd, 0.5);
  say(call(2, "jobs", {{"action", "list"}}));
  EXPECT_NE(replies(2)[0].find("job_1: consensus, pending"), std::string::npos);
  say(call(3, "jobs", {{"action", "result"}, {"id", "job_1"}}));
  EXPECT_NE(replies(3)[0].find("It is not over yet"), std::string::npos);
  job_.state = job_state::completed;
  job_.outcome.text = "That one.";
  say(call(4, "jobs", {{"action", "result"}, {"id", "job_1"}}));
  EXPECT_EQ(replies(4)[0].find("That one."), 0u);
  say(call(5, "jobs", {{"action", "cancel"}, {"id", "job_1"}}));
  EXPECT_EQ(stopped_, strings{"job_1"});
  say(call(6, "jobs", {{"action", "status"}, {"id", "none"}}));
  EXPECT_NE(replies(6)[0].find("job 'none'"), std::string::npos);
}

TEST_F(McpFrontJobs, KeepsAThreadAndGoesOnInIt) {
  say(call(1, "ask", {{"prompt", "Who?"}, {"thread", "t"}}));
  ASSERT_EQ(tasks_.size(), 1u);
  finish(0, "Me.");
  EXPECT_EQ(replies(1), strings{"Me."});
  ASSERT_EQ(turns_["t"].size(), 2u);
  EXPECT_EQ(turns_["t"][0].text, "Who?");
  EXPECT_EQ(turns_["t"][1].text, "Me.");
  crash(front_);
  start();
  say(
    call(2, "ask", {{"prompt", "Why?"}, {"thread", "t"}, {"model", "grok/x"}}));
  ASSERT_EQ(tasks_.size(), 2u);
  const auto& said = tasks_[1]->request.messages;
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(text_of(said[0].parts), "Who?");
  EXPECT_EQ(said[1].from, role::assistant);
  EXPECT_EQ(text_of(said[1].parts), "Me.");
  EXPECT_EQ(text_of(said[2].parts), "Why?");
  EXPECT_EQ(tasks_[1]->model, "grok/x");
}

TEST_F(McpFrontJobs, HasAResourceForEachJobAndTellsOfItsChanges) {
  job_.id = "job_7";
  job_.state = job_state::running;
  say(R"({"jsonrpc":"2.0","id":"s","method":"initialize","params":{)"
      R"("protocolVersion":"2025-11-25","capabilities":{},)"
      R"("clientInfo":{"name":"x","version":"1"}}})");
  say(R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{)"
      R"("uri":"smart-agents://jobs/job_7"}})");
  say(R"({"jsonrpc":"2.0","id":2,"method":"resources/read","params":{)"
      R"("uri":"smart-agents://jobs/job_7"}})");
  auto text = json::value_to<std::string>(
    client_->told.back().at_pointer("/result/contents/0/text"));
  EXPECT_EQ(json::parse(text).at("state"), "running");
  happen();
  EXPECT_EQ(client_->told.back().at("method"),
            "notifications/resources/updated");
  EXPECT_EQ(client_->told.back().at_pointer("/params/uri"),
            "smart-agents://jobs/job_7");
  say(R"({"jsonrpc":"2.0","id":3,"method":"resources/read","params":{)"
      R"("uri":"smart-agents://jobs/none"}})");
  EXPECT_TRUE(client_->told.back().as_object().contains("error"));
}

} // namespace smart_agents
