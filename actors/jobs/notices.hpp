#pragma once

#include "messages/dialect.hpp"
#include "messages/job.hpp"

#include <map>
#include <optional>
#include <string>

/// Which changes of a job are worth telling. Pure.

namespace smart_agents {

/// Decides, for each state of a job that is seen, whether its listeners hear of
/// it: what its strategy wants (`job_notify`), and never more than one note of
/// progress a job in `pause`. Ends and starts are not held back.
class job_notices {
public:
  explicit job_notices(caf::timespan pause = std::chrono::milliseconds{500})
    : pause_{pause} {}

  /// True when the state should be told.
  bool worth_telling(const job& x, instant now);

private:
  struct told {
    job_state state = job_state::pending;
    uint64_t claim = 0;
    int quarter = 0;
    bool cancelling = false;
    std::string step;
    double progress = 0;
    instant at{};
  };

  caf::timespan pause_;
  /// Of jobs that are not over.
  std::map<std::string, told> told_;
};

} // namespace smart_agents
