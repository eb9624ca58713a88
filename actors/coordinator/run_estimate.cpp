#include "actors/coordinator/run_estimate.hpp"

#include "actors/coordinator/budget.hpp"
#include "actors/coordinator/skill_items.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace smart_agents {

namespace {

/// What an answer has when nobody capped it, in tokens.
constexpr uint64_t usual_output = 1000;

/// Parts that a plan or list usually has.
constexpr size_t usual_parts = 4;

/// A result of a step that has not run.
std::string usual_result() {
  std::string text;
  for (uint64_t i = 0; i < usual_output; ++i)
    text += "word ";
  return text;
}

/// Counts so many calls of one task, which its first candidate answers.
void add_calls(run_estimate& sum, const task& one, size_t calls,
               const caf::expected<decision>& routed) {
  if (!routed || routed->ranked.empty()) {
    sum.homeless += calls;
    return;
  }
  const auto& first = routed->ranked.front();
  sum.models[first.provider + "/" + first.model] += calls;
  sum.usd += first.cost_usd * static_cast<double>(calls);
  sum.tokens += (first.input_tokens
                 + std::min<uint64_t>(
                   one.request.max_output.value_or(usual_output), usual_output))
                * calls;
}

} // namespace

run_estimate estimate_run(
  const skill& what, const std::string& input, const task& like,
  const std::function<caf::expected<decision>(const task&)>& decide) {
  run_estimate sum;
  std::vector<step_result> before;
  for (const auto& step : what.steps) {
    size_t parts = 1;
    std::string item = input;
    if (step.for_each.how == skill_fan_out::kind::chunks) {
      auto chunks =
        cut_into_chunks(input, step.for_each.bytes, step.for_each.most);
      parts = chunks.size();
      if (!chunks.empty())
        item = std::move(chunks.front().text);
    } else if (step.for_each.how != skill_fan_out::kind::none) {
      parts = std::min<size_t>(usual_parts, step.for_each.most);
      item = usual_result();
      sum.open_ended = true;
    }
    auto one = like;
    one.request.messages = {};
    if (!step.instructions.empty())
      one.request.messages.push_back(
        text_message(role::system, step.instructions));
    one.request.messages.push_back(
      text_message(role::user, fill_prompt(step, input, before,
                                           {{"item", std::move(item)},
                                            {"index", "1"},
                                            {"count", std::to_string(parts)},
                                            {"earlier", ""}})));
    if (step.max_output > 0)
      one.request.max_output = step.max_output;
    one.model = step.model;
    one.type = step.type;
    one.complexity = step.complexity;
    before.push_back({step.name, step.title, usual_result(), {}});
    sum.calls += parts;
    add_calls(sum, one, parts, decide(one));
  }
  return sum;
}

run_estimate estimate_task(
  const task& what,
  const std::function<caf::expected<decision>(const task&)>& decide) {
  run_estimate sum;
  sum.calls = 1;
  add_calls(sum, what, 1, decide(what));
  return sum;
}

std::string
estimate_text(const run_estimate& x,
              const std::function<double(const std::string&)>& left) {
  std::string who;
  std::string room;
  std::set<std::string> told;
  for (const auto& [model, calls] : x.models) {
    who += (who.empty() ? "" : ", ") + model + " " + std::to_string(calls);
    auto provider = model.substr(0, model.find('/'));
    auto share = left(provider);
    if (share < 1 && told.insert(provider).second)
      room += (room.empty() ? "" : ", ") + provider + " "
              + std::to_string(std::lround(share * 100)) + " %";
  }
  auto text = "Expected: " + std::to_string(x.calls)
              + (x.calls == 1 ? " call" : " calls")
              + (who.empty() ? "" : " (" + who + ")") + ", about "
              + show_tokens(x.tokens) + " and " + show_usd(x.usd)
              + (x.open_ended ? "; how many parts there are is decided on the "
                                "way"
                              : "");
  if (!room.empty())
    text += "; of the tightest limit is left: " + room;
  if (x.homeless > 0)
    text += "; nobody can take " + std::to_string(x.homeless) + " of them now";
  return text + ".";
}

} // namespace smart_agents
