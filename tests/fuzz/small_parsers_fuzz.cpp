// URLs, the catalogue, token estimates: what comes in from files and fields.

#include "adapters/catalogue.hpp"
#include "adapters/http_client.hpp"
#include "adapters/log.hpp"
#include "adapters/token_estimate.hpp"
#include "tests/fuzz/target.hpp"

namespace smart_agents {

FUZZ_TARGET(small_parsers) {
  if (auto parsed = url::parse(std::string{bytes})) {
    fuzz::must(!parsed->host.empty(), "a URL has a host");
    fuzz::must(parsed->target.starts_with("/"), "a target begins with /");
    fuzz::must(parsed->target.find_first_of(" \r\n") == std::string::npos,
               "a target fits into a request line");
  }
  (void)catalogue::parse(bytes);
  fuzz::must(estimate_tokens(bytes) <= bytes.size() * 2 + 1, "a sane estimate");
  (void)redact(bytes);
}

} // namespace smart_agents
