#include "adapters/job_rules.hpp"

#include <algorithm>

namespace smart_agents {

int64_t rank_of(const job& x) {
  auto from = std::max(x.created, x.what.at).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(from).count()
         - x.what.priority * int64_t{age_of_priority.count()};
}

caf::timespan back_off(uint32_t failures, double luck,
                       std::optional<caf::timespan> asked) {
  constexpr caf::timespan longest = std::chrono::minutes{5};
  caf::timespan whole = std::chrono::seconds{2};
  for (uint32_t i = 1; i < failures && whole < longest; ++i)
    whole *= 2;
  whole = std::min(whole, longest);
  auto share = 0.5 + std::clamp(luck, 0.0, 1.0) / 2;
  auto wait = caf::timespan{
    static_cast<int64_t>(static_cast<double>(whole.count()) * share)};
  return asked.value_or(caf::timespan{0}) + wait;
}

bool may_pass(failure_class what) {
  using enum failure_class;
  switch (what) {
  case bad_request:
  case forbidden:
  case too_large:
  case context_too_long:
  case cancelled: return false;
  default: return true;
  }
}

bool nobody_asked(failure_class what) {
  using enum failure_class;
  return what == resting || what == over_quota || what == queue_full;
}

std::string thread_of(const std::string& client, const std::string& thread) {
  // No name of a client has a line break.
  return client.empty() || thread.empty() ? thread : client + "\n" + thread;
}

std::string key_of(const job_request& x) {
  return thread_of(x.client, x.key);
}

bool is_for(const std::string& owner, const std::string& client) {
  return client.empty() || owner == client;
}

caf::error check_job(const job_request& x) {
  auto wrong = [](std::string what) {
    return make_error(ec::bad_input, std::move(what));
  };
  if (x.input.find_first_not_of(" \t\r\n") == std::string::npos)
    return wrong("input: is empty; say what is to be done");
  if (x.priority < 1 || x.priority > 10)
    return wrong("priority: must be 1 (background) to 10 (urgent)");
  if (x.complexity < 0 || x.complexity > 10)
    return wrong("complexity: must be 1 to 10");
  if (x.tries < 1 || x.tries > 100)
    return wrong("tries: must be 1 to 100");
  if (x.after.size() > 100)
    return wrong("after: at most 100 jobs");
  if (x.key.size() > 200)
    return wrong("key: longer than 200 bytes");
  if (x.thread.size() > 200)
    return wrong("thread: longer than 200 bytes");
  if ((x.key + x.thread).find('\n') != std::string::npos)
    return wrong("key, thread: must have no line breaks");
  if (x.max_output > 10'000'000)
    return wrong("max_output: must be at most 10000000");
  if (x.patience < std::chrono::seconds{1}
      || x.patience > std::chrono::hours{7 * 24})
    return wrong("timeout: must be 1 second to 7 days");
  return {};
}

caf::error too_many_jobs() {
  return make_error(ec::overloaded,
                    std::to_string(most_jobs)
                      + " jobs are waiting, which is the most; ask again when "
                        "some have ended");
}

caf::error no_such_job(const std::string& id) {
  return make_error(ec::not_found,
                    "there is no job " + id
                      + "; `smart-agents list` shows those there are");
}

caf::error run_is_over(const std::string& id) {
  return make_error(ec::not_found, "this run of " + id + " is over");
}

std::string needs_lost_job(const std::string& id, job_state as) {
  return "It needs the job " + id + ", which "
         + (as == job_state::failed ? "failed." : "was cancelled.");
}

std::string too_many_claims(const job& x) {
  return "It was begun " + std::to_string(x.claim - x.failures - x.waits)
         + " times, and each time its process ended before it.";
}

} // namespace smart_agents
