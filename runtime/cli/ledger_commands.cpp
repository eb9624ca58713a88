#include "adapters/ledger_reader.hpp"
#include "adapters/told_limits.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/quotas.hpp"

#include <boost/json/array.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

/// What the status line shows.
struct glance {
  std::optional<ledger_row> last;
  double saved_today = 0;
  quota_report quota;
};

caf::expected<glance> look_at(const settings& config, wall_time now) {
  glance result;
  std::error_code bad;
  if (!std::filesystem::exists(config.database, bad))
    return result;
  auto ledger = open_sqlite_ledger(config.database);
  if (!ledger)
    return std::move(ledger.error());
  auto book = open_book(config, *ledger->store);
  if (!book)
    return std::move(book.error());
  // What providers told other processes of their own windows; without it, what
  // is counted here is shown all the same.
  told_limits told;
  std::ignore = told.sync(told_file(config), now);
  for (const auto& x : told.take())
    book->learn(x, {now, std::chrono::steady_clock::now()});
  result.quota = book->report({now, std::chrono::steady_clock::now()});
  auto reader = open_ledger_reader(config.database);
  if (!reader)
    return std::move(reader.error());
  auto rows = (*reader)->latest(1);
  if (!rows)
    return std::move(rows.error());
  if (!rows->empty())
    result.last = rows->front();
  auto today = (*reader)->by_day(now, "provider");
  if (!today)
    return std::move(today.error());
  for (const auto& x : *today)
    result.saved_today += x.saved_usd;
  return result;
}

/// Claude Code writes its state to our stdin; nothing in it is needed, but it
/// must not find the pipe closed.
void drain_stdin() {
  if (isatty(STDIN_FILENO) == 1)
    return;
  char piece[4096];
  while (std::cin.read(piece, sizeof piece) || std::cin.gcount() > 0) {
  }
}

} // namespace

int run_logs(session& in) {
  auto config = in.load();
  if (!config)
    return wrong_usage;
  std::error_code bad;
  if (!std::filesystem::exists(config->database, bad))
    return in.give_up(
      make_error(ec::not_found, "nothing was asked yet: there is no ledger at "
                                  + config->database));
  auto reader = open_ledger_reader(config->database);
  if (!reader)
    return in.give_up(reader.error());
  const auto& id = in.args().request_id;
  auto rows =
    id.empty() ? (*reader)->latest(in.args().last) : (*reader)->of_request(id);
  if (!rows)
    return in.give_up(rows.error());
  if (!id.empty() && rows->empty())
    return in.give_up(
      make_error(ec::not_found, "no request " + id
                                  + " in the ledger; \"smart-agents logs\" "
                                    "lists the last ones. One that reached no "
                                    "provider leaves no trace there"));
  if (id.empty())
    std::reverse(rows->begin(), rows->end());
  if (in.args().json) {
    json::array attempts;
    for (const auto& x : *rows)
      attempts.emplace_back(to_json(x));
    return session::print(json::object{{"attempts", std::move(attempts)}});
  }
  if (rows->empty())
    return session::print("Nothing was asked yet.\n");
  return session::print(id.empty() ? requests_text(*rows, in.out_style())
                                   : request_text(*rows, in.out_style()));
}

/// A status line that fails is shown empty, and stderr by nobody: whatever
/// happens, it says one line and ends well.
int run_statusline(session& in) {
  drain_stdin();
  auto env = process_environment();
  // There is no terminal behind it, but somebody who shows colours.
  style look{!in.args().no_color && env("NO_COLOR").value_or("").empty()};
  settings_source source;
  auto config = load_settings(in.args().config, env, source);
  if (!config)
    return session::print(
      look.red("smart-agents: the configuration is wrong; run: smart-agents "
               "config check")
      + "\n");
  if (in.args().simulate) {
    // Its ledger and limits; nobody is asked.
    std::map<std::string, std::string> nowhere;
    for (const auto& name : known_providers())
      nowhere[name] = "http://127.0.0.1:1";
    *config = simulated_settings(std::move(*config), nowhere);
  }
  auto now = std::chrono::system_clock::now();
  auto found = look_at(*config, now);
  if (!found)
    return session::print(look.red("smart-agents: the ledger cannot be read; "
                                   "run: smart-agents doctor")
                          + "\n");
  if (in.args().json) {
    auto result = to_json(found->quota);
    result["saved_today_usd"] = found->saved_today;
    if (found->last)
      result["last"] = to_json(*found->last);
    return session::print(result);
  }
  return session::print(
    statusline_text(found->last, found->saved_today, found->quota, now, look));
}

} // namespace smart_agents::cli
