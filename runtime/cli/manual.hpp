#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The manual page and the shells' completions, made from what the parser of
/// the command line knows, so that they cannot grow stale.

namespace smart_agents::cli {

/// An option of a command.
struct option_help {
  /// `-h,--help` has two.
  std::vector<std::string> names;
  /// Kind of its value, `FILE` for one; empty for a flag.
  std::string value;
  std::string about;
};

/// A command with what belongs to it.
struct command_help {
  std::string name;
  std::string about;
  /// Names of what is given without a dash.
  std::vector<option_help> positionals;
  std::vector<option_help> options;
  /// Shell lines.
  std::vector<std::string> examples;
  std::vector<command_help> commands;
  /// True when it is nothing without one of them.
  bool only_groups = false;
};

/// The whole command line; commands that are hidden from `--help` left out.
command_help describe_commands();

/// smart-agents(1) in the `man` macros (groff_man(7)).
std::string manual_page(const command_help& top, std::string_view version);

/// Every command with its arguments and options as Markdown, for docs/CLI.md.
std::string commands_markdown(const command_help& top);

/// Completion for `bash`, `zsh` or `fish`; empty for another shell.
std::string completions(const command_help& top, std::string_view shell);

} // namespace smart_agents::cli
