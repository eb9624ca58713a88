#include "actors/coordinator/faults.hpp"

#include "messages/error.hpp"

#include <caf/sec.hpp>

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

failure to_failure(const caf::error& why) {
  auto what = failure_class::internal;
  for (auto x : {ec::bad_input, ec::not_found, ec::unsupported, ec::bad_config})
    if (why == x)
      what = failure_class::bad_request;
  if (why == ec::overloaded)
    what = failure_class::overloaded;
  auto text = render(why);
  // The code is for programs: the sentence stands alone.
  if (auto colon = text.find(": ");
      what != failure_class::internal && colon != std::string::npos)
    text.erase(0, colon + 2);
  return failed_because(what, text);
}

} // namespace smart_agents
