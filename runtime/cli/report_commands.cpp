#include "adapters/catalogue.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/prompt.hpp"

#include <boost/json/array.hpp>

#include <iostream>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

std::string circuit_text(const provider_status& x, const style& look) {
  auto state = to_string(x.circuit);
  return x.circuit == circuit_state::closed ? look.green("ready")
         : x.circuit == circuit_state::open ? look.red("resting")
                                            : look.yellow(state);
}

const provider_settings* settings_of(const settings& config,
                                     const std::string& name) {
  for (const auto& p : config.providers)
    if (p.name == name)
      return &p;
  return nullptr;
}

} // namespace

int run_quota(session& in) {
  int exit = done;
  auto agents = in.start(exit);
  if (!agents)
    return exit;
  auto report = agents->quota();
  if (!report)
    return in.give_up(report.error());
  if (in.args().json)
    return session::print(to_json(*report));
  return session::print(
    quota_text(*report, std::chrono::system_clock::now(), in.out_style()));
}

int run_usage(session& in) {
  int exit = done;
  auto agents = in.start(exit);
  if (!agents)
    return exit;
  if (in.args().csv && in.args().json) {
    in.complain("give --csv or --json, not both");
    return wrong_usage;
  }
  std::optional<model_info> baseline;
  if (const auto& name = in.args().baseline; !name.empty()) {
    auto slash = name.find('/');
    baseline = catalogue::built_in().find(
      {}, slash == std::string::npos ? name : name.substr(slash + 1));
    if (!baseline->known) {
      in.complain("--baseline: the catalogue has no model '" + name + "'");
      return wrong_usage;
    }
  }
  auto now = std::chrono::system_clock::now();
  auto since = parse_since(in.args().since, now).value_or(now);
  auto report = agents->spent(since, in.args().by);
  if (!report)
    return in.give_up(report.error());
  if (baseline)
    save_against(*report, *baseline);
  if (in.args().csv)
    return session::print(usage_csv(*report, in.args().by));
  if (in.args().json) {
    auto result = to_json(*report);
    result["since"] = utc(since);
    result["by"] = in.args().by;
    if (baseline)
      result["baseline"] = baseline->name;
    return session::print(result);
  }
  return session::print("Since " + utc(since) + "\n"
                        + usage_text(*report, in.args().by));
}

int run_providers(session& in) {
  int exit = done;
  auto agents = in.start(exit);
  if (!agents)
    return exit;
  auto now = std::chrono::steady_clock::now();
  const auto look = in.out_style();
  json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : agents->providers()) {
    const auto* p = settings_of(agents->configuration(), x.name);
    if (p == nullptr)
      continue;
    auto one = to_json(x, now);
    one["model"] = p->model;
    one["strong_model"] = p->strong_model;
    one["base_url"] = p->base_url;
    one["local"] = p->local;
    one["simulated"] = p->simulated;
    list.emplace_back(std::move(one));
    rows.push_back({x.name, circuit_text(x, look), p->model, p->strong_model,
                    x.format, p->simulated ? "simulator" : p->base_url});
  }
  if (in.args().json)
    return session::print(json::object{{"providers", std::move(list)}});
  return session::print(table(
    {"PROVIDER", "STATE", "MODEL", "STRONGEST", "FORMAT", "ADDRESS"}, rows));
}

} // namespace smart_agents::cli
