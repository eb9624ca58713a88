#pragma once

#include "adapters/catalogue.hpp"
#include "messages/event.hpp"
#include "messages/quota.hpp"
#include "messages/route.hpp"
#include "messages/services.hpp"
#include "messages/storage.hpp"
#include "messages/task.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Turns results into text for people and JSON for programs. Pure.

namespace smart_agents::cli {

/// Whether text is coloured.
struct style {
  bool colour = false;

  std::string bold(std::string_view x) const;
  std::string dim(std::string_view x) const;
  std::string red(std::string_view x) const;
  std::string green(std::string_view x) const;
  std::string yellow(std::string_view x) const;
};

/// `$0.0123`; small amounts keep two digits that say something.
std::string money(double usd);

/// `340 ms`, `2.31 s`, `4 min 10 s`.
std::string elapsed(caf::timespan x);

/// `in 7 h 12 min`, or `now` for the past.
std::string until(wall_time when, wall_time now);

/// `2026-11-23T15:04:05Z`.
std::string utc(wall_time when);

/// Columns under headings, padded by what is seen.
std::string table(const std::vector<std::string>& heads,
                  const std::vector<std::vector<std::string>>& rows);

/// Removes what would steer a terminal: control characters other than line
/// break and tab. Models can be talked into printing them.
std::string for_terminal(std::string_view text);

/// The lines under an answer: provider, model, complexity, reason, time, cost,
/// saved, and what was tried before.
std::string answer_block(const answer& x, const style& look);

/// Why there is no answer: the decisive failure and what was tried.
std::string failure_block(const answer_failed& x, const style& look);

/// With `explain`, also what was learned of each candidate.
std::string decision_text(const decision& x, const style& look,
                          bool explain = false);
std::string quota_text(const quota_report& x, wall_time now, const style& look);
/// One request: who was asked, what came of each attempt. `rows` has at least
/// one.
std::string request_text(const std::vector<ledger_row>& rows,
                         const style& look);

/// Attempts of several requests, a line each.
std::string requests_text(const std::vector<ledger_row>& rows,
                          const style& look);

/// One line: the last decision, what was saved, the tightest limit in use.
std::string statusline_text(const std::optional<ledger_row>& last,
                            double saved_today, const quota_report& quota,
                            wall_time now, const style& look);

std::string usage_text(const usage_report& x, const std::string& by);

/// The same for spreadsheets: a line of names, then one a group.
std::string usage_csv(const usage_report& x, const std::string& by);

/// Counts savings against what the same tokens would have cost with `baseline`.
void save_against(usage_report& x, model_info baseline);

boost::json::object to_json(const usage& x);
boost::json::object to_json(const answer& x);
boost::json::object to_json(const answer_failed& x);
boost::json::object to_json(const candidate& x);
boost::json::object to_json(const quota_report& x);
boost::json::object to_json(const usage_report& x);
boost::json::object to_json(const provider_status& x, instant now);
boost::json::object to_json(const storage_status& x);
boost::json::object to_json(const child_status& x);
boost::json::object to_json(const event& x);
boost::json::object to_json(const ledger_row& x);

} // namespace smart_agents::cli
