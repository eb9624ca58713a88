#pragma once

#include "messages/task.hpp"
#include "runtime/simulation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The command line as plain values; what it means is in arguments.cpp, what
/// it does in the *_command.cpp beside it.

namespace smart_agents::cli {

/// Exit codes, stable (docs/CLI.md).
enum exit_code : int {
  done = 0,
  failed = 1,
  /// Wrong usage or configuration; for `config check --providers`, see there.
  wrong_usage = 2,
  /// No provider could answer.
  nobody_answered = 3,
};

enum class command {
  serve,
  mcp,
  ask,
  route,
  feedback,
  orchestrate,
  execute,
  status,
  result,
  list,
  cancel,
  watch,
  quota,
  quota_set,
  quota_reset,
  quota_export,
  quota_import,
  quota_log,
  providers,
  usage,
  logs,
  models,
  statusline,
  simulate,
  config_check,
  config_show,
  config_schema,
  config_example,
  config_table,
  config_man,
  config_commands,
  keys_create,
  keys_list,
  keys_revoke,
  doctor,
  init,
  completions,
};

/// An image, sound or film that goes with a question.
struct media_argument {
  /// `image`, `audio` or `video`, as it was announced; empty for any.
  std::string kind;
  /// A path or a URL.
  std::string source;
};

/// A task as `ask`, `route` and `orchestrate` take it.
struct task_arguments {
  /// The prompt's words, joined by blanks; `-` or none reads stdin.
  std::vector<std::string> prompt;
  std::string skill;
  std::vector<std::string> files;
  std::vector<media_argument> media;
  /// `--diff`; empty for what is not committed.
  std::optional<std::string> diff;
  /// `--thread`
  std::string thread;
  std::optional<task_type> type;
  /// 0 leaves it to the router.
  int complexity = 0;
  /// Empty takes the configured default.
  std::string model;
  std::string system;
  /// 0 takes the model's default.
  uint32_t max_output = 0;
  bool stream = true;
  /// `--budget-usd`, `--budget-tokens`
  run_budget budget;
};

/// Which limits `quota set` and `quota reset` are about, and what becomes of
/// them.
struct quota_arguments {
  /// Empty names take any.
  std::string provider;
  std::string model;
  std::string credential;
  std::string key;
  std::string kind;
  std::string per;
  /// Of `quota set`; dollars for usd. Unset takes the configured one again.
  std::optional<double> amount;
  /// `quota reset --all`
  bool all = false;
  /// `quota import`: a file, or - for stdin.
  std::string file;
};

/// A background job, or jobs, as their commands take them.
struct job_arguments {
  /// `execute --async`
  bool detached = false;
  int priority = 5;
  std::vector<std::string> after;
  /// As written.
  std::string at;
  std::string key;
  /// Empty: `verbose` where somebody waits, else `milestone`.
  std::string notify;
  uint32_t tries = 3;
  /// Of `status`, `result` and `cancel`.
  std::string id;
  /// Of `list`; empty for all.
  std::string state;
  std::string kind;
  std::string behind;
  uint32_t limit = 50;
  /// `watch --once`
  bool once = false;
};

struct arguments {
  command what = command::serve;
  /// --config
  std::string config;
  /// --simulate
  bool simulate = false;
  /// --json
  bool json = false;
  /// --log-level; empty leaves the configured one.
  std::string log_level;
  /// --no-color
  bool no_color = false;
  task_arguments task;
  job_arguments job;
  /// `usage --since`, as written.
  std::string since;
  /// `usage --by`
  std::string by = "provider";
  /// `usage --csv`
  bool csv = false;
  /// `usage --baseline`: a model's name; empty takes the strongest configured
  /// one of each time.
  std::string baseline;
  quota_arguments quota;
  /// `logs ID`; empty for the last ones.
  std::string request_id;
  /// `feedback ID good`
  bool good = false;
  /// `route --explain`
  bool explain = false;
  /// `route --replay`; empty without it.
  std::string replay;
  /// `logs --last`
  uint32_t last = 20;
  /// How the simulator of `simulate` and `--simulate` behaves.
  simulation_options simulator;
  /// `doctor --live`
  bool live = false;
  /// `completions`: bash, zsh or fish.
  std::string shell;
  /// `init --replace`
  bool replace = false;
  /// `init --import`
  std::string import_from;
  /// `models --refresh`
  bool refresh = false;
  /// `init --claude`
  bool with_claude = false;
  /// `keys create` and `keys revoke`
  struct {
    std::string name;
    std::vector<std::string> models;
    std::vector<std::string> limits;
    uint32_t max_concurrent = 0;
  } key;
  /// `mcp --connect`; empty for a service of its own.
  std::string connect;
  /// `config check --providers`
  bool check_providers = false;
};

/// What came of parsing: arguments to run, or a text to print and end with.
struct parsed {
  std::optional<arguments> run;
  int exit = done;
  /// For stdout: help and version.
  std::string out;
  /// For stderr: what is wrong with the usage.
  std::string err;
};

/// Parses the words after the program's name.
parsed parse_arguments(std::vector<std::string> words);

/// Reads `--since`: `today`, `month`, `30m`, `24h`, `7d` or `YYYY-MM-DD`, days
/// by UTC. Empty for anything else.
std::optional<wall_time> parse_since(const std::string& text, wall_time now);

} // namespace smart_agents::cli
