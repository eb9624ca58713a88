#pragma once

#include "adapters/log.hpp"
#include "runtime/cli/arguments.hpp"
#include "runtime/cli/render.hpp"
#include "runtime/settings.hpp"
#include "runtime/simulation.hpp"
#include "runtime/smart_agents.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>

namespace smart_agents::cli {

/// What every command needs: settings, log, simulator, looks.
class session {
public:
  explicit session(arguments args);
  ~session();

  const arguments& args() const {
    return args_;
  }

  /// How stdout and stderr look: coloured on a terminal unless the user does
  /// not want it.
  style out_style() const;
  style err_style() const;

  /// Loads the configuration and starts the simulator when asked to. A short
  /// command logs warnings only unless the user says otherwise. Unset after
  /// an error, which was reported; end with `wrong_usage`.
  std::optional<settings> load(bool short_command = true);

  /// Reads the configuration again, the way `load` did. Fails with
  /// `ec::bad_config`.
  caf::expected<settings> load_again() const;

  /// Valid after `load`.
  const log_ptr& log() const {
    return log_;
  }

  /// Where the settings came from.
  const settings_source& source() const {
    return source_;
  }

  /// `load`, and at least one provider that may answer; otherwise the remedy
  /// was reported. `short_command` also drops an assumed Ollama that is not
  /// there, so that no question waits for it.
  std::optional<settings> load_with_provider(bool short_command = true);

  /// Loads, and starts the service. Null after an error; `exit` says how to
  /// end.
  std::unique_ptr<service> start(int& exit, bool short_command = true);

  /// Reports an error on stderr, as JSON on stdout when asked to.
  void complain(const std::string& what) const;

  /// Reports an error of ours and returns the exit code that fits.
  int give_up(const caf::error& why) const;

  /// Prints a JSON document and a line break to stdout.
  static int print(const boost::json::object& x);

  /// Prints text to stdout. Returns the exit code: `failed` when nobody reads.
  static int print(const std::string& x);

private:
  /// What the command line changes in a configuration.
  void apply_arguments(settings& to, bool short_command) const;

  arguments args_;
  settings_source source_;
  log_ptr log_;
  std::unique_ptr<simulation> simulation_;
};

/// True when settings offer a provider that may answer: one that was asked
/// for, or an assumed Ollama that accepts a connection now.
bool has_provider(const settings& x);

/// True when something accepts a TCP connection at the URL within `patience`.
bool accepts_connections(const std::string& base_url, caf::timespan patience);

/// What to do when there is no provider.
std::string no_provider_remedy();

/// The task that `ask`, `route` and `orchestrate` describe, with `text` as the
/// user's message.
task make_task(const task_arguments& from, const settings& config,
               std::string text, const std::string& origin);

/// Says that there is no skill of that name, if so.
caf::error check_skill(const settings& config, const std::string& name);

/// The exit code of a task that failed.
int exit_of(const answer_failed& x);

} // namespace smart_agents::cli
