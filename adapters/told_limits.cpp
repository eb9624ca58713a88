#include "adapters/told_limits.hpp"

#include "messages/error.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// The longest window that is told is a week.
constexpr auto longest = std::chrono::hours{24 * 8};

int64_t milliseconds_of(wall_time x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           x.time_since_epoch())
    .count();
}

std::string text_in(const json::object& x, std::string_view name) {
  const auto* value = x.if_contains(name);
  return value && value->is_string() ? std::string{value->get_string()} : "";
}

} // namespace

void told_limits::keep(table& in, told_answer x) {
  auto where = key{x.provider, x.credential, x.model};
  auto [entry, fresh] = in.try_emplace(std::move(where));
  if (fresh || entry->second.at <= x.at)
    entry->second = std::move(x);
  if (in.size() <= most)
    return;
  in.erase(std::min_element(in.begin(), in.end(), [](auto& a, auto& b) {
    return a.second.at < b.second.at;
  }));
}

void told_limits::tell(told_answer x) {
  if (x.signals.empty())
    return;
  std::lock_guard guard{mutex_};
  keep(known_, x);
  keep(news_, std::move(x));
  changed_ = true;
  any_.store(true, std::memory_order_release);
}

std::vector<told_answer> told_limits::take() {
  std::lock_guard guard{mutex_};
  std::vector<told_answer> result;
  for (auto& [where, x] : std::exchange(news_, {}))
    result.push_back(std::move(x));
  any_.store(false, std::memory_order_release);
  return result;
}

told_limits::table told_limits::read(const std::string& path) {
  std::stringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  json::error_code bad;
  auto all = json::parse(text.str(), bad);
  table result;
  if (bad || !all.is_array())
    return result;
  for (const auto& each : all.get_array()) {
    const auto* x = each.if_object();
    const auto* at = x ? x->if_contains("at_ms") : nullptr;
    const auto* signals = x ? x->if_contains("signals") : nullptr;
    if (!at || !at->is_int64() || !signals || !signals->is_object())
      continue;
    told_answer one{text_in(*x, "provider"),
                    text_in(*x, "credential"),
                    text_in(*x, "model"),
                    {},
                    wall_time{std::chrono::milliseconds{at->get_int64()}},
                    true};
    for (const auto& [name, value] : signals->get_object())
      if (value.is_string())
        one.signals.emplace_back(name, value.get_string());
    keep(result, std::move(one));
  }
  return result;
}

caf::error told_limits::sync(const std::string& path, wall_time now) {
  std::lock_guard guard{mutex_};
  for (auto& [where, x] : read(path)) {
    // What comes from the future was told by a clock that was wrong.
    if (x.at < now - longest || x.at > now)
      continue;
    auto mine = known_.find(where);
    if (mine != known_.end() && mine->second.at >= x.at)
      continue;
    keep(known_, x);
    keep(news_, std::move(x));
    any_.store(true, std::memory_order_release);
  }
  std::erase_if(known_, [now](auto& x) { return x.second.at < now - longest; });
  if (!std::exchange(changed_, false))
    return {};
  json::array all;
  for (const auto& [where, x] : known_) {
    json::object signals;
    for (const auto& [name, value] : x.signals)
      signals[name] = value;
    all.push_back(json::object{{"provider", x.provider},
                               {"credential", x.credential},
                               {"model", x.model},
                               {"at_ms", milliseconds_of(x.at)},
                               {"signals", std::move(signals)}});
  }
  // Moved to its place when it is whole; the name is this process's own.
  auto draft = path + "." + std::to_string(::getpid());
  std::ofstream file{draft, std::ios::binary | std::ios::trunc};
  file << json::serialize(all) << '\n';
  file.close();
  std::error_code error;
  if (file)
    std::filesystem::rename(draft, path, error);
  if (file && !error)
    return {};
  changed_ = true;
  std::filesystem::remove(draft, error);
  return make_error(ec::storage_failed,
                    path + " cannot be written: look at its disk and folder");
}

} // namespace smart_agents
