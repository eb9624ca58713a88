#include "adapters/httplib/status_server.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/commands.hpp"
#include "runtime/reloader.hpp"
#include "runtime/shutdown.hpp"
#include "runtime/status_board.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstring>

namespace smart_agents::cli {

namespace {

std::string address(const std::string& host, uint16_t port, bool tls = false) {
  bool v6 = host.find(':') != std::string::npos;
  return (tls ? "https://" : "http://") + (v6 ? "[" + host + "]" : host) + ":"
         + std::to_string(port);
}

std::string upper(std::string x) {
  std::transform(x.begin(), x.end(), x.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return x;
}

/// Keeps a late hangup from a reloader that is gone.
struct stop_reloading {
  std::atomic<reloader*>& what;
  ~stop_reloading() {
    what = nullptr;
  }
};

std::string names_of(const settings& config) {
  std::string result;
  for (const auto& p : config.providers)
    result += (result.empty() ? "" : ", ") + p.name;
  return result;
}

} // namespace

int run_serve(session& in) {
  // Waits from here on: every thread that follows inherits the mask.
  // A hangup reloads; until there is something to reload, it is ignored.
  std::atomic<reloader*> reloading{nullptr};
  until_signal signal{[&reloading] {
    if (auto* x = reloading.load())
      x->ask();
  }};
  int exit = done;
  auto agents = in.start(exit, false);
  if (!agents)
    return exit;
  const auto config = agents->configuration();
  const auto& log = in.log();
  status_board board{*agents};
  reloader reload{*agents, [&in] { return in.load_again(); }, log};
  reloading = &reload;
  stop_reloading no_more{reloading};
  // The control plane first: a second `serve` fails on its port before it
  // takes anything.
  status_server_options options;
  options.host = config.control_host;
  options.port = config.control_port;
  auto pages = board.pages();
  pages.reload = [&reload] { return reload.reload(); };
  auto status = status_server::start(std::move(pages), options, log);
  if (!status)
    return in.give_up(status.error());
  auto data = open_data_plane(*agents, board.pages().status);
  if (!data)
    return in.give_up(data.error());
  if (config.simulate)
    log->warn("SIMULATED: every answer is made up by the provider simulator");
  log->info("providers: {}", names_of(config));
  auto gateway =
    address(config.listen_host, (*data)->port(), config.tls.used());
  log->info("gateway on {}", gateway);
  log->info("dashboard on {}/", gateway);
  log->info("status on {}/status",
            address(config.control_host, (*status)->port()));
  auto number = signal.wait();
  // A hangup from now on must start nothing anew.
  reload.stop();
  log->info("{}: stopping; running work has {} to finish, another signal ends "
            "at once",
            sigdescr_np(number), elapsed(config.grace));
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
  if (!in.args().connect.empty())
    return in.load(false) ? run_mcp_connect(in.args().connect, in.log())
                          : wrong_usage;
  auto config = in.load_with_provider(false);
  if (!config)
    return wrong_usage;
  return run_mcp(std::move(*config), in.log());
}

int run_simulate(session& in) {
  until_signal signal;
  auto running = start_simulation(in.args().simulator);
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
    std::string text = "# Simulated providers; any key will do. End with "
                       "Ctrl-C.\n";
    for (const auto& [name, url] : urls) {
      auto known = default_provider(name);
      text += "export " + upper(name) + "_BASE_URL=" + url;
      if (!known.key_env.empty())
        text += " " + known.key_env + "=simulated";
      text += "\n";
    }
    printed = session::print(text);
  }
  if (printed != done)
    return printed;
  signal.wait();
  return done;
}

} // namespace smart_agents::cli
