#include "adapters/key_store.hpp"
#include "adapters/secrets.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/client_keys.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <ctime>
#include <iostream>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

std::string joined(const std::vector<std::string>& xs, const char* none) {
  std::string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : " ") + x;
  return result.empty() ? none : result;
}

std::string date_of(wall_time at) {
  auto seconds = std::chrono::system_clock::to_time_t(at);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  auto n = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &utc);
  return {text, n};
}

json::array to_array(const std::vector<std::string>& xs) {
  json::array result;
  for (const auto& x : xs)
    result.emplace_back(x);
  return result;
}

json::object to_json(const client_key_record& x) {
  json::object result{{"name", x.name},
                      {"models", to_array(x.models)},
                      {"limits", to_array(x.limits)},
                      {"max_concurrent", x.max_concurrent},
                      {"created_at", date_of(x.created_at)}};
  if (x.revoked_at)
    result["revoked_at"] = date_of(*x.revoked_at);
  return result;
}

int create(session& in, const settings& config, key_store& store) {
  const auto& from = in.args().key;
  if (!is_key_name(from.name)) {
    in.complain("a key's name " + std::string{key_name_rule});
    return wrong_usage;
  }
  auto same = [&from](const auto& x) { return x.name == from.name; };
  if (std::any_of(config.keys.begin(), config.keys.end(), same)) {
    in.complain("the configuration file has a key named '" + from.name + "'");
    return wrong_usage;
  }
  for (const auto& limit : from.limits)
    if (!parse_key_limit(limit)) {
      in.complain(bad_key_limit(limit));
      return wrong_usage;
    }
  auto key = make_client_key();
  client_key_record record;
  record.name = from.name;
  record.digest = sha256_hex(key);
  record.models = from.models;
  record.limits = from.limits;
  record.max_concurrent = from.max_concurrent;
  record.created_at = std::chrono::system_clock::now();
  if (auto bad = store.add(record))
    return in.give_up(bad);
  if (in.args().json) {
    auto result = to_json(record);
    result["key"] = key;
    return session::print(result);
  }
  std::cerr << "This is shown once and kept only as a hash. Send it as "
               "x-smart-agents-key, x-api-key or Authorization: Bearer.\n";
  return session::print(key + "\n");
}

int list(session& in, key_store& store) {
  auto all = store.list();
  if (!all)
    return in.give_up(all.error());
  if (in.args().json) {
    json::array keys;
    for (const auto& x : *all)
      keys.emplace_back(to_json(x));
    return session::print(json::object{{"keys", std::move(keys)}});
  }
  if (all->empty())
    return session::print("No keys. smart-agents keys create NAME makes "
                          "one.\n");
  std::string text;
  for (const auto& x : *all) {
    text += x.name
            + (x.revoked_at ? " (revoked " + date_of(*x.revoked_at) + ")"
                            : std::string{})
            + "\n  models: " + joined(x.models, "all")
            + "\n  limits: " + joined(x.limits, "none of its own")
            + "\n  created: " + date_of(x.created_at) + " UTC\n";
    if (x.max_concurrent > 0)
      text += "  at once: " + std::to_string(x.max_concurrent) + "\n";
  }
  return session::print(text);
}

} // namespace

int run_keys(session& in) {
  auto config = in.load();
  if (!config)
    return wrong_usage;
  auto store = open_key_store(key_store_path(config->database));
  if (!store)
    return in.give_up(store.error());
  switch (in.args().what) {
  case command::keys_create: return create(in, *config, **store);
  case command::keys_list: return list(in, **store);
  default: break;
  }
  const auto& name = in.args().key.name;
  if (auto bad = (*store)->revoke(name, std::chrono::system_clock::now()))
    return in.give_up(bad);
  if (in.args().json)
    return session::print(json::object{{"revoked", name}});
  return session::print("revoked " + name + "\n");
}

} // namespace smart_agents::cli
