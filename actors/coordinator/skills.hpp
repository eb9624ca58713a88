#pragma once

#include "messages/route.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

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
  /// of an earlier step.
  std::string prompt = "{{input}}";
  /// Names of the steps that must have ended before this one. It runs when at
  /// least one of them (or none is named) has a result.
  std::vector<std::string> after;
};

/// Several steps, some of them at once, that make one answer: the last one's.
struct skill {
  std::string name;
  std::string description;
  /// In an order in which each comes behind those that it waits for.
  std::vector<skill_step> steps;
};

/// The built-in skills.
const std::vector<skill>& built_in_skills();

/// The built-in skill of that name, or null.
const skill* find_skill(std::string_view name);

/// What became of a step.
struct step_result {
  std::string name;
  std::string title;
  /// The result, or nothing when the step failed.
  std::optional<std::string> text;
  /// Why it failed.
  std::string why;
};

/// Fills a step's prompt. A failed step's place says that the part is missing
/// and why; results are fenced so that a text cannot pass for instructions.
std::string fill_prompt(const skill_step& step, const std::string& input,
                        const std::vector<step_result>& results);

/// A paragraph that names the missing parts, or nothing when none is.
std::string missing_parts(const std::vector<step_result>& results);

/// The results under their titles, for when the last step itself failed.
std::string side_by_side(const std::vector<step_result>& results);

} // namespace smart_agents
