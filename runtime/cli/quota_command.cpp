#include "actors/quota/quota_book.hpp"
#include "adapters/quota_admin.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/quotas.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <iostream>
#include <sstream>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

/// A limit of the configuration, with where it stands in time.
struct configured_limit {
  limit_status status;
  lease_ask look;
};

caf::expected<std::vector<configured_limit>> limits_of(const settings& x) {
  auto quotas = quotas_of(x);
  if (!quotas)
    return quotas.error();
  quota_now now{std::chrono::system_clock::now(),
                std::chrono::steady_clock::now()};
  quota_book book{std::move(*quotas), {}, now, 1, quota_authority::leased};
  auto looks = book.look(now);
  auto report = book.report(now);
  std::vector<configured_limit> result;
  for (size_t i = 0; i < looks.size() && i < report.limits.size(); ++i)
    result.push_back({report.limits[i], looks[i]});
  return result;
}

bool is_meant(const limit_status& x, const quota_arguments& by) {
  auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  return fits(by.provider, x.provider) && fits(by.model, x.model)
         && fits(by.credential, x.credential) && fits(by.key, x.key)
         && fits(by.kind, x.kind) && fits(by.per, x.window);
}

std::string name_of(const limit_status& x) {
  auto result = x.provider.empty() ? std::string{"any"} : x.provider;
  for (const auto& part : {x.credential, x.model})
    if (!part.empty())
      result += "/" + part;
  if (!x.key.empty())
    result += " for key " + x.key;
  return result + ": " + x.kind + " per " + x.window;
}

std::string names_of(const std::vector<configured_limit>& all) {
  std::string result;
  for (const auto& x : all)
    result += (result.empty() ? "" : ", ") + name_of(x.status);
  return result;
}

audit_row by_hand(std::string action, std::string what) {
  return {std::chrono::system_clock::now(), "uid " + std::to_string(::getuid()),
          std::move(action), std::move(what)};
}

int told(session& in, const std::string& text,
         const std::vector<configured_limit>& which) {
  if (!in.args().json)
    return session::print(text + "\n");
  json::array limits;
  for (const auto& x : which)
    limits.emplace_back(name_of(x.status));
  return session::print(
    json::object{{"done", text}, {"limits", std::move(limits)}});
}

int set(session& in, quota_admin& admin,
        const std::vector<configured_limit>& which) {
  const auto& wanted = in.args().quota.amount;
  std::vector<std::string> ids;
  std::optional<uint64_t> amount;
  std::string to = "the configured amount";
  for (const auto& x : which) {
    if (wanted && x.status.kind != which.front().status.kind) {
      in.complain("these count different things (" + names_of(which)
                  + "): say --kind");
      return wrong_usage;
    }
    ids.push_back(x.look.what->id);
  }
  if (wanted) {
    auto kind = which.front().look.what->kind;
    amount = kind == quota_kind::dollars
               ? dollar_units(*wanted)
               : static_cast<uint64_t>(std::llround(*wanted));
    to = amount_text(kind, *amount) + noun_of(kind);
  }
  auto text = names_of(which) + " set to " + to;
  if (auto failed = admin.set(ids, amount, by_hand("set", text)))
    return in.give_up(failed);
  return told(in, text, which);
}

int reset(session& in, quota_admin& admin,
          const std::vector<configured_limit>& which) {
  std::vector<lease_ask> looks;
  looks.reserve(which.size());
  for (const auto& x : which)
    looks.push_back(x.look);
  auto text = names_of(which) + ": nothing is used any more";
  if (auto failed = admin.reset(looks, by_hand("reset", text)))
    return in.give_up(failed);
  return told(in, text, which);
}

int change(session& in, quota_admin& admin, const settings& config) {
  auto all = limits_of(config);
  if (!all)
    return in.give_up(all.error());
  const auto& by = in.args().quota;
  auto any = by.provider.empty() && by.model.empty() && by.credential.empty()
             && by.key.empty() && by.kind.empty() && by.per.empty();
  if (any && !by.all) {
    in.complain(in.args().what == command::quota_reset
                  ? "say which limits, for example --provider claude --per "
                    "day, or --all"
                  : "say which limits, for example --provider claude --per "
                    "day");
    return wrong_usage;
  }
  std::vector<configured_limit> which;
  for (const auto& x : *all)
    if (is_meant(x.status, by))
      which.push_back(x);
  if (which.empty()) {
    in.complain("no limit is like that; there are: " + names_of(*all)
                + ". Others go into the configuration, under limits");
    return wrong_usage;
  }
  return in.args().what == command::quota_set ? set(in, admin, which)
                                              : reset(in, admin, which);
}

