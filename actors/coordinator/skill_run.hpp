#pragma once

#include "actors/coordinator/dispatch.hpp"
#include "actors/coordinator/skill_plan.hpp"
#include "actors/router/routing_board.hpp"
#include "messages/error.hpp"
#include "messages/services.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace smart_agents {

/// What a skill run needs.
struct skill_options {
  skill what;
  task_ptr input;
  sink_actor sink;
  services_ptr peers;
  /// Runs the steps; usually the parent. Kept apart from `peers` because the
  /// first snapshot a coordinator gets does not know the coordinator itself.
  coordinator_actor coordinator;
  std::shared_ptr<task_progress> progress;
  /// Largest prompt taken, in bytes.
  uint64_t max_prompt = 32u << 20;
  instant deadline = instant::max();
  /// Can only lower the skill's own.
  run_budget budget = {};
  /// Hears of every step; may be null.
  journal_actor journal = {};
  /// Answers of an earlier run, which are not asked for again; may be null.
  saved_steps_ptr saved = nullptr;
  /// Tells what the run will take before it begins; may be null.
  std::shared_ptr<const routing_board> routing = nullptr;
  /// True: steps are no events.
  bool quiet = false;
  /// Learns of models whose answers were checked; may be null.
  std::shared_ptr<model_experience> experience = nullptr;
};

/// Runs the parts of a skill as ordinary tasks, as its plan says, and answers
/// with the result of the step that gives the answer. A failed part is named
/// and never fatal, unless all fail or the skill requires it.
class skill_run_state {
public:
  static constexpr const char* name = "skill-run";

  explicit skill_run_state(skill_actor::pointer self) : self_{self} {}

  skill_actor::behavior_type make_behavior(skill_options options);

private:
  /// A part that was begun.
  struct step {
    enum class phase : uint8_t { asked, running, done };
    skill_part what;
    std::string task_id;
    phase at = phase::asked;
    /// Kept until it is accepted: a coordinator may die in between.
    task_ptr work;
    caf::actor_addr asked_of;
    /// A coordinator that was dead when it was asked.
    caf::actor_addr dead;
    dispatch_actor dispatch;
    int tries = 0;
    instant begun{};
    /// How long it may take; 0 for as long as it likes.
    caf::timespan allowed{0};
  };

  void first_steps();
  /// Tells what the run will take. False when its budget does not allow it.
  bool expect();
  /// Begins every part that has what it waits for.
  void go_on();
  /// True when an earlier run has the part's answer, which counts then.
  bool recall(const skill_part& part);
  void write(const step& x, job_step what);
  void start(skill_part part);
  void ask(step& x);
  void refused(step& x, int attempt, const caf::error& why);
  step* find(const std::string& task_id);
  void step_answered(step& x, const answer_ptr& what);
  void step_failed(step& x, const answer_failed& end);
  void take_services(const services_ptr& now);
  /// Takes back what runs.
  void cancel_steps(const std::string& why);
  /// Ends with what there is, if there is anything.
  void deadline_over();
  void stop_for(failure why);
  void finish();
  void learn_of_checks() const;
  void fail(failure why);
  void quit();
  answer story() const;
  void tell(std::string text);

  skill_actor::pointer self_;
  skill_options options_;
  std::unique_ptr<skill_plan> plan_;
  /// By task id; each try of a part has its own.
  std::map<std::string, step> steps_;
  /// Tries of each part so far.
  std::map<std::string, int> begun_parts_;
  /// What the user sent that is no text.
  std::vector<part> media_;
  instant begun_{};
  std::vector<attempt> attempts_;
  double saved_usd_ = 0;
  bool simulated_ = false;
  /// Content of the answering part went to the sink.
  bool streaming_ = false;
  bool ended_ = false;
  /// The answers of parts, by part; whose is the skill's is known at the end.
  std::map<std::string, answer_ptr> answers_;
  /// What became of each part, without texts, in the order of their ends.
  std::vector<job_step> records_;
  std::string expected_;
  std::optional<failure> first_failure_;
};

/// Starts a skill run.
skill_actor::behavior_type skill_run(self_of<skill_actor, skill_run_state> self,
                                     skill_options options);

} // namespace smart_agents
