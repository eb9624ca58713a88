#pragma once

#include "adapters/log.hpp"
#include "runtime/settings.hpp"
#include "runtime/smart_agents.hpp"

#include <functional>
#include <memory>
#include <string>

namespace smart_agents {

/// Puts new configurations in force, one after the other, on a thread of its
/// own: when it is told to, and when client keys were made or revoked.
class reloader {
public:
  /// `read` gets the configuration anew. `of` must outlive this.
  reloader(service& of, std::function<caf::expected<settings>()> read,
           log_ptr log);
  reloader(const reloader&) = delete;
  reloader& operator=(const reloader&) = delete;
  ~reloader();

  /// Soon, without waiting. Its outcome goes to the log.
  void ask();

  /// Now. Empty for done, else why everything stayed as it was.
  std::string reload();

  /// The service is about to stop: waits for what is under way, and puts
  /// nothing in force any more.
  void stop();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace smart_agents
