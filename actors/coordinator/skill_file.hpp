#pragma once

#include "actors/coordinator/skills.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>

namespace smart_agents {

/// Reads a skill (docs/SKILLS.md): a JSON object that declares the steps, then
/// the templates, each behind a line `=== STEP: instructions` or
/// `=== STEP: prompt`; without `STEP: ` it is that of all steps that have none
/// of their own. Steps come out in an order in which each stands behind those
/// that it waits for, and with the steps that its prompt names in `after`.
///
/// Fails with `ec::bad_input`: `origin`, the line, what is wrong and what to
/// do. Refuses unknown keys, steps and names in templates, steps that wait for
/// each other, and numbers out of their range.
caf::expected<skill> parse_skill(std::string_view text,
                                 const std::string& origin);

} // namespace smart_agents
