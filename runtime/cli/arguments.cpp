#include "runtime/cli/arguments.hpp"

#include "runtime/cli/argument_groups.hpp"
#include "runtime/cli/manual.hpp"
#include "runtime/settings_values.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace smart_agents::cli {

namespace {

constexpr const char* version = "smart-agents " SMART_AGENTS_VERSION;

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
    add_task_commands(app_, x_);
    add_job_commands(app_, x_);
    add_service_commands(app_, x_);
    add_report_commands(app_, x_);
    add_key_commands(app_, x_);
    add_init_command(app_, x_);
    add_config_commands(app_, x_);
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

  CLI::App* innermost() {
    CLI::App* at = &app_;
    for (auto found = at->get_subcommands(); !found.empty();
         found = at->get_subcommands())
      at = found.front();
    return at;
  }

  static std::string path_of(const CLI::App* x) {
    const auto& name = x->get_name();
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

CLI::App* add_command(CLI::App& parent, arguments& into, const char* name,
                      const char* about, command what,
                      const std::string& examples) {
  auto* sub = parent.add_subcommand(name, about);
  sub->callback([&into, what] { into.what = what; });
  sub->footer("Examples:\n" + examples
              + "\nOptions of every command: smart-agents --help");
  sub->get_formatter()->column_width(30);
  return sub;
}

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
