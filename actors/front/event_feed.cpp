#include "actors/front/event_feed.hpp"

#include "adapters/job_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr auto last_kind = event::kind::job;

bool is_topic(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(last_kind); ++i)
    if (to_string(static_cast<event::kind>(i)) == name)
      return true;
  return false;
}

std::string unknown_topic(std::string_view name) {
  std::string all;
  for (int i = 0; i <= static_cast<int>(last_kind); ++i)
    all += (i == 0 ? "" : ", ") + to_string(static_cast<event::kind>(i));
  return "topic '" + std::string{name} + "' is none of " + all;
}

int digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

std::string decoded(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    auto high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
    auto low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      result += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

/// Calls `use(name, value)` for each pair of a query.
template <class F>
void each_pair(std::string_view query, F use) {
  while (!query.empty()) {
    auto end = query.find('&');
    auto pair = query.substr(0, end);
    auto equals = pair.find('=');
    use(pair.substr(0, equals),
        equals == pair.npos ? std::string{} : decoded(pair.substr(equals + 1)));
    query = end == query.npos ? std::string_view{} : query.substr(end + 1);
  }
}

} // namespace

std::optional<std::string> query_value(std::string_view query,
                                       std::string_view name) {
  std::optional<std::string> result;
  each_pair(query, [&](std::string_view key, std::string value) {
    if (key == name)
      result = std::move(value);
  });
  return result;
}

std::string job_of_task(std::string_view task_id) {
  return std::string{task_id.substr(0, task_id.find_first_of("/~#"))};
}

// -- filters ------------------------------------------------------------------

std::optional<event_filter> event_filter::of_query(std::string_view query,
                                                   std::string& wrong) {
  event_filter result;
  each_pair(query, [&](std::string_view key, std::string value) {
    if (key == "job") {
      result.all_ = false;
      result.jobs_.insert(std::move(value));
    } else if (key == "topic") {
      result.all_ = false;
      if (!is_topic(value))
        wrong = unknown_topic(value);
      result.topics_.insert(std::move(value));
    }
  });
  if (!wrong.empty())
    return std::nullopt;
  return result;
}

std::string event_filter::change(const json::object& wishes, bool add) {
  auto next = *this;
  for (const auto& [key, value] : wishes) {
    if (key == "all" && value.is_bool()) {
      next.all_ = value.get_bool() == add;
      continue;
    }
    const auto* list = value.if_array();
    if ((key != "jobs" && key != "topics") || list == nullptr)
      return "'" + std::string{key}
             + "': known are \"jobs\": [ids], \"topics\": [kinds], \"all\": "
               "true";
    auto& names = key == "jobs" ? next.jobs_ : next.topics_;
    for (const auto& x : *list) {
      if (!x.is_string())
        return "'" + std::string{key} + "': must be a list of strings";
      std::string name{x.get_string()};
      if (key == "topics" && !is_topic(name))
        return unknown_topic(name);
      if (!add)
        names.erase(name);
      else if (names.size() < 1000)
        names.insert(std::move(name));
      else
        return "'" + std::string{key} + "': at most 1000";
    }
    // Whoever names something wants that and not everything.
    if (add && !wishes.contains("all"))
      next.all_ = false;
  }
  *this = std::move(next);
  return {};
}

bool event_filter::wants(const event& x) const {
  if (!client_.empty() && x.client != client_)
    return false;
  return all_ || topics_.contains(to_string(x.what))
         || (!jobs_.empty() && jobs_.contains(job_of_task(x.task_id)));
}

void event_filter::only_job(std::string id) {
  all_ = false;
  topics_.clear();
  jobs_ = {std::move(id)};
}

void event_filter::only_client(std::string name) {
  client_ = std::move(name);
}

// -- how events read ----------------------------------------------------------

std::string event_json(const event& x) {
  json::object result{{"type", "event"},
                      {"seq", x.seq},
                      {"kind", to_string(x.what)},
                      {"at", print_time(x.at)}};
  auto put = [&result](const char* key, const std::string& value) {
    if (!value.empty())
      result[key] = value;
  };
  put("task", x.task_id);
  put("provider", x.provider);
  put("model", x.model);
  put("text", x.text);
  if (x.work)
    result["job"] = status_json(*x.work);
  return json::serialize(result);
}

std::string missed_json(std::optional<uint64_t> events, uint64_t last) {
  json::object result{{"type", "missed"}};
  if (events)
    result["events"] = *events;
  else
    result["events"] = nullptr;
  if (last > 0)
    result["last"] = last;
  result["text"] = "You missed "
                   + (events ? std::to_string(*events) : std::string{"some"})
                   + " events; fetch the state, for example GET /v1/tasks.";
  return json::serialize(result);
}

std::string event_sse(const event& x, const std::string& json) {
  return "id: " + std::to_string(x.seq) + "\nevent: " + to_string(x.what)
         + "\ndata: " + json + "\n\n";
}

// -- ring ---------------------------------------------------------------------

const event_ring::entry& event_ring::add(event x) {
  if (first_ == 0)
    first_ = x.seq;
  last_ = x.seq;
  all_.emplace_back(std::move(x));
  if (all_.size() > bound_)
    all_.pop_front();
  return all_.back();
}

std::deque<event_ring::entry>
event_ring::after(uint64_t seq,
                  std::optional<std::optional<uint64_t>>& missed) const {
  std::deque<entry> result;
  for (auto i = all_.rbegin(); i != all_.rend() && i->what.seq > seq; ++i)
    result.push_front(*i);
  auto oldest = result.empty() ? last_ + 1 : result.front().what.seq;
  auto of_a_later_process = seq > last_ && last_ > 0;
  auto of_an_earlier_one = first_ > 0 && seq + 1 < first_;
  if (of_a_later_process || of_an_earlier_one)
    missed = std::optional<uint64_t>{};
  else if (seq + 1 < oldest && last_ > 0)
    missed = std::optional<uint64_t>{oldest - seq - 1};
  return result;
}

} // namespace smart_agents
