#pragma once

#include "actors/coordinator/skill_items.hpp"
#include "actors/coordinator/skills.hpp"

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smart_agents {

/// One part of a run that may begin: a step, or one item of its fan-out.
struct skill_part {
  /// Unique in the run: `quick`, `part/3`.
  std::string id;
  std::string title;
  const skill_step* step = nullptr;
  std::string model;
  task_type type = task_type::text;
  int complexity = 5;
  /// The user message, filled in.
  std::string prompt;
  /// True when nothing but this part's answer can be the skill's.
  bool is_answer = false;
  /// Its share of the run's budget.
  run_budget budget = {};
};

/// What became of a part.
struct part_report {
  std::string id;
  std::string title;
  bool running = false;
  bool ended = false;
  bool skipped = false;
  std::optional<std::string> text;
  std::string why;
};

/// A run of a skill as values: which parts may begin, what their results make
/// of the rest, what is spent, how far it is. Calls nobody and knows no time;
/// the same results in the same order lead to the same run.
class skill_plan {
public:
  /// `tighter` can only lower the skill's own budget.
  skill_plan(skill what, std::string input, run_budget tighter = {});

  /// The parts that may begin now and have not; those count as running then.
  std::vector<skill_part> take_ready();

  /// A part's answer, and what it cost. A plan or list that cannot be used
  /// counts as a failure: false then.
  bool answered(const std::string& id, std::string text, uint64_t tokens = 0,
                double usd = 0);

  /// A part failed. True when `take_ready` gives it again. `again` is false
  /// when trying once more would be of no use.
  bool failed(const std::string& id, std::string why, uint64_t tokens = 0,
              double usd = 0, bool again = true);

  /// Begins nothing any more: parts that wait fail for that reason.
  void give_up(const std::string& why);

  /// True when no part runs and none will.
  bool over() const;

  /// The answer: unset when none of its steps has one.
  std::optional<std::string> answer() const;

  /// Answers that another step was there to replace when a check found them
  /// wanting, by part: true for one that was good enough, false for one that
  /// was replaced. What was not checked is not among them.
  std::vector<std::pair<std::string, bool>> checked() const;

  /// Why the run as a whole is a failure: a required step failed, or none has
  /// a result. Empty when it is none.
  std::string fatal() const;

  /// One result a step that ended; parts of a fan-out are joined.
  std::vector<step_result> results() const;

  /// Every part that is known so far.
  std::vector<part_report> parts() const;

  /// What failed, within fan-outs too, in words for people.
  std::string missing() const;

  /// 0 to 1; never falls.
  double progress();

  uint64_t spent_tokens() const {
    return tokens_;
  }
  double spent_usd() const {
    return usd_;
  }
  const std::string& input() const {
    return input_;
  }
  const skill& what() const {
    return what_;
  }

private:
  struct node {
    enum class phase : uint8_t { waiting, running, done };
    size_t step = 0;
    skill_item item;
    std::string id;
    std::string title;
    phase at = phase::waiting;
    std::optional<std::string> text;
    std::string why;
    int tries = 0;
    /// Of the budget, while it runs.
    run_budget held;
  };
  enum class room : uint8_t { yes, when_others_end, never };
  struct group {
    bool open = false;
    bool skipped = false;
    /// Why the step could not begin, or what it lacked.
    std::string why;
    std::vector<size_t> nodes;
  };

  bool ended(size_t step) const;
  size_t index_of(const std::string& name) const;
  step_result result_of(size_t step) const;
  bool wanted(const skill_step& x) const;
  /// Opens, or leaves out, every step that has what it waits for.
  bool open_steps();
  void open(size_t step);
  std::vector<skill_item> items_of(const skill_step& x);
  bool item_ready(const node& x) const;
  room room_for(node& x, const skill_part& part);
  /// Divides what nobody holds among those that begin now and those to come.
  void share_out(std::vector<skill_part>& begun);
  skill_part part_of(const node& x) const;
  std::string earlier(const node& x) const;
  std::string unusable(const node& x, const std::string& text) const;
  node* running(const std::string& id);
  void spend(node& x, uint64_t tokens, double usd);
  bool is_answer(const skill_step& x) const;

  skill what_;
  std::string input_;
  run_budget budget_;
  std::vector<group> groups_;
  std::deque<node> nodes_;
  uint64_t tokens_ = 0;
  double usd_ = 0;
  run_budget held_;
  uint32_t running_ = 0;
  double shown_ = 0;
};

} // namespace smart_agents
