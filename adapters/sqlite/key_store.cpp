#include "adapters/key_store.hpp"

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/files.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sqlite3.h>

#include <utility>

namespace smart_agents {

namespace sqlite {

namespace {

namespace json = boost::json;

constexpr auto busy_timeout = std::chrono::seconds{5};

// "SmAk": marks the file as ours.
constexpr const char* layout = R"(
PRAGMA application_id=0x536d416b;
CREATE TABLE IF NOT EXISTS client_keys (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  models TEXT NOT NULL,
  limits TEXT NOT NULL,
  max_concurrent INTEGER NOT NULL,
  created_ns INTEGER NOT NULL,
  revoked_ns INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS client_keys_by_name
  ON client_keys (name) WHERE revoked_ns = 0;
)";

int64_t since_epoch(wall_time at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           at.time_since_epoch())
    .count();
}

wall_time time_of(int64_t nanoseconds) {
  return wall_time{std::chrono::duration_cast<wall_time::duration>(
    std::chrono::nanoseconds{nanoseconds})};
}

std::string list_text(const std::vector<std::string>& xs) {
  json::array result;
  for (const auto& x : xs)
    result.emplace_back(x);
  return json::serialize(result);
}

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> result;
  json::error_code bad;
  auto parsed = json::parse(text, bad);
  if (const auto* list = bad ? nullptr : parsed.if_array())
    for (const auto& x : *list)
      if (const auto* s = x.if_string())
        result.emplace_back(s->data(), s->size());
  return result;
}

class sqlite_key_store final : public key_store {
public:
  explicit sqlite_key_store(database on) : on_{std::move(on)} {}

  caf::error add(const client_key_record& key) override {
    auto insert = on_.prepare(
      "INSERT INTO client_keys (name, digest, models, limits, max_concurrent, "
      "created_ns) VALUES (?, ?, ?, ?, ?, ?)");
    if (!insert)
      return insert.error();
    insert->bind(1, std::string_view{key.name});
    insert->bind(2, std::string_view{key.digest});
    insert->bind(3, list_text(key.models));
    insert->bind(4, list_text(key.limits));
    insert->bind(5, int64_t{key.max_concurrent});
    insert->bind(6, since_epoch(key.created_at));
    auto code = insert->step();
    if (code == SQLITE_DONE)
      return caf::none;
    if ((code & 0xff) == SQLITE_CONSTRAINT)
      return make_error(ec::bad_input,
                        "there is a key named '" + key.name
                          + "' already; revoke it first (smart-agents keys "
                            "revoke "
                          + key.name + "), or choose another name");
    return on_.failure();
  }

  caf::error revoke(const std::string& name, wall_time now) override {
    auto update = on_.prepare("UPDATE client_keys SET revoked_ns = ? WHERE "
                              "name = ? AND revoked_ns = 0 RETURNING id");
    if (!update)
      return update.error();
    update->bind(1, since_epoch(now));
    update->bind(2, std::string_view{name});
    auto code = update->step();
    if (code == SQLITE_DONE)
      return make_error(ec::not_found, "there is no key named '" + name
                                         + "' in force; smart-agents keys list "
                                           "shows all");
    if (code != SQLITE_ROW)
      return on_.failure();
    return update->step() == SQLITE_DONE ? caf::error{} : on_.failure();
  }

  caf::expected<std::vector<client_key_record>> list() override {
    auto select = on_.prepare("SELECT name, digest, models, limits, "
                              "max_concurrent, created_ns, revoked_ns FROM "
                              "client_keys ORDER BY id");
    if (!select)
      return select.error();
    std::vector<client_key_record> result;
    int code = SQLITE_DONE;
    while ((code = select->step()) == SQLITE_ROW) {
      auto& x = result.emplace_back();
      x.name = select->text(0);
      x.digest = select->text(1);
      x.models = list_of(select->text(2));
      x.limits = list_of(select->text(3));
      x.max_concurrent = static_cast<uint32_t>(select->integer(4));
      x.created_at = time_of(select->integer(5));
      if (auto revoked = select->integer(6); revoked != 0)
        x.revoked_at = time_of(revoked);
    }
    if (code != SQLITE_DONE)
      return on_.failure();
    return result;
  }

private:
  database on_;
};

} // namespace

} // namespace sqlite

std::string key_store_path(const std::string& database) {
  return database + "-keys";
}

caf::expected<std::unique_ptr<key_store>>
open_key_store(const std::string& path) {
  if (auto bad = sqlite::make_file(path))
    return bad;
  auto on = sqlite::database::open(path, sqlite::busy_timeout);
  if (!on)
    return on.error();
  // Nothing is written to a file that has its table, so that its time tells of
  // changes to the keys alone. For the same reason it has no write-ahead log.
  auto there = on->number("SELECT count(*) FROM sqlite_master WHERE name = "
                          "'client_keys_by_name'");
  if (!there)
    return there.error();
  if (*there == 0)
    if (auto bad = on->execute(sqlite::layout))
      return bad;
  return std::unique_ptr<key_store>{
    std::make_unique<sqlite::sqlite_key_store>(std::move(*on))};
}

} // namespace smart_agents
