#include "actors/front/host_front.hpp"

#include "tests/support/deterministic.hpp"

#include <optional>

namespace smart_agents {

class HostFront : public test::deterministic {
protected:
  dispatch_actor dispatch_ = system_.spawn(
    [this](dispatch_actor::pointer) -> dispatch_actor::behavior_type {
      return {
        [](const call_started&) {},
        [](const call_progress&) {},
        [](const call_finished&) {},
        [](const call_failed&) {},
        [this](const grant_credit& x) { credit_ += x.events; },
        [this](const cancel_task&) { ++cancels_; },
        [](deadline_passed) {},
      };
    });

  coordinator_actor coordinator_ = system_.spawn(
    [this](coordinator_actor::pointer) -> coordinator_actor::behavior_type {
      return {
        [this](const run_task& x) {
          ++tasks_;
          return task_accepted{x.what->id, dispatch_};
        },
        [this](const run_skill& x) -> caf::result<task_accepted> {
          if (x.name != "code_review")
            return make_error(ec::not_found, "skill '" + x.name + "'");
          ++skills_;
          return task_accepted{x.what->id, dispatch_};
        },
        [](const cancel_task&) {},
        [](get_load) { return load_report{}; },
        [](drain) { return drained{}; },
        [](const services_changed&) {},
        [](sweep) {},
      };
    });

  supervisor_actor supervisor_ = system_.spawn(
    [this](supervisor_actor::pointer) -> supervisor_actor::behavior_type {
      return {
        [this](get_services) {
          auto now = std::make_shared<services>();
          now->coordinator = coordinator_;
          return services_changed{std::move(now)};
        },
        [](get_children) { return children_report{}; },
        [](const stop_all&) { return all_stopped{}; },
        [](const start_child&) {},
      };
    });

  host_front_actor front_ = system_.spawn(host_front, supervisor_);

  void submit(const std::string& skill = {}) {
    auto work = std::make_shared<task>();
    work->id = "req_1";
    stream_reader reader;
    reader.piece = [this](const stream_event& event) {
      text_ += std::get<text_delta>(event).text;
    };
    reader.finished = [this](const answer_ptr&) { ++finished_; };
    reader.failed = [this](const answer_failed& x) {
      failures_.push_back(x.why.message);
    };
    tell(front_, host_submit{work, skill,
                             std::make_shared<owed_reader>("req_1", reader)});
  }

  void TearDown() override {
    stop(front_);
    stop(dispatch_);
    stop(coordinator_);
    stop(supervisor_);
  }

  int tasks_ = 0;
  int skills_ = 0;
  int cancels_ = 0;
  int finished_ = 0;
  uint32_t credit_ = 0;
  std::string text_;
  std::vector<std::string> failures_;
};

TEST_F(HostFront, HandsPiecesOnAndGrantsCreditForThem) {
  submit();
  tell(front_, answer_delta{"req_1", {text_delta{0, "a"}, text_delta{0, "b"}}});
  tell(front_, answer_finished{"req_1", std::make_shared<answer>()});
  EXPECT_EQ(text_, "ab");
  EXPECT_EQ(credit_, 2u);
  EXPECT_EQ(finished_, 1);
  EXPECT_TRUE(failures_.empty());
}

TEST_F(HostFront, RunsSkillsAndSaysWhichItDoesNotKnow) {
  submit("code_review");
  EXPECT_EQ(skills_, 1);
  submit("juggling");
  ASSERT_EQ(failures_.size(), 2u) << "the first reader was replaced";
  EXPECT_EQ(failures_.back(), "not_found: skill 'juggling'");
}

TEST_F(HostFront, CancelsAtTheDispatch) {
  submit();
  tell(front_, cancel_task{"req_1", "enough"});
  EXPECT_EQ(cancels_, 1);
}

TEST_F(HostFront, OwesEveryReaderAnEndEvenWhenItDies) {
  submit();
  crash(front_);
  EXPECT_EQ(failures_.size(), 1u);
  EXPECT_EQ(finished_, 0);
}

} // namespace smart_agents
