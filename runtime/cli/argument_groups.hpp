#pragma once

#include "runtime/cli/arguments.hpp"

#include <CLI/CLI.hpp>

#include <string>

/// The commands of the program by group. Each function adds those of its group
/// to `app`; what the user gives goes to `into`, which must live as long.

namespace smart_agents::cli {

/// Adds a command with its help; when it is given, `into.what` is `what`.
CLI::App* add_command(CLI::App& parent, arguments& into, const char* name,
                      const char* about, command what,
                      const std::string& examples);

/// ask, route, feedback, orchestrate.
void add_task_commands(CLI::App& app, arguments& into);
/// execute, status, result, cancel, list, watch.
void add_job_commands(CLI::App& app, arguments& into);
/// serve, mcp, simulate.
void add_service_commands(CLI::App& app, arguments& into);
/// quota, providers, usage, models, logs, statusline, doctor.
void add_report_commands(CLI::App& app, arguments& into);
/// keys.
void add_key_commands(CLI::App& app, arguments& into);
/// init.
void add_init_command(CLI::App& app, arguments& into);
/// config, completions.
void add_config_commands(CLI::App& app, arguments& into);

} // namespace smart_agents::cli
