#include "runtime/cli/session.hpp"

#include "actors/coordinator/faults.hpp"
#include "actors/coordinator/skill_shelf.hpp"
#include "adapters/http_client.hpp"
#include "messages/error.hpp"

#include <boost/json/serialize.hpp>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

bool colours_on(int fd, const arguments& args) {
  auto env = process_environment();
  return !args.no_color && !args.json && env("NO_COLOR").value_or("").empty()
         && env("TERM").value_or("") != "dumb" && isatty(fd) == 1;
}

/// Waits for a connection that was begun without blocking.
bool connected(int fd, caf::timespan patience) {
  pollfd wait{fd, POLLOUT, 0};
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
  if (poll(&wait, 1, static_cast<int>(ms.count())) != 1)
    return false;
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

} // namespace

bool accepts_connections(const std::string& base_url, caf::timespan patience) {
  auto to = url::parse(base_url);
  if (!to)
    return false;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  // Only addresses: looking up a name could take longer than our patience.
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  auto port = std::to_string(to->port);
  if (getaddrinfo(to->host.c_str(), port.c_str(), &hints, &found) != 0)
    return false;
  bool result = false;
  int fd =
    socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    result = connect(fd, found->ai_addr, found->ai_addrlen) == 0
             || connected(fd, patience);
    close(fd);
  }
  freeaddrinfo(found);
  return result;
}

bool has_provider(const settings& x) {
  return std::any_of(x.providers.begin(), x.providers.end(), [](auto& p) {
    return !p.assumed || accepts_connections(p.base_url, 200ms);
  });
}

std::string no_provider_remedy() {
  return "no provider: no API key is set, no smart-agents.json names a "
         "provider, and nothing answers at Ollama's default address "
         "127.0.0.1:11434.\n"
         "Do one of these:\n"
         "  - start Ollama (https://ollama.com), or set OLLAMA_BASE_URL\n"
         "  - set ANTHROPIC_API_KEY, OPENAI_API_KEY, GROK_API_KEY or "
         "GOOGLE_API_KEY\n"
         "  - add a server to smart-agents.json (smart-agents config example)\n"
         "  - add --simulate to try it with made-up answers";
}

session::session(arguments args) : args_{std::move(args)} {}

session::~session() = default;

style session::out_style() const {
  return {colours_on(STDOUT_FILENO, args_)};
}

style session::err_style() const {
  return {colours_on(STDERR_FILENO, args_)};
}

std::optional<settings> session::load(bool short_command) {
  auto loaded = load_settings(args_.config, process_environment(), source_);
  if (!loaded) {
    complain(render(loaded.error()));
    return std::nullopt;
  }
  auto& config = *loaded;
  if (config.database.empty()) {
    complain("no place for the ledger: set HOME or XDG_STATE_HOME, or "
             "\"database\" in smart-agents.json");
    return std::nullopt;
  }
  apply_arguments(config, short_command);
  log_ = make_log(config.log);
  if (args_.simulate)
    // That a key is missing does not matter then.
    source_.warnings.clear();
  for (const auto& warning : source_.warnings)
    log_->info("{}", warning);
  if (args_.simulate) {
    auto started = start_simulation(args_.simulator);
    if (!started) {
      complain(render(started.error()));
      return std::nullopt;
    }
    simulation_ = std::move(*started);
    config = simulated_settings(std::move(config), simulation_->base_urls());
  }
  return std::move(config);
}

void session::apply_arguments(settings& to, bool short_command) const {
  to.runs_jobs = !short_command;
  if (!args_.log_level.empty())
    to.log.level = args_.log_level;
  else if (short_command && to.log.level == "info")
    to.log.level = "warn";
  if (args_.no_color)
    to.log.colour = log_options::colours::never;
}

caf::expected<settings> session::load_again() const {
  settings_source source;
  auto loaded = load_settings(args_.config, process_environment(), source);
  if (!loaded)
    return loaded.error();
  apply_arguments(*loaded, false);
  if (simulation_)
    return simulated_settings(std::move(*loaded), simulation_->base_urls());
  for (const auto& warning : source.warnings)
    log_->info("{}", warning);
  return loaded;
}

std::optional<settings> session::load_with_provider(bool short_command) {
  auto config = load(short_command);
  if (!config)
    return std::nullopt;
  if (!has_provider(*config)) {
    complain(no_provider_remedy());
    return std::nullopt;
  }
  if (short_command)
    config->providers.erase(
      std::remove_if(config->providers.begin(), config->providers.end(),
                     [](auto& p) {
                       return p.assumed
                              && !accepts_connections(p.base_url, 200ms);
                     }),
      config->providers.end());
  return config;
}

std::unique_ptr<service> session::start(int& exit, bool short_command) {
  exit = wrong_usage;
  auto config = load_with_provider(short_command);
  if (!config)
    return nullptr;
  auto started = service::start(std::move(*config), log_);
  if (!started) {
    exit = give_up(started.error());
    return nullptr;
  }
  exit = done;
  return std::move(*started);
}

void session::complain(const std::string& what) const {
  auto safe = redact(what);
  if (args_.json)
    std::cout << json::serialize(
      json::object{{"error", json::object{{"message", safe}}}})
              << std::endl;
  std::cerr << err_style().red("smart-agents: ") << for_terminal(safe)
            << std::endl;
}

int session::give_up(const caf::error& why) const {
  complain(render(why));
  if (why == ec::bad_config || why == ec::bad_input || why == ec::not_found)
    return wrong_usage;
  return failed;
}

int session::print(const json::object& x) {
  return print(json::serialize(x) + "\n");
}

int session::print(const std::string& x) {
  std::cout << x << std::flush;
  return std::cout ? done : failed;
}

task make_task(const task_arguments& from, const settings& config,
               std::string text, const std::string& origin) {
  task result;
  result.id = make_task_id();
  result.origin = origin;
  result.type = from.type;
  result.complexity = from.complexity;
  result.model = from.model.empty() ? config.routing.default_model : from.model;
  auto& request = result.request;
  if (!from.system.empty())
    request.messages.push_back(text_message(role::system, from.system));
  request.messages.push_back(text_message(role::user, std::move(text)));
  if (from.max_output > 0)
    request.max_output = from.max_output;
  result.budget = from.budget;
  return result;
}

caf::error check_skill(const settings& config, const std::string& name) {
  skill_shelf skills{config.skills};
  skills.refresh();
  return skills.check(name);
}

int exit_of(const answer_failed& x) {
  if (x.why.code == unknown_model)
    return wrong_usage;
  switch (x.why.what) {
  case failure_class::cancelled:
  case failure_class::internal: return failed;
  case failure_class::bad_request: return wrong_usage;
  default: return nobody_answered;
  }
}

} // namespace smart_agents::cli
