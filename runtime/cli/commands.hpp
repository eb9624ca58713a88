#pragma once

#include "runtime/cli/session.hpp"

/// One function a command; each returns the exit code (docs/CLI.md).

namespace smart_agents::cli {

int run_ask(session& in);
int run_orchestrate(session& in);
int run_execute(session& in);
int run_status(session& in);
int run_result(session& in);
int run_list(session& in);
int run_cancel(session& in);
int run_watch(session& in);
int run_route(session& in);
int run_feedback(session& in);
int run_quota(session& in);
/// `quota set`, `reset`, `export`, `import` and `log`.
int run_quota_change(session& in);
int run_providers(session& in);
int run_usage(session& in);
int run_logs(session& in);
int run_models(session& in);
int run_statusline(session& in);
int run_config(session& in);
int run_init(session& in);
int run_doctor(session& in);
int run_keys(session& in);
int run_serve(session& in);
int run_simulate(session& in);
int run_mcp_command(session& in);

/// Runs the command of the arguments.
int run(session& in);

} // namespace smart_agents::cli
