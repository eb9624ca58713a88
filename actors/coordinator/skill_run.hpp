#pragma once

#include "actors/coordinator/dispatch.hpp"
#include "actors/coordinator/skills.hpp"
#include "messages/error.hpp"
#include "messages/services.hpp"

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
};

/// Runs the steps of a skill as ordinary tasks and answers with the last one's
/// result. A failed part is named and never fatal, unless all fail.
class skill_run_state {
public:
  static constexpr const char* name = "skill-run";

  explicit skill_run_state(skill_actor::pointer self) : self_{self} {}

  skill_actor::behavior_type make_behavior(skill_options options);

private:
  struct step {
    enum class phase : uint8_t { waiting, asked, running, done };
    const skill_step* what = nullptr;
    std::string task_id;
    phase at = phase::waiting;
    /// Kept until it is accepted: a coordinator may die in between.
    task_ptr work;
    caf::actor_addr asked_of;
    /// A coordinator that was dead when it was asked.
    caf::actor_addr dead;
    dispatch_actor dispatch;
    std::optional<std::string> text;
    std::string why;
    int tries = 0;
  };

  void first_steps();
  /// Starts every step that has what it waits for.
  void go_on();
  bool ready(const step& x) const;
  void start(step& x);
  void ask(step& x);
  void refused(step& x, int attempt, const caf::error& why);
  step* find(const std::string& task_id);
  bool is_last(const step& x) const;
  void step_answered(step& x, const answer& what);
  void step_failed(step& x, const answer_failed& end);
  std::vector<step_result> results() const;
  void take_services(const services_ptr& now);
  void stop_for(failure why);
  void finish();
  void fail(failure why);
  void quit();
  answer story() const;
  void tell(std::string text);

  skill_actor::pointer self_;
  skill_options options_;
  std::vector<step> steps_;
  instant begun_{};
  std::vector<attempt> attempts_;
  double saved_usd_ = 0;
  bool simulated_ = false;
  /// Content of the last step went to the sink.
  bool streaming_ = false;
  bool ended_ = false;
  answer_ptr last_;
  std::optional<failure> first_failure_;
};

/// Starts a skill run.
skill_actor::behavior_type skill_run(self_of<skill_actor, skill_run_state> self,
                                     skill_options options);

} // namespace smart_agents
