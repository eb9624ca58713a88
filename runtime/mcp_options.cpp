#include "runtime/mcp_options.hpp"

#include "actors/front/mcp_resources.hpp"
#include "actors/router/decision_row.hpp"
#include "runtime/cli/arguments.hpp"
#include "runtime/cli/render.hpp"
#include "runtime/smart_agents.hpp"

#include <caf/actor_system.hpp>

#include <boost/json/serialize.hpp>

#include <array>
#include <cstdio>
#include <utility>

namespace smart_agents {

namespace json = boost::json;

namespace {

std::string usage_text(const quota_report& quota,
                       const std::vector<provider_status>& providers,
                       const usage_report& spent, wall_time since,
                       const std::string& by) {
  const cli::style plain;
  std::vector<std::vector<std::string>> rows;
  rows.reserve(providers.size());
  for (const auto& x : providers)
    rows.push_back({x.name, to_string(x.circuit), std::to_string(x.answered),
                    std::to_string(x.failed), x.reason});
  return "Quotas\n"
         + cli::quota_text(quota, std::chrono::system_clock::now(), plain)
         + "\nProviders (since start)\n"
         + cli::table({"provider", "circuit", "answered", "failed", "reason"},
                      rows)
         + "\nSince " + cli::utc(since) + "\n" + cli::usage_text(spent, by);
}

/// The document at an address of `mcp_uri`; empty when there is none.
std::string resource_text(const std::string& uri, const quota_report& quota,
                          const std::vector<provider_status>& providers,
                          const usage_report& spent) {
  if (uri == mcp_uri::quotas)
    return json::serialize(cli::to_json(quota));
  if (uri == mcp_uri::usage)
    return json::serialize(cli::to_json(spent));
  if (uri != mcp_uri::providers)
    return {};
  json::array list;
  for (const auto& x : providers)
    list.push_back(cli::to_json(x, std::chrono::steady_clock::now()));
  return json::serialize(json::object{{"providers", std::move(list)}});
}

/// What `usage_text` says, as data.
json::object usage_data(const quota_report& quota,
                        const std::vector<provider_status>& providers,
                        const usage_report& spent, wall_time since,
                        const std::string& by) {
  json::array list;
  for (const auto& x : providers)
    list.push_back(cli::to_json(x, std::chrono::steady_clock::now()));
  auto usage = cli::to_json(spent);
  usage["since"] = cli::utc(since);
  usage["by"] = by;
  return {{"quotas", cli::to_json(quota)},
          {"providers", std::move(list)},
          {"usage", std::move(usage)}};
}

} // namespace

mcp_front_options mcp_options(const settings& config,
                              std::shared_ptr<model_experience> experience) {
  const cli::style plain;
  mcp_front_options result;
  result.version = SMART_AGENTS_VERSION;
  result.timeout = config.request_timeout;
  result.make_id = make_task_id;
  result.answer_text = [plain](const answer& x) {
    return text_of(x.response.parts) + "\n\n" + cli::answer_block(x, plain);
  };
  result.failure_text = [plain](const answer_failed& x) {
    return cli::failure_block(x, plain);
  };
  result.decision_text = [plain](const decision& x) {
    return cli::decision_text(x, plain);
  };
  result.decision_data = [](const decision& x) { return to_json(x); };
  result.rate = [experience = std::move(experience)](const std::string& id,
                                                     bool good) {
    return experience->rate_answer(id, good);
  };
  result.job_text = [](const job& x) {
    std::array<char, 32> cost{};
    std::snprintf(cost.data(), cost.size(), "%.6f", x.outcome.cost_usd);
    return x.outcome.text + "\n\njob   " + x.id + "\ncost  $" + cost.data()
           + (x.outcome.simulated ? "\n(SIMULATED: the answer is made up)"
                                  : "");
  };
  result.confirm_above_usd = config.mcp.confirm_above_usd;
  result.max_answer = config.mcp.max_answer_bytes;
  result.media.folders = config.input.folders;
  result.media.max_bytes = config.input.max_media_bytes;
  result.usage_text = usage_text;
  result.usage_data = usage_data;
  result.parse_since = cli::parse_since;
  result.input.folders = config.input.folders;
  result.input.max_bytes = config.input.max_bytes;
  result.make_loader = [](caf::actor_system& system) {
    return system.spawn<caf::detached>(media_loader);
  };
  result.resource_text = [shown = show_settings(config)](
                           const std::string& uri, const quota_report& quota,
                           const std::vector<provider_status>& providers,
                           const usage_report& spent) {
    return uri == mcp_uri::configuration
             ? shown
             : resource_text(uri, quota, providers, spent);
  };
  return result;
}

} // namespace smart_agents
