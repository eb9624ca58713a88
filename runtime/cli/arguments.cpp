#include "runtime/cli/arguments.hpp"

#include "adapters/job_json.hpp"
#include "runtime/cli/manual.hpp"
#include "runtime/settings_values.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

namespace smart_agents::cli {

namespace {

constexpr const char* version = "smart-agents " SMART_AGENTS_VERSION;

const std::map<std::string, task_type>& type_names() {
  static const auto result = [] {
    std::map<std::string, task_type> names;
    for (int i = 0; i <= static_cast<int>(task_type::video); ++i) {
      auto type = static_cast<task_type>(i);
      names[to_string(type)] = type;
    }
    return names;
  }();
  return result;
}

/// Builds the parser around one `arguments` that it fills.
class parser {
public:
  parser() {
    app_.name("smart-agents");
    app_.set_version_flag("--version", version);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.get_formatter()->column_width(30);
    app_.footer("Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, "
                "3 no provider could answer.\n"
                "\"smart-agents COMMAND --help\" explains a command with "
                "examples.");
    add_globals();
    add_task_commands();
    add_jobs();
    add_services();
    add_reports();
    add_keys();
    add_init();
    add_config();
  }

  parsed run(std::vector<std::string> words) {
    parsed result;
    // CLI11 takes them from the back.
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(words);
      result.run = x_;
    } catch (const CLI::CallForHelp&) {
      result.out = help_of_innermost();
    } catch (const CLI::CallForVersion& e) {
      result.out = std::string{e.what()} + "\n";
    } catch (const CLI::ParseError& e) {
      result.exit = wrong_usage;
      auto* where = innermost();
      result.err =
        "smart-agents: " + std::string{e.what()} + unknown_command_hint()
        + "\nTry: "
        + (where == &app_ ? "smart-agents --help" : path_of(where) + " --help")
        + "\n";
    }
    return result;
  }

  command_help describe() const {
    return describe(app_);
  }

private:
  static option_help describe(const CLI::Option& x) {
    option_help result;
    for (const auto& name : x.get_snames())
      result.names.push_back("-" + name);
    for (const auto& name : x.get_lnames())
      result.names.push_back("--" + name);
    if (result.names.empty())
      result.names.push_back(x.get_name(true));
    else if (x.get_type_size() != 0)
      result.value = x.get_type_name();
    // The checks of a value say themselves after a colon.
    result.value = result.value.substr(0, result.value.find(':'));
    result.about = x.get_description();
    return result;
  }

  static command_help describe(const CLI::App& x) {
    command_help result;
    result.name = x.get_name();
    result.about = x.get_description();
    result.only_groups = x.get_require_subcommand_min() > 0;
    for (const auto* option : x.get_options())
      (option->get_positional() ? result.positionals : result.options)
        .push_back(describe(*option));
    std::istringstream lines{x.get_footer()};
    for (std::string line; std::getline(lines, line);)
      if (line.rfind("  ", 0) == 0)
        result.examples.push_back(line.substr(2));
    for (const auto* sub :
         x.get_subcommands([](const CLI::App*) { return true; }))
      if (!sub->get_group().empty())
        result.commands.push_back(describe(*sub));
    return result;
  }

  CLI::App* add(CLI::App& parent, const char* name, const char* about,
                command what, const std::string& examples) {
    auto* sub = parent.add_subcommand(name, about);
    sub->callback([this, what] { x_.what = what; });
    sub->footer("Examples:\n" + examples
                + "\nOptions of every command: smart-agents --help");
    sub->get_formatter()->column_width(30);
    return sub;
  }

  void add_globals() {
    app_.description("One service from every AI subscription you have.");
    app_
      .add_option("--config", x_.config,
                  "Configuration file; default ./smart-agents.json, then "
                  "$XDG_CONFIG_HOME/smart-agents/smart-agents.json")
      ->type_name("FILE");
    app_.add_flag("--simulate", x_.simulate,
                  "Use the built-in provider simulator: answers are made up "
                  "and say so");
    app_.add_flag("--json", x_.json, "Print JSON");
    app_.add_option("--log-level", x_.log_level, "What goes to stderr")
      ->check(CLI::IsMember(std::vector<std::string>{"trace", "debug", "info",
                                                     "warn", "error", "off"}))
      ->type_name("LEVEL");
    app_.add_flag("--no-color", x_.no_color, "No colours; so does NO_COLOR");
  }

