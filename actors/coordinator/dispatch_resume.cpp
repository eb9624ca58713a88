#include "actors/coordinator/dispatch.hpp"

#include <utility>

namespace smart_agents {

bool dispatch_state::goes_on(const failure& why) {
  if (!options_.what->continues || !may_fail_over(why.what))
    return false;
  if (joint_)
    return true; // whoever tried to go on got no further
  // What came as its provider wrote it ends as its provider ends it.
  const auto& begun = builder_.peek();
  if (verbatim_ || !can_continue(options_.what->request, begun))
    return false;
  // What waits in the outbox reaches the reader all the same.
  joint_.emplace(text_of(begun.parts));
  broke_off_ = current().provider + " broke off (" + to_string(why.what) + ")";
  return true;
}

failure dispatch_state::nobody_goes_on() const {
  auto result = no_answer(*decision_, attempts_);
  result.what = failure_class::broken_answer;
  result.message = broke_off_
                   + " in the middle of its answer, and nobody could go on; "
                     "what came so far is all there is. "
                   + result.message;
  return result;
}

bool dispatch_state::join(std::vector<stream_event>& events,
                          uint32_t& kept_here) {
  std::vector<stream_event> told;
  for (const auto& x : events) {
    const auto* text = std::get_if<text_delta>(&x);
    std::string out;
    if (text != nullptr && !joint_->take(text->text, out))
      return false;
    if (text != nullptr && first_content_ == instant{})
      first_content_ = now();
    if (out.empty())
      ++kept_here; // the reader never sees it, so its credit comes from here
    else
      told.emplace_back(text_delta{joint_index_, std::move(out)});
  }
  events = std::move(told);
  return true;
}

bool dispatch_state::complete_joined(chat_response& response) {
  std::string out;
  if (!joint_->finish(out))
    return false;
  if (!out.empty())
    outbox_.emplace_back(text_delta{joint_index_, std::move(out)});
  response.parts = {text_part{joint_->told()}};
  return true;
}

} // namespace smart_agents
