#include "runtime/cli/manual.hpp"

#include <algorithm>
#include <functional>

namespace smart_agents::cli {

namespace {

/// Text as it stands: no dash becomes a hyphen, no line a request of troff.
std::string roff(std::string_view text) {
  std::string result;
  auto line_starts = true;
  for (char c : text) {
    if (line_starts && (c == '.' || c == '\''))
      result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
    line_starts = c == '\n';
  }
  return result;
}

std::string listed(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& x : names)
    result += (result.empty() ? "" : ", ") + ("\\fB" + roff(x) + "\\fR");
  return result;
}

void add_options(std::string& out, const std::vector<option_help>& options) {
  for (const auto& x : options)
    out += ".TP\n" + listed(x.names)
           + (x.value.empty() ? "" : " \\fI" + roff(x.value) + "\\fR") + "\n"
           + roff(x.about) + "\n";
}

/// Calls `visit` for every command below `x` with its words.
void each_command(
  const command_help& x, const std::string& path,
  const std::function<void(const std::string&, const command_help&)>& visit) {
  for (const auto& sub : x.commands) {
    auto words = path.empty() ? sub.name : path + " " + sub.name;
    visit(words, sub);
    each_command(sub, words, visit);
  }
}

void add_command(std::string& out, const std::string& words,
                 const command_help& x) {
  out += ".SS \"" + roff("smart-agents " + words);
  for (const auto& p : x.positionals)
    out += " [" + roff(p.names.front()) + "]";
  out += "\"\n" + roff(x.about) + ".\n";
  add_options(out, x.positionals);
  add_options(out, x.options);
  if (x.examples.empty())
    return;
  out += ".PP\n.nf\n";
  for (const auto& line : x.examples)
    out += ".RS\n" + roff(line) + "\n.RE\n";
  out += ".fi\n";
}

/// In a cell of a Markdown table.
std::string in_cell(std::string_view text) {
  std::string result;
  for (char c : text)
    result += c == '|' ? std::string{"\\|"} : std::string{c};
  return result;
}

/// In single quotes of a POSIX shell.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (char c : text)
    result += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return result + "'";
}

std::string words_of(const command_help& x, const command_help& top) {
  std::string result;
  auto add = [&result](const std::string& word) {
    result += (result.empty() ? "" : " ") + word;
  };
  for (const auto& sub : x.commands)
    add(sub.name);
  for (const auto& o : x.options)
    for (const auto& name : o.names)
      add(name);
  if (&x != &top)
    for (const auto& o : top.options)
      for (const auto& name : o.names)
        if (name != "--version" && name != "--help" && name != "-h")
          add(name);
  return result;
}

std::string for_bash(const command_help& top) {
  std::string known;
  std::string cases;
  each_command(top, {}, [&](const std::string& path, const command_help& x) {
    known += (known.empty() ? "" : "|") + in_quotes(path);
    cases += "    " + in_quotes(path) + ") words=" + in_quotes(words_of(x, top))
             + " ;;\n";
  });
  // A word that is no option and no command completes as a file's name.
  return "# Completion of smart-agents for bash.\n"
         "_smart_agents() {\n"
         "  local line='' words i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"${line:+$line }${COMP_WORDS[i]}\" in\n"
         "      "
         + known
         + ") line=\"${line:+$line }${COMP_WORDS[i]}\" ;;\n"
           "    esac\n"
           "  done\n"
           "  case $line in\n"
         + cases + "    *) words=" + in_quotes(words_of(top, top))
         + " ;;\n"
           "  esac\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- "
           "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
           "}\n"
           "complete -o default -F _smart_agents smart-agents\n";
}

/// Zsh can run the completion of bash: one thing less that may be wrong.
std::string for_zsh(const command_help& top) {
  return "#compdef smart-agents\n"
         "autoload -U +X bashcompinit && bashcompinit\n"
         + for_bash(top);
}

std::string for_fish(const command_help& top) {
  std::string result = "# Completion of smart-agents for fish.\n";
  auto option_lines = [&result](const std::string& when,
                                const command_help& x) {
    for (const auto& o : x.options) {
      auto line = "complete -c smart-agents" + when;
      for (const auto& name : o.names)
        line += name.rfind("--", 0) == 0 ? " -l " + name.substr(2)
                                         : " -s " + name.substr(1);
      if (!o.value.empty())
        line += " -r";
      result += line + " -d " + in_quotes(o.about) + "\n";
    }
  };
  option_lines("", top);
  auto first = std::string{" -n __fish_use_subcommand -f"};
  for (const auto& x : top.commands) {
    result += "complete -c smart-agents" + first + " -a " + x.name + " -d "
              + in_quotes(x.about) + "\n";
    auto within = " -n '__fish_seen_subcommand_from " + x.name + "'";
    option_lines(within, x);
    for (const auto& sub : x.commands)
      result += "complete -c smart-agents" + within + " -f -a " + sub.name
                + " -d " + in_quotes(sub.about) + "\n";
  }
  return result;
}

} // namespace

std::string manual_page(const command_help& top, std::string_view version) {
  std::string out = ".TH SMART\\-AGENTS 1 \"\" \"" + roff(version)
                    + "\" \"User Commands\"\n.SH NAME\nsmart\\-agents \\- "
                    + roff(top.about)
                    + "\n.SH SYNOPSIS\n.B smart\\-agents\n[\\fIOPTIONS\\fR] "
                      "\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.SH OPTIONS\nThey "
                      "may stand before or after the command.\n";
  add_options(out, top.options);
  out += ".SH COMMANDS\n";
  each_command(top, {}, [&](const std::string& words, const command_help& x) {
    if (x.commands.empty())
      add_command(out, words, x);
  });
  return out
         + ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nFailed.\n.TP\n2\nWrong "
           "usage or configuration.\n.TP\n3\nNo provider could answer.\n"
           ".SH FILES\n.TP\n"
           "\\fI./smart\\-agents.json\\fR, "
           "\\fI$XDG_CONFIG_HOME/smart\\-agents/smart\\-agents.json\\fR\n"
           "The configuration; the first one found is read.\n.TP\n"
           "\\fI$XDG_STATE_HOME/smart\\-agents/smart\\-agents.db\\fR\n"
           "The ledger: what was used and what it cost.\n";
}

std::string commands_markdown(const command_help& top) {
  std::string out;
  auto add_rows = [&out](const std::vector<option_help>& options) {
    for (const auto& x : options) {
      std::string names;
      for (const auto& name : x.names)
        // Every command has it.
        if (name != "-h" && name != "--help")
          names += (names.empty() ? "`" : ", `") + name
                   + (x.value.empty() ? "`" : " " + x.value + "`");
      if (!names.empty())
        out += "| " + names + " | " + in_cell(x.about) + " |\n";
    }
  };
  each_command(top, {}, [&](const std::string& words, const command_help& x) {
    if (x.only_groups)
      return;
    out += "### `" + words + "`\n\n" + x.about + ".\n\n";
    auto before = out;
    out += "| Argument or option | Meaning |\n|---|---|\n";
    auto empty = out.size();
    add_rows(x.positionals);
    add_rows(x.options);
    out = out.size() == empty ? before : out + "\n";
  });
  out.pop_back(); // one line's end is enough
  return out;
}

std::string completions(const command_help& top, std::string_view shell) {
  return shell == "bash"   ? for_bash(top)
         : shell == "zsh"  ? for_zsh(top)
         : shell == "fish" ? for_fish(top)
                           : std::string{};
}

} // namespace smart_agents::cli
