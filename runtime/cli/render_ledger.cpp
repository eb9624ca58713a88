#include "runtime/cli/render.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace smart_agents::cli {

namespace {

std::string tokens_text(const usage& x) {
  return std::to_string(x.input()) + " in, " + std::to_string(x.output) + " out"
         + (x.estimated ? " (estimated)" : "");
}

std::string outcome_text(const ledger_row& x, const style& look) {
  return x.outcome == "answered" ? look.green(x.outcome) : look.red(x.outcome);
}

std::string first_text(const ledger_row& x) {
  return x.first_byte > caf::timespan{0} ? elapsed(x.first_byte) : "-";
}

/// `claude/opus`, and nothing that steers a terminal.
std::string who(const ledger_row& x) {
  return for_terminal(x.provider + "/" + x.model);
}

double share_of(const limit_status& x) {
  return x.limit == 0 ? 1
                      : static_cast<double>(x.used + x.reserved)
                          / static_cast<double>(x.limit);
}

std::string coloured(const std::string& text, double share, const style& look) {
  return share >= 1 ? look.red(text) : share >= 0.8 ? look.yellow(text) : text;
}

std::string tightest_text(const limit_status& x, wall_time now,
                          const style& look) {
  auto share = share_of(x);
  char percent[32];
  std::snprintf(percent, sizeof percent, "%.0f %%", share * 100);
  auto name = x.provider.empty() ? std::string{"all providers"} : x.provider;
  if (!x.model.empty())
    name += "/" + x.model;
  auto text = for_terminal(name) + " " + percent + " of "
              + (x.window == "day" || x.window == "week" || x.window == "month"
                   ? "the " + x.window
                   : x.window);
  return coloured(text, share, look)
         + look.dim(", resets " + until(x.resets_at, now));
}

/// The windows of each subscription: `claude plan: 5h 42 %, 7d 13 %, ...`.
std::vector<std::string> plans(const quota_report& quota, wall_time now,
                               const style& look) {
  struct plan {
    std::string text;
    const limit_status* fullest = nullptr;
  };
  std::map<std::string, plan> all;
  for (const auto& x : quota.limits) {
    if (x.kind != "plan")
      continue;
    auto name =
      for_terminal(x.provider)
      + (x.credential.empty() ? "" : "/" + for_terminal(x.credential));
    auto& mine = all[name];
    mine.text += (mine.text.empty() ? name + " plan: " : ", ")
                 + for_terminal(x.window) + " "
                 + std::to_string(std::lround(share_of(x) * 100)) + " %";
    if (mine.fullest == nullptr || share_of(x) > share_of(*mine.fullest))
      mine.fullest = &x;
  }
  std::vector<std::string> result;
  result.reserve(all.size());
  for (const auto& [name, x] : all)
    result.push_back(
      coloured(x.text, share_of(*x.fullest), look)
      + look.dim(", resets " + until(x.fullest->resets_at, now)));
  return result;
}

} // namespace

std::string request_text(const std::vector<ledger_row>& rows,
                         const style& look) {
  std::string out;
  const auto& first = rows.front();
  auto add = [&](std::string label, const std::string& what) {
    label.resize(12, ' ');
    out += look.dim(label) + for_terminal(what) + "\n";
  };
  add("request", first.task_id.substr(0, first.task_id.find('/')));
  add("asked by",
      first.origin + (first.key.empty() ? "" : " with key " + first.key));
  add("at", utc(first.at));
  double cost = 0;
  double saved = 0;
  auto failovers = 0;
  std::vector<std::vector<std::string>> table_rows;
  table_rows.reserve(rows.size());
  for (const auto& x : rows) {
    cost += x.cost_usd;
    saved += x.saved_usd;
    failovers += x.outcome != "answered";
    auto slash = x.task_id.find('/');
    table_rows.push_back(
      {slash == std::string::npos ? "-"
                                  : for_terminal(x.task_id.substr(slash + 1)),
       std::to_string(x.attempt), who(x),
       for_terminal(x.type) + " " + std::to_string(x.complexity),
       outcome_text(x, look), first_text(x), elapsed(x.elapsed),
       tokens_text(x.tokens), money(x.cost_usd)});
  }
  add("attempts", std::to_string(rows.size()) + ", of which "
                    + std::to_string(failovers) + " failed");
  add("cost", money(cost));
  add("saved", money(saved) + " against the strongest model");
  return out + "\n"
         + table({"STEP", "#", "MODEL", "TASK", "OUTCOME", "FIRST", "TIME",
                  "TOKENS", "COST"},
                 table_rows);
}

std::string requests_text(const std::vector<ledger_row>& rows,
                          const style& look) {
  std::vector<std::vector<std::string>> table_rows;
  table_rows.reserve(rows.size());
  for (const auto& x : rows)
    table_rows.push_back({utc(x.at), for_terminal(x.task_id),
                          std::to_string(x.attempt), for_terminal(x.origin),
                          who(x), outcome_text(x, look), elapsed(x.elapsed),
                          money(x.cost_usd)});
  return table({"AT", "REQUEST", "#", "BY", "MODEL", "OUTCOME", "TIME", "COST"},
               table_rows);
}

std::string statusline_text(const std::optional<ledger_row>& last,
                            double saved_today, const quota_report& quota,
                            wall_time now, const style& look) {
  auto dot = look.dim(" · ");
  std::string out;
  if (!last) {
    out = look.dim("smart-agents: nothing asked yet");
  } else {
    out = look.bold(who(*last));
    if (last->outcome != "answered")
      out += " " + look.red(last->outcome);
    out += look.dim(" (" + for_terminal(last->type) + " "
                    + std::to_string(last->complexity) + ")");
    out += dot + money(last->cost_usd);
  }
  if (saved_today > 0)
    out += dot + look.green("saved " + money(saved_today) + " today");
  const limit_status* tightest = nullptr;
  for (const auto& x : quota.limits)
    if (x.used + x.reserved > 0 && x.kind != "plan"
        && (tightest == nullptr || share_of(x) > share_of(*tightest)))
      tightest = &x;
  if (tightest != nullptr)
    out += dot + tightest_text(*tightest, now, look);
  for (const auto& x : plans(quota, now, look))
    out += dot + x;
  for (const auto& x : quota.resting)
    out += dot + look.yellow(for_terminal(x.provider) + " rests")
           + look.dim(", " + until(x.until, now) + " again");
  return out + "\n";
}

} // namespace smart_agents::cli
