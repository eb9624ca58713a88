// What MCP clients name: headers, origins, files and media.

#include "actors/front/mcp_http_checks.hpp"
#include "adapters/confined_path.hpp"
#include "adapters/media.hpp"
#include "adapters/public_fetch.hpp"
#include "tests/fuzz/target.hpp"

namespace smart_agents {

FUZZ_TARGET(mcp_http) {
  std::string text{bytes};
  if (auto plain = decode_header(bytes))
    fuzz::must(plain->size() <= bytes.size(), "decoding makes nothing longer");
  // A page of another host never gets through, however it is written.
  http_headers headers{{"Host", text}, {"Origin", "http://evil.example"}};
  fuzz::must(!check_origin(headers, {}).empty(), "others' pages stay out");
  if (auto path = path_of_file_uri(bytes))
    fuzz::must(path->starts_with('/'), "a path is absolute");
  if (is_public_address(bytes))
    fuzz::must(bytes.find_first_not_of("0123456789abcdefABCDEF:.")
                 == std::string_view::npos,
               "an address has no other characters");
  media_rules rules;
  rules.max_bytes = 1000;
  if (auto part = load_media("data:x/y;base64," + text, rules))
    fuzz::must(part->base64.size() <= 1340, "media are bounded");
}

} // namespace smart_agents
