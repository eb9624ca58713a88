#include "runtime/cli/commands.hpp"

namespace smart_agents::cli {

int run(session& in) {
  switch (in.args().what) {
  case command::serve: return run_serve(in);
  case command::mcp: return run_mcp_command(in);
  case command::ask: return run_ask(in);
  case command::route: return run_route(in);
  case command::feedback: return run_feedback(in);
  case command::orchestrate: return run_orchestrate(in);
  case command::execute: return run_execute(in);
  case command::status: return run_status(in);
  case command::result: return run_result(in);
  case command::list: return run_list(in);
  case command::cancel: return run_cancel(in);
  case command::watch: return run_watch(in);
  case command::quota: return run_quota(in);
  case command::quota_set:
  case command::quota_reset:
  case command::quota_export:
  case command::quota_import:
  case command::quota_log: return run_quota_change(in);
  case command::providers: return run_providers(in);
  case command::usage: return run_usage(in);
  case command::models: return run_models(in);
  case command::logs: return run_logs(in);
  case command::statusline: return run_statusline(in);
  case command::simulate: return run_simulate(in);
  case command::config_check:
  case command::config_show:
  case command::config_schema:
  case command::config_example:
  case command::config_table:
  case command::config_man:
  case command::config_commands:
  case command::completions: return run_config(in);
  case command::keys_create:
  case command::keys_list:
  case command::keys_revoke: return run_keys(in);
  case command::init: return run_init(in);
  case command::doctor: return run_doctor(in);
  }
  return wrong_usage;
}

} // namespace smart_agents::cli