  void add_classification(CLI::App* sub) {
    auto& t = x_.task;
    sub
      ->add_option_function<std::string>(
        "--type",
        [&t](const std::string& name) { t.type = type_names().at(name); },
        "What kind of task it is: text code reasoning creative image audio "
        "video; default: found out")
      ->check(CLI::IsMember(&type_names()))
      ->type_name("TYPE");
    sub
      ->add_option("--complexity", t.complexity,
                   "How hard it is, 1 to 10; default: found out")
      ->check(CLI::Range(1, 10))
      ->type_name("N");
    sub
      ->add_option("--model", t.model,
                   "auto, auto:cheap, auto:best, auto:fast, auto:local-only, "
                   "PROVIDER/MODEL or a model's name")
      ->type_name("MODEL");
  }

  void add_material(CLI::App* sub, bool files) {
    auto& t = x_.task;
    if (files)
      sub
        ->add_option("--file", t.files,
                     "A file to go with it, also an image, sound, film or "
                     "PDF, or a pattern such as 'src/**/*.cpp'; may be "
                     "repeated")
        ->allow_extra_args(false)
        ->type_name("PATH");
    sub
      ->add_option_function<std::string>(
        "--diff",
        [&t](const std::string& revision) {
          t.diff = revision == "{}" ? std::string{} : revision;
        },
        "What git says has changed since a revision, default HEAD")
      ->expected(0, 1)
      ->type_name("[REV]");
    sub
      ->add_option("--thread", t.thread,
                   "A conversation by a name of yours: what was said in it "
                   "goes along, and any model may go on with it")
      ->type_name("ID");
    sub
      ->add_option("--budget-usd", t.budget.usd,
                   "What it may cost; nothing begins that would pass it")
      ->check(CLI::PositiveNumber)
      ->type_name("USD");
    sub
      ->add_option("--budget-tokens", t.budget.tokens,
                   "Tokens that it may take, input and output")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1000000000}))
      ->type_name("N");
  }

  void add_media(CLI::App* sub) {
    auto& media = x_.task.media;
    for (const auto& [kind, about] :
         {std::pair{"image", "An image to look at, a path or a URL"},
          std::pair{"audio", "A sound to listen to"},
          std::pair{"video", "A film to watch"}})
      sub
        ->add_option_function<std::vector<std::string>>(
          std::string{"--"} + kind,
          [&media,
           name = std::string{kind}](const std::vector<std::string>& sources) {
            for (const auto& x : sources)
              media.push_back({name, x});
          },
          std::string{about} + "; may be repeated")
        ->allow_extra_args(false)
        ->type_name("SOURCE");
  }

  void add_task_commands() {
    auto& t = x_.task;
    auto* ask =
      add(app_, "ask", "Ask one question; the answer is streamed", command::ask,
          "  smart-agents ask \"What is 2+2?\"\n"
          "  smart-agents ask --type code --complexity 9 \"Write a "
          "lock-free queue in C++\"\n"
          "  smart-agents ask --diff main \"What may break?\"\n"
          "  smart-agents ask --image chart.png \"What does it show?\"\n"
          "  smart-agents ask --thread plan --model grok \"And if it fails?\"\n"
          "  smart-agents --json ask --model claude/claude-opus-5-5 "
          "hello\n");
    ask->add_option("PROMPT", t.prompt,
                    "The question; - or nothing reads "
                    "stdin");
    add_classification(ask);
    add_material(ask, true);
    add_media(ask);
    ask->add_option("--system", t.system, "System prompt")->type_name("TEXT");
    ask->add_option("--max-output", t.max_output, "Longest answer in tokens")
      ->check(CLI::Range(1u, 10000000u))
      ->type_name("N");
    ask->add_flag_callback(
      "--no-stream", [&t] { t.stream = false; },
      "Print the answer when it is whole");

    auto* route =
      add(app_, "route", "Say who would answer, and why; asks nobody",
          command::route,
          "  smart-agents route \"Prove that sqrt(2) is "
          "irrational\"\n"
          "  smart-agents route --json \"Translate: good morning\"\n"
          "  smart-agents route --explain --type code \"Sort a list\"\n"
          "  smart-agents route --batch prompts.jsonl scores.jsonl\n"
          "  smart-agents route --replay serve.log\n");
    route
      ->add_option("--batch", t.files,
                   "Judge every line {\"id\", \"prompt\"} of IN; write "
                   "{\"id\", \"score\", \"type\", \"complexity\"} to OUT")
      ->expected(2)
      ->type_name("IN OUT");
    route
      ->add_option("--replay", x_.replay,
                   "Decide every row of a log anew, at level debug; 1 when one "
                   "comes out otherwise")
      ->type_name("LOG");
    route->add_flag("--explain", x_.explain,
                    "Also say what was learned of each candidate");
    route->add_option("PROMPT", t.prompt,
                      "The question; - or nothing reads "
                      "stdin");
    add_classification(route);

    auto* feedback = add(
      app_, "feedback", "Say how good an answer was; routing learns from it",
      command::feedback,
      "  smart-agents feedback req_01KB0XJ4ZS3W8R6T5Q9M2N7PFA good\n"
      "  smart-agents feedback --json req_01KB0XJ4ZS3W8R6T5Q9M2N7PFA bad\n");
    feedback
      ->add_option("ID", x_.request_id,
                   "The id that answers carry in x-smart-agents-request-id")
      ->required();
    feedback
      ->add_option_function<std::string>(
        "VERDICT", [this](const std::string& x) { x_.good = x == "good"; },
        "good or bad")
      ->check(CLI::IsMember(std::vector<std::string>{"good", "bad"}))
      ->required();

    auto* orchestrate = add(
      app_, "orchestrate", "Run a skill: several models on one piece of work",
      command::orchestrate,
      "  smart-agents orchestrate code_review src/main.cpp src/parser.cpp\n"
      "  smart-agents orchestrate code_review 'src/**/*.cpp'\n"
      "  smart-agents orchestrate code_review --diff main\n");
    orchestrate
      ->add_option("SKILL", t.skill,
                   "Its name, for example "
                   "code_review")
      ->required();
    orchestrate->add_option("FILE", t.files,
                            "What it is about, files or patterns; - or "
                            "nothing reads stdin");
    add_material(orchestrate, false);
  }

  void add_jobs() {
    auto& t = x_.task;
    auto& j = x_.job;
    auto* execute = add(
      app_, "execute", "Do work as a job that survives crashes and restarts",
      command::execute,
      "  smart-agents execute \"Compare B-trees and LSM trees\"\n"
      "  smart-agents execute --async --skill decompose --priority 8 \"Plan "
      "the migration\"\n"
      "  smart-agents execute --async --at 2h --after job_01K... \"Sum it "
      "up\"\n");
    execute->add_option("PROMPT", t.prompt,
                        "What is to be done; - or nothing reads stdin");
    add_material(execute, true);
    execute->add_option("--skill", t.skill, "A skill, for example consensus")
      ->type_name("NAME");
    add_classification(execute);
    execute->add_option("--system", t.system, "System prompt")
      ->type_name("TEXT");
    execute
      ->add_option("--max-output", t.max_output, "Longest answer in tokens")
      ->check(CLI::Range(1u, 10000000u))
      ->type_name("N");
    execute->add_flag("--async", j.detached,
                      "Print the job's id and end; a `serve` or `mcp` does it");
    execute
      ->add_option("--priority", j.priority,
                   "1 (background) to 10 (urgent), default 5")
      ->check(CLI::Range(1, 10))
      ->type_name("N");
    execute
      ->add_option("--after", j.after,
                   "A job that must be completed before; may be repeated")
      ->allow_extra_args(false)
      ->type_name("ID");
    execute
      ->add_option("--at", j.at,
                   "Not before: 90s, 10m, 2h, or 2026-11-26T02:30:00Z")
      ->check([](const std::string& text) {
        return parse_time(text, std::chrono::system_clock::now())
                 ? std::string{}
                 : "'" + text
                     + "' is no time; write 10m, 2h or 2026-11-26T02:30:00Z";
      })
      ->type_name("TIME");
    execute
      ->add_option("--key", j.key,
                   "Handing in the same key again gives the same job")
      ->type_name("TEXT");
    execute->add_option("--tries", j.tries, "Tries in all, default 3")
      ->check(CLI::Range(1u, 100u))
      ->type_name("N");
    execute
      ->add_option("--notify", j.notify,
                   "What is told of its way: silent, completion, milestone "
                   "(default with --async), verbose (default without)")
      ->check(CLI::IsMember(std::vector<std::string>{"silent", "completion",
                                                     "milestone", "verbose"}))
      ->type_name("HOW");

    auto with_id = [&j](CLI::App* sub) {
      sub->add_option("ID", j.id, "The job")->required();
    };
    with_id(add(app_, "status", "How a job stands", command::status,
                "  smart-agents status job_01K...\n"
                "  smart-agents --json status job_01K...\n"));
    with_id(add(app_, "result", "What came of a job", command::result,
                "  smart-agents result job_01K... > answer.md\n"));
    with_id(add(app_, "cancel", "Stop a job", command::cancel,
                "  smart-agents cancel job_01K...\n"));
    auto* list =
      add(app_, "list", "Which jobs there are, newest first", command::list,
          "  smart-agents list\n"
          "  smart-agents list --state failed --json\n");
    list
      ->add_option("--state", j.state,
                   "pending, running, completed, failed or cancelled")
      ->check(CLI::IsMember(std::vector<std::string>{
        "pending", "running", "completed", "failed", "cancelled"}))
      ->type_name("STATE");
    list->add_option("--kind", j.kind, "A skill's name, or ask")
      ->type_name("KIND");
    list->add_option("--limit", j.limit, "How many, default 50")
      ->check(CLI::Range(1u, 1000u))
      ->type_name("N");
    list->add_option("--after", j.behind, "Those behind this one")
      ->type_name("ID");
    auto* watch =
      add(app_, "watch", "Jobs, quotas and spend as they change, until Ctrl-C",
          command::watch,
          "  smart-agents watch\n"
          "  smart-agents watch | tee jobs.log\n");
    watch->add_flag("--once", j.once, "Show it once and end");
  }

  void add_simulator(CLI::App* sub) {
    auto& s = x_.simulator;
    auto share = [sub](const char* name, double& into, const char* help) {
      sub->add_option(name, into, help)
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

  void add_services() {
    add(app_, "serve",
        "Run the gateway and the status endpoint until a signal comes",
        command::serve,
        "  smart-agents serve\n"
        "  smart-agents serve --simulate\n"
        "  curl http://127.0.0.1:8788/status\n");
    auto* mcp =
      add(app_, "mcp", "Speak the Model Context Protocol on stdin and stdout",
          command::mcp,
          "  claude mcp add smart-agents -- /path/to/smart-agents mcp\n"
          "  smart-agents mcp --simulate < requests.jsonl\n"
          "  smart-agents mcp --connect http://127.0.0.1:8787\n");
    mcp
      ->add_option("--connect", x_.connect,
                   "Speak for a running `serve` instead of starting a service "
                   "of its own; SMART_AGENTS_KEY holds the key, where one is "
                   "needed")
      ->type_name("URL");
    add_simulator(add(
      app_, "simulate", "Run the provider simulator alone until a signal comes",
      command::simulate,
      "  smart-agents simulate\n"
      "  smart-agents simulate --latency 500 --rate-limited 0.1 --seed 7\n"));
  }

  void add_scope(CLI::App* sub) {
    auto& q = x_.quota;
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

  void add_quota() {
    auto& q = x_.quota;
    auto* quota =
      add(app_, "quota", "How the limits stand, and changes to them by hand",
          command::quota,
          "  smart-agents quota\n"
          "  smart-agents quota --json\n"
          "  smart-agents quota set 300 --provider claude --per day\n"
          "  smart-agents quota reset --provider claude --per day\n");
    quota->callback([this, quota] {
      if (quota->get_subcommands().empty())
        x_.what = command::quota;
    });
    quota->require_subcommand(0, 1);
    auto* set =
      add(*quota, "set",
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
    add_scope(set);
    auto* reset = add(*quota, "reset",
                      "Forget what was used of limits in their present window",
                      command::quota_reset,
                      "  smart-agents quota reset --provider claude --per day\n"
                      "  smart-agents quota reset --all\n");
    reset->add_flag("--all", q.all, "All limits");
    add_scope(reset);
    add(*quota, "export", "What was used of limits, and limits set by hand",
        command::quota_export, "  smart-agents quota export > quota.json\n");
    auto* import = add(
      *quota, "import", "Take what `quota export` wrote", command::quota_import,
      "  smart-agents quota import quota.json\n"
      "  ssh other smart-agents quota export | smart-agents quota import "
      "-\n");
    import->add_option("FILE", q.file, "The file; - reads stdin")->required();
    add(*quota, "log", "Who changed limits by hand, newest first",
        command::quota_log, "  smart-agents quota log\n");
  }

  void add_reports() {
    add_quota();
    add(app_, "providers", "Which providers there are, and how they are",
        command::providers,
        "  smart-agents providers\n"
        "  smart-agents providers --json\n");
    auto* usage =
      add(app_, "usage", "What was used, spent and saved", command::usage,
          "  smart-agents usage\n"
          "  smart-agents usage --since 7d --by model\n"
          "  smart-agents usage --since 2026-11-01 --by day --csv\n"
          "  smart-agents usage --baseline claude-opus-5-5 --json\n");
    usage
      ->add_option("--since", x_.since,
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
      ->add_option("--by", x_.by,
                   "provider, credential, model, key, skill, origin, type or "
                   "day")
      ->check(CLI::IsMember(std::vector<std::string>{"provider", "credential",
                                                     "model", "key", "skill",
                                                     "origin", "type", "day"}))
      ->type_name("COLUMN");
    usage->add_flag("--csv", x_.csv, "Print it for spreadsheets");
    usage
      ->add_option("--baseline", x_.baseline,
                   "Model that savings are counted against; default: the "
                   "strongest configured one")
      ->type_name("MODEL");
    auto* models =
      add(app_, "models",
          "Which models there are, what they cost, and how much fits in",
          command::models,
          "  smart-agents models\n"
          "  smart-agents models --refresh\n"
          "  smart-agents models --json\n");
    models->add_flag("--refresh", x_.refresh,
                     "Ask every provider for its own list first");
    auto* logs = add(app_, "logs",
                     "Follow one request through its attempts, or list the "
                     "last ones",
                     command::logs,
                     "  smart-agents logs\n"
                     "  smart-agents logs req_01KB0XJ4ZS3W8R6T5Q9M2N7PFA\n"
                     "  smart-agents logs --last 100 --json\n");
    logs->add_option("ID", x_.request_id,
                     "The id that answers carry in x-smart-agents-request-id");
    logs->add_option("--last", x_.last, "How many without an ID")
      ->check(CLI::Range(1u, 100000u))
      ->type_name("N");
    add(app_, "statusline",
        "One line for Claude Code's status line: last decision, savings, "
        "tightest limit",
        command::statusline,
        "  smart-agents statusline < /dev/null\n"
        "  smart-agents statusline --no-color < /dev/null\n");
    auto* doctor = add(app_, "doctor",
                       "Check configuration, keys, providers, ledger and ports",
                       command::doctor,
                       "  smart-agents doctor\n"
                       "  smart-agents doctor --live\n"
                       "  smart-agents doctor --json\n");
    doctor->add_flag("--live", x_.live,
                     "Send each provider one tiny request, which it may bill, "
                     "and look at its answer's shape");
  }

  void add_keys() {
    auto* keys = app_.add_subcommand("keys", "Keys of the gateway's clients");
    keys->require_subcommand(1);
    keys->fallthrough();
    keys->footer("Examples:\n"
                 "  smart-agents keys create team/alice\n"
                 "  smart-agents keys list\n"
                 "  smart-agents keys revoke team/alice\n");
    auto& k = x_.key;
    auto* create = add(
      *keys, "create", "Make a key; it is shown this once",
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
    add(*keys, "list", "All keys and what they may do", command::keys_list,
        "  smart-agents keys list\n"
        "  smart-agents --json keys list\n");
    auto* revoke =
      add(*keys, "revoke", "Take a key out of force", command::keys_revoke,
          "  smart-agents keys revoke team/alice\n");
    revoke->add_option("NAME", k.name, "Its name")->required();
  }

  void add_init() {
    auto* init =
      add(app_, "init", "Write a configuration for this machine", command::init,
          "  smart-agents init\n"
          "  smart-agents init --claude\n"
          "  smart-agents init --import ~/.claude-code-router/config.json\n"
          "  smart-agents init --import litellm.yaml --replace\n"
          "  smart-agents --config ./smart-agents.json init --replace\n");
    init->add_flag("--claude", x_.with_claude,
                   "Also add this program to Claude Code as an MCP server, by "
                   "`claude mcp add`");
    init
      ->add_option("--import", x_.import_from,
                   "Take over the configuration of claude-code-router or "
                   "LiteLLM, which is left as it is")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
    init->add_flag("--replace", x_.replace,
                   "Replace a configuration that is there; it is kept as a "
                   "backup");
  }

  void add_config() {
    auto* config = app_.add_subcommand("config", "Look at the configuration");
    config->require_subcommand(1);
    config->fallthrough();
    config->footer("Examples:\n"
                   "  smart-agents config check\n"
                   "  smart-agents config example > smart-agents.json\n");
    auto* check = add(*config, "check", "Is it right, and what to look at",
                      command::config_check,
                      "  smart-agents config check\n"
                      "  smart-agents --config other.json config check\n");
    check->add_flag("--providers", x_.check_providers,
                    "End with 3 when it is right but offers no provider");
    add(*config, "show", "What is in force, secrets left out",
        command::config_show, "  smart-agents config show\n");
    add(*config, "schema", "JSON Schema of the file", command::config_schema,
        "  smart-agents config schema > smart-agents.schema.json\n");
    add(*config, "example", "Every option with its default",
        command::config_example,
        "  smart-agents config example > smart-agents.json\n");
    auto* shell = add(app_, "completions", "Completion for your shell",
                      command::completions,
                      "  smart-agents completions bash > "
                      "~/.local/share/bash-completion/completions/"
                      "smart-agents\n"
                      "  smart-agents completions fish > "
                      "~/.config/fish/completions/smart-agents.fish\n");
    shell->add_option("SHELL", x_.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}));
    // For the installation.
    add(*config, "man", "The manual page", command::config_man,
        "  smart-agents config man | man -l -\n")
      ->group("");
    // The table of docs/CONFIGURATION.md; of no use to others.
    add(*config, "table", "Every option as Markdown", command::config_table,
        "  smart-agents config table\n")
      ->group("");
    // The end of docs/CLI.md.
    add(*config, "commands", "Every command as Markdown",
        command::config_commands, "  smart-agents config commands\n")
      ->group("");
  }

  CLI::App* innermost() {
    CLI::App* at = &app_;
    for (auto found = at->get_subcommands(); !found.empty();
         found = at->get_subcommands())
      at = found.front();
    return at;
  }

  static std::string path_of(const CLI::App* x) {
    auto name = x->get_name();
    return x->get_parent() == nullptr ? name
                                      : path_of(x->get_parent()) + " " + name;
  }

  std::string help_of_innermost() {
    auto* at = innermost();
    return at->help(at == &app_ ? "" : path_of(at->get_parent()));
  }

  /// CLI11 only says that a command is needed when it does not know one.
  std::string unknown_command_hint() {
    auto rest = app_.remaining();
    if (innermost() != &app_ || rest.empty())
      return {};
    std::vector<std::string> names;
    for (auto* sub : app_.get_subcommands([](CLI::App*) { return true; }))
      names.push_back(sub->get_name());
    return " ('" + rest.front() + "' is none"
           + did_you_mean(rest.front(), names) + ")";
  }

  CLI::App app_;
  arguments x_;
};

} // namespace

parsed parse_arguments(std::vector<std::string> words) {
  return parser{}.run(std::move(words));
}

command_help describe_commands() {
  return parser{}.describe();
}

std::optional<wall_time> parse_since(const std::string& text, wall_time now) {
  using namespace std::chrono;
  auto today = floor<days>(now);
  if (text == "today")
    return today;
  if (text.empty() || text == "month") {
    year_month_day date{today};
    return sys_days{date.year() / date.month() / 1};
  }
  int y = 0;
  unsigned m = 0;
  unsigned d = 0;
  int end = 0;
  if (text.size() == 10
      && std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &y, &m, &d, &end) == 3
      && end == 10) {
    year_month_day date{year{y}, month{m}, day{d}};
    return date.ok() ? std::optional<wall_time>{sys_days{date}} : std::nullopt;
  }
  auto count = parse_count(std::string_view{text}.substr(0, text.size() - 1));
  if (!count || *count > 100000)
    return std::nullopt;
  auto n = static_cast<int64_t>(*count);
  switch (text.back()) {
  case 'm': return now - minutes{n};
  case 'h': return now - hours{n};
  case 'd': return now - days{n};
  default: return std::nullopt;
  }
}

} // namespace smart_agents::cli
