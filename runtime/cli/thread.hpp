#pragma once

#include "adapters/job_store.hpp"
#include "messages/task.hpp"
#include "runtime/settings.hpp"

#include <memory>
#include <string>

namespace smart_agents::cli {

/// A conversation that is kept in the database, for commands that ask.
class thread {
public:
  /// The conversation `id`; an empty one is none. Fails with
  /// `ec::storage_failed`.
  static caf::expected<thread> open(const settings& config, std::string id);

  /// Puts what was said before in front of the task's last message.
  caf::error recall(task& what);

  /// Adds the task's question, and its answer. What is wrong is reported.
  caf::error keep(const answer& what);

private:
  std::string id_;
  std::string question_;
  std::unique_ptr<job_store> store_;
};

} // namespace smart_agents::cli
