#include "actors/coordinator/faults.hpp"

#include "messages/error.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/sec.hpp>

#include <utility>

namespace smart_agents {

failure failed_because(failure_class what, std::string message) {
  failure result;
  result.what = what;
  result.message = std::move(message);
  return result;
}

bool is_dead_receiver(const caf::error& why) {
  return why == caf::sec::request_receiver_down
         || why == caf::sec::invalid_argument;
}

bool has_ended(const caf::actor_addr& who) {
  auto alive = caf::actor_cast<caf::strong_actor_ptr>(who);
  return !alive || alive->get()->getf(caf::abstract_actor::is_cleaned_up_flag);
}

failure to_failure(const caf::error& why) {
  auto what = failure_class::internal;
  if (why == ec::not_found)
    what = failure_class::model_not_found;
  for (auto x : {ec::bad_input, ec::unsupported, ec::bad_config})
    if (why == x)
      what = failure_class::bad_request;
  if (why == ec::overloaded)
    what = failure_class::overloaded;
  auto text = render(why);
  // The code is for programs: the sentence stands alone.
  if (auto colon = text.find(": ");
      what != failure_class::internal && colon != std::string::npos)
    text.erase(0, colon + 2);
  auto result = failed_because(what, std::move(text));
  if (what == failure_class::model_not_found)
    result.code = unknown_model;
  return result;
}

} // namespace smart_agents
