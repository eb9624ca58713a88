#include "actors/front/mcp_jobs.hpp"

#include "adapters/job_json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr std::array actions{"list", "status", "result", "cancel"};

std::string percent_of(double share) {
  return std::to_string(static_cast<int>(std::lround(share * 100))) + " %";
}

std::string argument(const mcp_call& call, const char* name) {
  const auto* x = call.arguments.if_contains(name);
  return x && x->is_string() ? std::string{x->get_string()} : std::string{};
}

std::string line_of(const job& x) {
  auto out = x.id + ": " + kind_of(x.what) + ", " + to_string(x.state) + ", "
             + percent_of(x.progress);
  if (x.state == job_state::running && x.seconds_left >= 0)
    out += ", about " + std::to_string(std::lround(x.seconds_left)) + " s left";
  if (!x.outcome.error.empty())
    out += ": " + x.outcome.error;
  else if (!x.step.empty() && !is_final(x.state))
    out += ": " + x.step;
  return out;
}

} // namespace

mcp_tool jobs_tool() {
  mcp_tool result;
  result.name = "jobs";
  result.title = "Background jobs";
  result.description =
    "Look at work that was handed in with `background`: list, status, result "
    "or cancel. Jobs go on when this conversation ends, and survive "
    "restarts.";
  result.schema = {
    {"type", "object"},
    {"properties",
     json::object{
       {"action",
        json::object{{"type", "string"},
                     {"enum", json::array(actions.begin(), actions.end())},
                     {"description", "What to do."}}},
       {"id", json::object{{"type", "string"},
                           {"description", "The job; not needed for list."}}}}},
    {"additionalProperties", false},
    {"required", json::array{"action"}}};
  result.annotations = {{"readOnlyHint", false},
                        {"destructiveHint", false},
                        {"openWorldHint", false}};
  result.meta = {{"anthropic/searchHint",
                  "background jobs, status, result, cancel, long work"},
                 {"anthropic/maxResultSizeChars", 500'000}};
  return result;
}

caf::expected<jobs_call> read_jobs_call(const mcp_call& call) {
  jobs_call x{argument(call, "action"), argument(call, "id")};
  if (std::find(actions.begin(), actions.end(), x.action) == actions.end())
    return make_error(ec::bad_input,
                      "action: must be list, status, result or cancel");
  if (x.action != "list" && x.id.empty())
    return make_error(ec::bad_input,
                      "id: is missing; `list` shows the jobs there are");
  return x;
}

std::string accepted_text(const job& x) {
  return "Job " + x.id
         + " is accepted and kept; it goes on whatever becomes of "
           "this conversation.\n"
         + (x.expected.text.empty() ? "" : x.expected.text + "\n")
         + "Ask for it: jobs with action `status` or `result` and this id.";
}

std::string status_text(const job& x) {
  auto out = line_of(x) + "\n";
  if (!x.expected.text.empty())
    out += x.expected.text + "\n";
  for (const auto& step : x.steps) {
    out += "- " + step.title + ": " + to_string(step.at);
    if (!step.provider.empty())
      out +=
        " by " + step.provider + "/" + step.model + ", $"
        + std::to_string(step.cost_usd) + ", "
        + std::to_string(
          std::chrono::duration_cast<std::chrono::milliseconds>(step.elapsed)
            .count())
        + " ms";
    if (!step.why.empty())
      out += " (" + step.why + ")";
    out += "\n";
  }
  return out;
}

std::string result_text(const job& x) {
  if (!is_final(x.state))
    return "It is not over yet. " + status_text(x);
  if (x.state != job_state::completed)
    return status_text(x);
  auto out = x.outcome.text + "\n\n" + x.outcome.provider + "/"
             + x.outcome.model + ", $" + std::to_string(x.outcome.cost_usd);
  if (x.outcome.simulated)
    out += "\nSIMULATED: made up by the provider simulator.";
  return out + "\n" + status_text(x);
}

std::string list_text(const job_list& x) {
  if (x.jobs.empty())
    return "There are no jobs.";
  std::string out;
  for (const auto& job : x.jobs)
    out += line_of(*job) + "\n";
  if (x.more)
    out += "There are more; `smart-agents list` shows them.\n";
  return out;
}

} // namespace smart_agents
