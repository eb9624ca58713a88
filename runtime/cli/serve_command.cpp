#include "adapters/httplib/status_server.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/commands.hpp"
#include "runtime/shutdown.hpp"
#include "runtime/status_board.hpp"

#include <cstring>
#include <iostream>

namespace smart_agents::cli {

namespace {

std::string address(const std::string& host, uint16_t port) {
  bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":"
         + std::to_string(port);
}

std::string names_of(const settings& config) {
  std::string result;
  for (const auto& p : config.providers)
    result += (result.empty() ? "" : ", ") + p.name;
  return result;
}

} // namespace

int run_serve(session& in) {
  // Waits from here on: every thread that follows inherits the mask.
  until_signal signal;
  int exit = done;
  auto agents = in.start(exit, false);
  if (!agents)
    return exit;
  const auto& config = agents->configuration();
  const auto& log = in.log();
  metrics counters;
  status_board board{*agents, counters};
  // The control plane first: a second `serve` fails on its port before it
  // takes anything.
  status_server_options options;
  options.host = config.control_host;
  options.port = config.control_port;
  auto status = status_server::start(board.pages(), options, log);
  if (!status)
    return in.give_up(status.error());
  auto data = open_data_plane(*agents, log);
  if (!data)
    return in.give_up(data.error());
  if (config.simulate)
    log->warn("SIMULATED: every answer is made up by the provider simulator");
  log->info("providers: {}", names_of(config));
  log->info("gateway on {}", address(config.listen_host, (*data)->port()));
  log->info("status on {}/status",
            address(config.control_host, (*status)->port()));
  auto number = signal.wait();
  log->info("{}: stopping; running work has {} to finish, another signal ends "
            "at once",
            strsignal(number), elapsed(config.grace));
  board.stopping();
  (*data)->stop_accepting();
  auto clean = agents->shutdown(config.grace);
  if (!clean)
    log->warn("some work did not finish within {}", elapsed(config.grace));
  log->info("stopped");
  return clean ? done : failed;
}

int run_mcp_command(session& in) {
  block_signals();
  auto config = in.load_with_provider(false);
  if (!config)
    return wrong_usage;
  return run_mcp(std::move(*config), in.log());
}

int run_simulate(session& in) {
  until_signal signal;
  const auto& s = in.args().simulator;
  auto running =
    start_simulation({s.seed, s.latency_ms, s.tokens_per_second, s.rate_limited,
                      s.server_errors, s.hangs, s.resets, s.truncated});
  if (!running)
    return in.give_up(running.error());
  auto urls = (*running)->base_urls();
  int printed = done;
  if (in.args().json) {
    boost::json::object list;
    for (const auto& [name, url] : urls)
      list[name] = url;
    printed = session::print(boost::json::object{{"base_urls", list}});
  } else {
    std::string text = "Simulated providers; any key will do.\n";
    for (const auto& [name, url] : urls)
      text += "  " + name
              + std::string(10 - std::min<size_t>(9, name.size()), ' ') + url
              + "\n";
    printed = session::print(text + "End with Ctrl-C.\n");
  }
  if (printed != done)
    return printed;
  signal.wait();
  return done;
}

} // namespace smart_agents::cli