int save(session& in, quota_admin& admin) {
  auto state = admin.save();
  if (!state)
    return in.give_up(state.error());
  json::array counters;
  for (const auto& x : state->counters)
    counters.emplace_back(
      json::object{{"id", x.id}, {"slot", x.slot}, {"used", x.used}});
  json::array amounts;
  for (const auto& [id, amount] : state->amounts)
    amounts.emplace_back(json::object{{"id", id}, {"amount", amount}});
  return session::print(json::object{{"version", 1},
                                     {"counters", std::move(counters)},
                                     {"amounts", std::move(amounts)}});
}

caf::expected<quota_state> parse(const std::string& text) {
  auto wrong = [](const std::string& what) {
    return make_error(ec::bad_input,
                      "no file that `quota export` wrote: " + what);
  };
  json::error_code bad;
  auto root = json::parse(text, bad);
  const auto* top = bad ? nullptr : root.if_object();
  if (top == nullptr)
    return wrong("not a JSON object");
  const auto* version = top->if_contains("version");
  if (version == nullptr || *version != json::value(1))
    return wrong("\"version\" is not 1");
  quota_state result;
  auto number = [](const json::object& from, const char* key, auto& into) {
    json::error_code failed;
    const auto* x = from.if_contains(key);
    if (x == nullptr || !x->is_number())
      return false;
    into = x->to_number<std::remove_reference_t<decltype(into)>>(failed);
    return !failed;
  };
  for (const char* list : {"counters", "amounts"}) {
    const auto* items = top->if_contains(list);
    if (items == nullptr || !items->is_array())
      return wrong(std::string{list} + " is missing");
    for (const auto& item : items->get_array()) {
      const auto* x = item.if_object();
      const auto* id = x ? x->if_contains("id") : nullptr;
      if (id == nullptr || !id->is_string())
        return wrong(std::string{list} + " holds something else");
      quota_counter one;
      one.id = std::string{id->get_string()};
      auto counter = list == std::string_view{"counters"};
      if (counter
            ? !number(*x, "slot", one.slot) || !number(*x, "used", one.used)
            : !number(*x, "amount", one.used))
        return wrong(std::string{list} + ": a number is missing");
      if (counter)
        result.counters.push_back(std::move(one));
      else
        result.amounts.emplace_back(std::move(one.id), one.used);
    }
  }
  return result;
}

int load(session& in, quota_admin& admin) {
  const auto& name = in.args().quota.file;
  std::ostringstream text;
  if (name == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream file{name, std::ios::binary};
    if (!file) {
      in.complain("cannot read " + name);
      return wrong_usage;
    }
    text << file.rdbuf();
  }
  auto state = parse(text.str());
  if (!state)
    return in.give_up(state.error());
  auto done = std::to_string(state->counters.size()) + " counters and "
              + std::to_string(state->amounts.size()) + " limits taken from "
              + (name == "-" ? "stdin" : name);
  if (auto failed = admin.load(*state, by_hand("import", done)))
    return in.give_up(failed);
  return told(in, done, {});
}

int show_log(session& in, quota_admin& admin) {
  constexpr uint32_t most = 200;
  auto rows = admin.audit(most);
  if (!rows)
    return in.give_up(rows.error());
  if (in.args().json) {
    json::array list;
    for (const auto& x : *rows)
      list.emplace_back(json::object{{"at", utc(x.at)},
                                     {"who", x.who},
                                     {"action", x.action},
                                     {"what", x.what}});
    return session::print(json::object{{"changes", std::move(list)}});
  }
  if (rows->empty())
    return session::print("Nobody has changed anything by hand.\n");
  std::vector<std::vector<std::string>> lines;
  for (const auto& x : *rows)
    lines.push_back({utc(x.at), x.who, x.action, for_terminal(x.what)});
  return session::print(table({"AT", "WHO", "ACTION", "WHAT"}, lines));
}

} // namespace

int run_quota_change(session& in) {
  auto config = in.load();
  if (!config)
    return wrong_usage;
  auto admin = open_quota_admin(config->database);
  if (!admin)
    return in.give_up(admin.error());
  switch (in.args().what) {
  case command::quota_export: return save(in, **admin);
  case command::quota_import: return load(in, **admin);
  case command::quota_log: return show_log(in, **admin);
  default: return change(in, **admin, *config);
  }
}

} // namespace smart_agents::cli
