#include "runtime/cli/commands.hpp"
#include "runtime/cli/manual.hpp"

#include <boost/json/array.hpp>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

int check(session& in) {
  auto config = in.load();
  if (!config)
    return wrong_usage;
  auto ready = has_provider(*config);
  json::array names;
  std::string listed;
  for (const auto& p : config->providers) {
    if (p.assumed
        && !accepts_connections(p.base_url, std::chrono::milliseconds{200}))
      continue;
    names.emplace_back(p.name);
    listed += (listed.empty() ? "" : ", ") + p.name;
  }
  json::array warnings;
  for (const auto& x : in.source().warnings)
    warnings.emplace_back(x);
  int exit = in.args().check_providers && !ready ? nobody_answered : done;
  if (in.args().json) {
    session::print(json::object{{"ok", true},
                                {"path", in.source().path},
                                {"providers", std::move(names)},
                                {"warnings", std::move(warnings)}});
    return exit;
  }
  const auto look = in.out_style();
  auto from = in.source().path.empty() ? "the environment alone (no file)"
                                       : in.source().path;
  auto text = look.green("ok") + ": " + from
              + "\nproviders: " + (ready ? listed : look.yellow("none")) + "\n";
  for (const auto& x : in.source().warnings)
    text += look.yellow("note") + ": " + x + "\n";
  if (!ready)
    text += no_provider_remedy() + "\n";
  auto printed = session::print(text);
  return printed == done ? exit : printed;
}

} // namespace

int run_config(session& in) {
  switch (in.args().what) {
  case command::config_schema: return session::print(settings_schema());
  case command::config_example: return session::print(settings_example());
  case command::config_table: return session::print(settings_markdown());
  case command::config_man:
    return session::print(
      manual_page(describe_commands(), SMART_AGENTS_VERSION));
  case command::config_commands:
    return session::print(commands_markdown(describe_commands()));
  case command::completions:
    return session::print(completions(describe_commands(), in.args().shell));
  case command::config_show: {
    auto config = in.load();
    return config ? session::print(show_settings(*config)) : wrong_usage;
  }
  default: return check(in);
  }
}

} // namespace smart_agents::cli
