#pragma once

#include "messages/route.hpp"
#include "messages/task.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// How a step becomes several parts that run at once, each with its own
/// `{{item}}`.
struct skill_fan_out {
  enum class kind : uint8_t {
    /// One part.
    none,
    /// The input, cut at paragraphs, lines or blanks.
    chunks,
    /// The JSON list that an earlier step answered with.
    list,
    /// The plan that an earlier step answered with: parts that wait for each
    /// other (actors/coordinator/skill_items.hpp).
    plan,
  };
  kind how = kind::none;
  /// The step whose result holds the list or plan.
  std::string of;
  /// Largest chunk, in bytes; grows when there would be more than `most`.
  uint64_t bytes = 48000;
  /// Most parts.
  uint32_t most = 64;
};

/// When a step is worth running; otherwise it is left out, which is no failure.
struct skill_condition {
  /// The earlier step whose result decides.
  std::string step;
  /// Run when the result has this text; empty for any.
  std::string contains;
  /// Run when the result has not this text; empty for any.
  std::string lacks;
  /// Run when that step has no result.
  bool if_missing = true;
};

/// One step of a skill: an ordinary task made from a template.
struct skill_step {
  /// Short, unique in the skill, for example `security`.
  std::string name;
  /// What it is for, as people read it: "the security analysis".
  std::string title;
  /// The model as users write it: `auto`, `auto:cheap`, `auto:best`, ...
  std::string model = "auto";
  task_type type = task_type::text;
  int complexity = 5;
  /// Instructions: the system message.
  std::string instructions;
  /// The user message; `{{input}}` is the skill's input, `{{NAME}}` the result
  /// of an earlier step. With a fan-out also `{{item}}`, `{{index}}` (from 1),
  /// `{{count}}`, and `{{earlier}}` (what the parts that it waits for
  /// answered).
  std::string prompt = "{{input}}";
  /// Names of the steps that must have ended before this one. It runs when at
  /// least one of them (or none is named) has a result.
  std::vector<std::string> after = {};
  skill_fan_out for_each = {};
  std::optional<skill_condition> when = {};
  /// How often a part that failed, after failover, is begun again.
  int retries = 0;
  /// The model of those later tries; empty takes the same.
  std::string retry_model = {};
  /// True when the skill is worthless without it.
  bool required = false;
  /// Cap on its answer in tokens; 0 takes the request's or the model's.
  uint32_t max_output = 0;
};

/// Several steps, some of them at once, that make one answer.
struct skill {
  std::string name;
  std::string description;
  /// In an order in which each comes behind those that it waits for.
  std::vector<skill_step> steps;
  /// The steps whose result is the answer: the first that has one. Empty takes
  /// the last step.
  std::vector<std::string> answer = {};
  run_budget budget = {};
  /// Parts of one run at once.
  uint32_t most_at_once = 8;
};

/// The built-in skills, in the order of their importance.
const std::vector<skill>& built_in_skills();

/// The built-in skill of that name, or null.
const skill* find_skill(std::string_view name);

/// What became of a step.
struct step_result {
  std::string name;
  std::string title;
  /// The result, or nothing when the step failed or was left out.
  std::optional<std::string> text;
  /// Why it failed.
  std::string why;
  /// True when its condition did not hold.
  bool skipped = false;
};

/// Fills a step's prompt. A failed step's place says that the part is missing
/// and why; results are fenced so that a text cannot pass for instructions.
/// `plain` holds further names and what stands for them.
std::string fill_prompt(const skill_step& step, const std::string& input,
                        const std::vector<step_result>& results,
                        const std::map<std::string, std::string>& plain = {});

/// The names between `{{` and `}}` in a template, with the offset of each.
std::vector<std::pair<std::string, size_t>>
names_in_template(std::string_view text);

/// A paragraph that names the missing parts, or nothing when none is.
std::string missing_parts(const std::vector<step_result>& results);

/// The results under their titles, for when the last step itself failed.
std::string side_by_side(const std::vector<step_result>& results);

} // namespace smart_agents
