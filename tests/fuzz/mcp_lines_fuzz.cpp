// Lines of an MCP client.

#include "actors/front/mcp_protocol.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/json/parse.hpp>

namespace smart_agents {

FUZZ_TARGET(mcp_lines) {
  static const mcp_protocol protocol{{"smart-agents", "1", "Ask."}, {}};
  auto step = protocol.handle(bytes);
  const auto* reply = std::get_if<mcp_reply>(&step);
  if (reply == nullptr)
    return;
  boost::json::error_code error;
  boost::json::parse(reply->text, error);
  fuzz::must(!error, "a reply is JSON");
  fuzz::must(reply->text.find('\n') == std::string::npos,
             "a reply is one line");
}

} // namespace smart_agents
