#include "adapters/simulator/control.hpp"

#include "adapters/simulator/json_text.hpp"
#include "messages/error.hpp"

namespace smart_agents::sim {

namespace {

reply json_reply(int status, std::string body) {
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

} // namespace

reply control_error(int status, std::string_view message) {
  std::string body = "{\"error\":";
  append_json(body, message);
  return json_reply(status, body + "}");
}

control_request read_control(const server_request& request,
                             const std::string& here) {
  using kind = control_request::kind;
  control_request result;
  std::string_view target = request.target;
  auto path = target.substr(0, target.find('?'));
  static constexpr std::string_view key = "provider=";
  auto at = target.find(key);
  result.provider = here;
  if (at != target.npos) {
    auto name = target.substr(at + key.size());
    result.provider = name.substr(0, name.find('&'));
  }
  auto is = [&](std::string_view method, std::string_view wanted) {
    return request.method == method && path == wanted;
  };
  if (is("GET", "/_sim/stats"))
    result.what = kind::stats;
  else if (is("GET", "/_sim/behaviour"))
    result.what = kind::show;
  else if (is("PUT", "/_sim/behaviour"))
    result.what = kind::change;
  else if (is("POST", "/_sim/reset"))
    result.what = kind::reset;
  result.body = request.body;
  return result;
}

reply answer_control(const control_request& what, book* about) {
  using kind = control_request::kind;
  if (what.what == kind::unknown)
    return control_error(404, "there are GET /_sim/stats, GET and PUT "
                              "/_sim/behaviour, and POST /_sim/reset");
  if (about == nullptr)
    return control_error(404, "the simulator has no provider '" + what.provider
                                + "'");
  switch (what.what) {
  case kind::stats: return json_reply(200, to_json(about->stats()));
  case kind::change: {
    auto how = about->how();
    if (auto error = update(how, what.body))
      return control_error(400, render(error));
    about->set(std::move(how));
    break;
  }
  case kind::reset: about->reset(); break;
  default: break;
  }
  return json_reply(200, to_json(about->how()));
}

} // namespace smart_agents::sim
