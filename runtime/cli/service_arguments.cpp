#include "runtime/cli/argument_groups.hpp"

namespace smart_agents::cli {

namespace {

void add_simulator(arguments& into, CLI::App* sub) {
  auto& s = into.simulator;
  auto share = [sub](const char* name, double& place, const char* help) {
    sub->add_option(name, place, help)
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE");
  };
  sub->add_option("--seed", s.seed, "Same seed, same behaviour")
    ->type_name("N");
  sub
    ->add_option("--port", s.first_port,
                 "Port of the first provider, the others follow; default: "
                 "free ones")
    ->check(CLI::Range(0, 65530))
    ->type_name("PORT");
  sub->add_option("--latency", s.latency_ms, "Milliseconds to the first byte")
    ->check(CLI::Range(0u, 600000u))
    ->type_name("MS");
  sub
    ->add_option("--tokens-per-second", s.tokens_per_second,
                 "Speed of an answer; 0 for all at once")
    ->type_name("N");
  share("--rate-limited", s.rate_limited, "Share answered 429");
  share("--server-errors", s.server_errors, "Share answered 500");
  share("--hangs", s.hangs, "Share never answered");
  share("--resets", s.resets, "Share whose connection is reset");
  share("--truncated", s.truncated, "Share of streams that end too early");
}

} // namespace

void add_service_commands(CLI::App& app, arguments& into) {
  add_command(app, into, "serve",
              "Run the gateway and the status endpoint until a signal comes",
              command::serve,
              "  smart-agents serve\n"
              "  smart-agents serve --simulate\n"
              "  curl http://127.0.0.1:8788/status\n");
  auto* mcp = add_command(
    app, into, "mcp", "Speak the Model Context Protocol on stdin and stdout",
    command::mcp,
    "  claude mcp add smart-agents -- /path/to/smart-agents mcp\n"
    "  smart-agents mcp --simulate < requests.jsonl\n"
    "  smart-agents mcp --connect http://127.0.0.1:8787\n");
  mcp
    ->add_option("--connect", into.connect,
                 "Speak for a running `serve` instead of starting a service "
                 "of its own; SMART_AGENTS_KEY holds the key, where one is "
                 "needed")
    ->type_name("URL");
  add_simulator(
    into,
    add_command(
      app, into, "simulate",
      "Run the provider simulator alone until a signal comes",
      command::simulate,
      "  smart-agents simulate\n"
      "  smart-agents simulate --latency 500 --rate-limited 0.1 --seed 7\n"));
}

void add_key_commands(CLI::App& app, arguments& into) {
  auto* keys = app.add_subcommand("keys", "Keys of the gateway's clients");
  keys->require_subcommand(1);
  keys->fallthrough();
  keys->footer("Examples:\n"
               "  smart-agents keys create team/alice\n"
               "  smart-agents keys list\n"
               "  smart-agents keys revoke team/alice\n");
  auto& k = into.key;
  auto* create = add_command(
    *keys, into, "create", "Make a key; it is shown this once",
    command::keys_create,
    "  smart-agents keys create team/alice\n"
    "  smart-agents keys create ci --model 'auto:cheap' --model 'ollama/*' "
    "--limit 60requests/minute --limit 5usd/day\n");
  create->add_option("NAME", k.name, "Its name, for limits and the ledger")
    ->required();
  create
    ->add_option("--model", k.models,
                 "A model that it may ask for, * for anything; repeat for "
                 "more; default: all")
    ->type_name("PATTERN");
  create
    ->add_option("--limit", k.limits,
                 "A limit, such as 60requests/minute, 1000000tokens/day, "
                 "5usd/month; repeat for more")
    ->type_name("LIMIT");
  create
    ->add_option("--max-concurrent", k.max_concurrent,
                 "Requests at once; default: no limit of its own")
    ->check(CLI::Range(1u, 1000000u))
    ->type_name("N");
  add_command(*keys, into, "list", "All keys and what they may do",
              command::keys_list,
              "  smart-agents keys list\n"
              "  smart-agents --json keys list\n");
  auto* revoke = add_command(*keys, into, "revoke", "Take a key out of force",
                             command::keys_revoke,
                             "  smart-agents keys revoke team/alice\n");
  revoke->add_option("NAME", k.name, "Its name")->required();
}

void add_init_command(CLI::App& app, arguments& into) {
  auto* init = add_command(
    app, into, "init", "Write a configuration for this machine", command::init,
    "  smart-agents init\n"
    "  smart-agents init --claude\n"
    "  smart-agents init --import ~/.claude-code-router/config.json\n"
    "  smart-agents init --import litellm.yaml --replace\n"
    "  smart-agents --config ./smart-agents.json init --replace\n");
  init->add_flag("--claude", into.with_claude,
                 "Also add this program to Claude Code as an MCP server, by "
                 "`claude mcp add`");
  init
    ->add_option("--import", into.import_from,
                 "Take over the configuration of claude-code-router or "
                 "LiteLLM, which is left as it is")
    ->check(CLI::ExistingFile)
    ->type_name("FILE");
  init->add_flag("--replace", into.replace,
                 "Replace a configuration that is there; it is kept as a "
                 "backup");
}

void add_config_commands(CLI::App& app, arguments& into) {
  auto* config = app.add_subcommand("config", "Look at the configuration");
  config->require_subcommand(1);
  config->fallthrough();
  config->footer("Examples:\n"
                 "  smart-agents config check\n"
                 "  smart-agents config example > smart-agents.json\n");
  auto* check =
    add_command(*config, into, "check", "Is it right, and what to look at",
                command::config_check,
                "  smart-agents config check\n"
                "  smart-agents --config other.json config check\n");
  check->add_flag("--providers", into.check_providers,
                  "End with 3 when it is right but offers no provider");
  add_command(*config, into, "show", "What is in force, secrets left out",
              command::config_show, "  smart-agents config show\n");
  add_command(*config, into, "schema", "JSON Schema of the file",
              command::config_schema,
              "  smart-agents config schema > smart-agents.schema.json\n");
  add_command(*config, into, "example", "Every option with its default",
              command::config_example,
              "  smart-agents config example > smart-agents.json\n");
  auto* shell = add_command(app, into, "completions",
                            "Completion for your shell", command::completions,
                            "  smart-agents completions bash > "
                            "~/.local/share/bash-completion/completions/"
                            "smart-agents\n"
                            "  smart-agents completions fish > "
                            "~/.config/fish/completions/smart-agents.fish\n");
  shell->add_option("SHELL", into.shell, "bash, zsh or fish")
    ->required()
    ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}));
  // For the installation.
  add_command(*config, into, "man", "The manual page", command::config_man,
              "  smart-agents config man | man -l -\n")
    ->group("");
  // The table of docs/CONFIGURATION.md; of no use to others.
  add_command(*config, into, "table", "Every option as Markdown",
              command::config_table, "  smart-agents config table\n")
    ->group("");
  // The end of docs/CLI.md.
  add_command(*config, into, "commands", "Every command as Markdown",
              command::config_commands, "  smart-agents config commands\n")
    ->group("");
}

} // namespace smart_agents::cli
