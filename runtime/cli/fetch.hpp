#pragma once

#include "adapters/http_client.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents::cli {

/// One answer, or why there is none.
struct fetched {
  http_head head;
  std::string body;
  /// Set when no whole answer came.
  std::optional<http_failure> failed;
};

/// Sends requests at once and waits for all, on threads of its own and with
/// the proxies of the environment. Bodies over 1 MB are failures.
class fetcher {
public:
  fetcher();
  ~fetcher();

  /// Answers in the order of the requests; an exchange takes `patience` at
  /// most.
  std::vector<fetched> get_all(std::vector<http_request> requests,
                               caf::timespan patience = std::chrono::seconds{
                                 10});

  /// Not empty when nothing can be sent: a wrong proxy, for example.
  const std::string& trouble() const {
    return trouble_;
  }

private:
  struct impl;
  std::unique_ptr<impl> impl_;
  std::string trouble_;
};

} // namespace smart_agents::cli
