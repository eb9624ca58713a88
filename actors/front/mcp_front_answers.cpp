#include "actors/coordinator/budget.hpp"
#include "actors/coordinator/run_estimate.hpp"
#include "actors/front/mcp_consent.hpp"
#include "actors/front/mcp_front.hpp"
#include "actors/front/mcp_resources.hpp"
#include "actors/front/mcp_tools.hpp"
#include "actors/router/selection.hpp"

#include <utility>

/// How the MCP front asks the user about prices, and gives answers that are too
/// long for a conversation.

namespace smart_agents {

/// What a call is expected to cost in US dollars; unset when nobody knows.
std::optional<double> mcp_front_state::expect(const mcp_call& call,
                                              const task& what) const {
  auto view = options_.routing ? options_.routing->look() : nullptr;
  if (!view)
    return std::nullopt;
  auto route = [&](const task& one) {
    return decide(*view->who, one, view->outlooks, now_of(self_));
  };
  if (call.tool == "orchestrate") {
    auto skill = options_.skills->find(mcp_skill(call));
    if (!skill)
      return std::nullopt;
    auto input = text_of(what.request.messages.back().parts);
    return estimate_run(*skill, input, what, route).usd;
  }
  auto first = route(what);
  if (!first || first->ranked.empty())
    return std::nullopt;
  return first->ranked.front().cost_usd;
}

/// Asks the user first where a call is expected to cost more than he allows
/// without a question. False when the call has ended, or waits for him.
bool mcp_front_state::consents(const mcp_work_ptr& work, task& what) {
  const auto& call = work->call();
  switch (consent_of(call)) {
  case mcp_consent::given:
    // He knows what it costs.
    what.budget.usd = 0;
    return true;
  case mcp_consent::refused:
    work->finish("Not done: the user did not agree to what it is expected to "
                 "cost.",
                 true);
    tell_end();
    return false;
  case mcp_consent::unknown: break;
  }
  auto limit =
    what.budget.usd > 0 ? what.budget.usd : options_.confirm_above_usd;
  if (limit <= 0 || !can_ask_user(call))
    return true;
  auto usd = expect(call, what);
  if (!usd || *usd <= limit)
    return true;
  auto who = call.tool == "orchestrate" ? "The skill " + mcp_skill(call)
                                        : std::string{"This question"};
  work->ask(consent_question(who + " is expected to cost about "
                             + show_usd(*usd) + ", more than " + show_usd(limit)
                             + ". Go on?"),
            consent_state(call, *usd));
  tell_end();
  return false;
}

void mcp_front_state::read_answer(const mcp_work_ptr& work) {
  const auto& call = work->call();
  auto id =
    std::string_view{call.uri}.substr(std::string_view{mcp_uri::answer}.size());
  const auto* text = options_.memory->answers.find(id, work->principal());
  if (text == nullptr)
    work->refuse(call.modern ? mcp_error::invalid_params
                             : mcp_error::no_resource,
                 "there is no resource '" + call.uri + "' (any more)",
                 {{"uri", call.uri}});
  else
    work->finish({{"contents", boost::json::array{boost::json::object{
                                 {"uri", call.uri},
                                 {"mimeType", "text/plain"},
                                 {"text", clean_text(*text)}}}}});
  tell_end();
}

/// Answers with a text, or, where it is too long, with its start and end and a
/// link to the whole.
void mcp_front_state::tell_answer(const mcp_work_ptr& work,
                                  const std::string& id,
                                  std::string text) const {
  auto most = options_.max_answer;
  if (most == 0 || text.size() <= most)
    return work->finish(text, false);
  auto result = linked_result(text, most, mcp_uri::answer + id, id);
  options_.memory->answers.keep(id, work->principal(), std::move(text));
  work->finish(std::move(result));
}

/// The same for a job, which the store keeps.
boost::json::object mcp_front_state::job_result(const job& x) const {
  auto text = options_.job_text ? options_.job_text(x) : x.outcome.text;
  auto most = options_.max_answer;
  if (most == 0 || text.size() <= most)
    return {{"content", boost::json::array{mcp_text(text)}}};
  return linked_result(text, most, mcp_uri::job + x.id, x.id);
}

} // namespace smart_agents
