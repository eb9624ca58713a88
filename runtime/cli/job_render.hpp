#pragma once

#include "messages/job.hpp"
#include "messages/quota.hpp"
#include "messages/storage.hpp"
#include "runtime/cli/render.hpp"

#include <string>
#include <vector>

/// Background jobs as text for people. Pure.

namespace smart_agents::cli {

/// One job with its steps.
std::string job_text(const job& x, wall_time now, const style& look);

/// Many, one a line.
std::string jobs_text(const job_list& x, wall_time now, const style& look);

/// What changed of a job, on one line, for where no terminal is.
std::string job_line(const job& x);

/// A bar of `width` characters, filled by `share`.
std::string bar(double share, size_t width);

/// What `watch` shows.
struct watch_state {
  /// Newest first.
  std::vector<job_ptr> jobs;
  quota_report quota;
  usage_report today;
  /// Not empty when something could not be had.
  std::string trouble;
};

/// A frame of the live view: no line is longer than `width` and there are no
/// more than `height`, whatever is shown. Running jobs come first.
std::vector<std::string> watch_frame(const watch_state& x, wall_time now,
                                     size_t width, size_t height,
                                     const style& look);

} // namespace smart_agents::cli
