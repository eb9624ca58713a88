#pragma once

#include <functional>
#include <string>
#include <vector>

namespace smart_agents {

/// Whether the service can answer now, and if not, why.
struct readiness {
  bool ready = true;
  /// Sentences for people.
  std::vector<std::string> reasons;
};

/// Where the status endpoint gets its pages from. Called on its own threads,
/// several at once; each must return within a second or so whatever the data
/// plane does.
struct status_pages {
  std::function<readiness()> ready;
  /// One JSON document.
  std::function<std::string()> status;
  /// Prometheus text format.
  std::function<std::string()> metrics;
  /// Reads the configuration again and puts it in force. Empty for done, else
  /// why everything stayed as it was. May take seconds; null where there is
  /// nothing to reload.
  std::function<std::string()> reload;
};

} // namespace smart_agents
