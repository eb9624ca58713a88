#include "runtime/cli/argument_groups.hpp"

namespace smart_agents::cli {

namespace {

void add_scope(arguments& into, CLI::App* sub) {
  auto& q = into.quota;
  sub->add_option("--provider", q.provider, "Limits on this provider")
    ->type_name("NAME");
  sub->add_option("--model", q.model, "Limits on this model")
    ->type_name("NAME");
  sub->add_option("--credential", q.credential, "Limits on this credential")
    ->type_name("NAME");
  sub->add_option("--key", q.key, "Limits on this client key")
    ->type_name("NAME");
  sub
    ->add_option("--kind", q.kind,
                 "requests, input_tokens, output_tokens, total_tokens or usd")
    ->check(CLI::IsMember(std::vector<std::string>{
      "requests", "input_tokens", "output_tokens", "total_tokens", "usd"}))
    ->type_name("KIND");
  sub
    ->add_option("--per", q.per,
                 "Window: second, minute, day, week, month, or such as 5h")
    ->type_name("WINDOW");
}

void add_quota(CLI::App& app, arguments& into) {
  auto& q = into.quota;
  auto* quota = add_command(
    app, into, "quota", "How the limits stand, and changes to them by hand",
    command::quota,
    "  smart-agents quota\n"
    "  smart-agents quota --json\n"
    "  smart-agents quota set 300 --provider claude --per day\n"
    "  smart-agents quota reset --provider claude --per day\n");
  quota->callback([&into, quota] {
    if (quota->get_subcommands().empty())
      into.what = command::quota;
  });
  quota->require_subcommand(0, 1);
  auto* set = add_command(
    *quota, into, "set",
    "Change limits from now on, for all processes on this ledger",
    command::quota_set,
    "  smart-agents quota set 300 --provider claude --kind requests "
    "--per day\n"
    "  smart-agents quota set 20 --kind usd --per month\n"
    "  smart-agents quota set --provider claude --per day\n");
  set
    ->add_option_function<double>(
      "AMOUNT", [&q](double x) { q.amount = x; },
      "The new limit, dollars for usd; without it the configured one again")
    ->check(CLI::Range(0.0, 1e15));
  add_scope(into, set);
  auto* reset =
    add_command(*quota, into, "reset",
                "Forget what was used of limits in their present window",
                command::quota_reset,
                "  smart-agents quota reset --provider claude --per day\n"
                "  smart-agents quota reset --all\n");
  reset->add_flag("--all", q.all, "All limits");
  add_scope(into, reset);
  add_command(
    *quota, into, "export", "What was used of limits, and limits set by hand",
    command::quota_export, "  smart-agents quota export > quota.json\n");
  auto* import = add_command(
    *quota, into, "import", "Take what `quota export` wrote",
    command::quota_import,
    "  smart-agents quota import quota.json\n"
    "  ssh other smart-agents quota export | smart-agents quota import "
    "-\n");
  import->add_option("FILE", q.file, "The file; - reads stdin")->required();
  add_command(*quota, into, "log", "Who changed limits by hand, newest first",
              command::quota_log, "  smart-agents quota log\n");
}

} // namespace

void add_report_commands(CLI::App& app, arguments& into) {
  add_quota(app, into);
  add_command(app, into, "providers",
              "Which providers there are, and how they are", command::providers,
              "  smart-agents providers\n"
              "  smart-agents providers --json\n");
  auto* usage = add_command(
    app, into, "usage", "What was used, spent and saved", command::usage,
    "  smart-agents usage\n"
    "  smart-agents usage --since 7d --by model\n"
    "  smart-agents usage --since 2026-11-01 --by day --csv\n"
    "  smart-agents usage --baseline claude-opus-5-5 --json\n");
  usage
    ->add_option("--since", into.since,
                 "today, month (default), 24h, 7d or YYYY-MM-DD, by UTC")
    ->check([](const std::string& text) {
      return parse_since(text, std::chrono::system_clock::now())
               ? std::string{}
               : "'" + text
                   + "' is none of: today, month, 24h, 7d, "
                     "YYYY-MM-DD";
    })
    ->type_name("TIME");
  usage
    ->add_option("--by", into.by,
                 "provider, credential, model, key, skill, origin, type or "
                 "day")
    ->check(CLI::IsMember(std::vector<std::string>{"provider", "credential",
                                                   "model", "key", "skill",
                                                   "origin", "type", "day"}))
    ->type_name("COLUMN");
  usage->add_flag("--csv", into.csv, "Print it for spreadsheets");
  usage
    ->add_option("--baseline", into.baseline,
                 "Model that savings are counted against; default: the "
                 "strongest configured one")
    ->type_name("MODEL");
  auto* models =
    add_command(app, into, "models",
                "Which models there are, what they cost, and how much fits in",
                command::models,
                "  smart-agents models\n"
                "  smart-agents models --refresh\n"
                "  smart-agents models --json\n");
  models->add_flag("--refresh", into.refresh,
                   "Ask every provider for its own list first");
  auto* logs =
    add_command(app, into, "logs",
                "Follow one request through its attempts, or list the "
                "last ones",
                command::logs,
                "  smart-agents logs\n"
                "  smart-agents logs req_01KB0XJ4ZS3W8R6T5Q9M2N7PFA\n"
                "  smart-agents logs --last 100 --json\n");
  logs->add_option("ID", into.request_id,
                   "The id that answers carry in x-smart-agents-request-id");
  logs->add_option("--last", into.last, "How many without an ID")
    ->check(CLI::Range(1u, 100000u))
    ->type_name("N");
  add_command(app, into, "statusline",
              "One line for Claude Code's status line: last decision, savings, "
              "tightest limit",
              command::statusline,
              "  smart-agents statusline < /dev/null\n"
              "  smart-agents statusline --no-color < /dev/null\n");
  auto* doctor = add_command(
    app, into, "doctor",
    "Check configuration, keys, providers, ledger and ports", command::doctor,
    "  smart-agents doctor\n"
    "  smart-agents doctor --live\n"
    "  smart-agents doctor --json\n");
  doctor->add_flag("--live", into.live,
                   "Send each provider one tiny request, which it may bill, "
                   "and look at its answer's shape");
}

} // namespace smart_agents::cli
