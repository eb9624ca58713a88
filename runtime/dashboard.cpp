#include "runtime/dashboard.hpp"

#include "actors/front/gate.hpp"
#include "adapters/ledger_reader.hpp"
#include "messages/error.hpp"
#include "runtime/cli/render.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/service_impl.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace smart_agents {

namespace {

namespace json = boost::json;

/// Questions that wait for the thread; more are refused.
constexpr size_t most_waiting = 32;
/// Events that are kept for whoever looks.
constexpr size_t most_events = 500;
/// How long events are kept after the last look.
constexpr auto listen_for = std::chrono::minutes{10};
constexpr int64_t attempts_shown = 400;
constexpr int64_t most_attempts = 2000;
constexpr int64_t most_days = 366;

/// The page loads nothing from elsewhere and runs nothing that is not ours.
const http_headers page_headers{
  {"Content-Security-Policy",
   "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
   "data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
   "frame-ancestors 'none'"},
  {"X-Content-Type-Options", "nosniff"},
  {"Referrer-Policy", "no-referrer"},
  {"Cross-Origin-Resource-Policy", "same-origin"},
  {"Cache-Control", "no-cache"},
};

const http_headers data_headers{
  {"Content-Type", "application/json"},
  {"X-Content-Type-Options", "nosniff"},
  {"Cross-Origin-Resource-Policy", "same-origin"},
  {"Cache-Control", "no-store"},
};

std::string error_body(std::string_view type, std::string_view message) {
  return json::serialize(json::object{
    {"error", json::object{{"message", message}, {"type", type}}}});
}

/// A number of the query string; `otherwise` when it is not there or none.
int64_t parameter(std::string_view target, std::string_view name,
                  int64_t otherwise) {
  auto at = target.find('?');
  while (at != std::string_view::npos) {
    auto rest = target.substr(at + 1);
    if (rest.starts_with(name) && rest.substr(name.size()).starts_with('=')) {
      auto digits = rest.substr(name.size() + 1);
      int64_t result = 0;
      auto [end, bad] =
        std::from_chars(digits.data(), digits.data() + digits.size(), result);
      return bad == std::errc{} ? result : otherwise;
    }
    at = target.find('&', at + 1);
  }
  return otherwise;
}

json::array days_json(const std::vector<daily_sum>& from) {
  json::array result;
  for (const auto& x : from)
    result.emplace_back(json::object{{"day", x.day},
                                     {"group", x.group},
                                     {"attempts", x.attempts},
                                     {"answered", x.answered},
                                     {"failovers", x.failovers},
                                     {"quota_hits", x.quota_hits},
                                     {"input_tokens", x.input},
                                     {"output_tokens", x.output},
                                     {"cost_usd", x.cost_usd},
                                     {"saved_usd", x.saved_usd}});
  return result;
}

/// The last events. Shared with the listener, which may outlive the dashboard
/// by a moment.
class kept_events {
public:
  void add(const event& x) {
    std::lock_guard guard{mutex_};
    all_.push_back(x);
    ++last_;
    if (all_.size() > most_events)
      all_.pop_front();
  }

  /// Those after a number, and the last number there is. A number from before
  /// a restart is larger than all: everything is new then.
  std::pair<json::array, uint64_t> after(uint64_t number) const {
    std::lock_guard guard{mutex_};
    if (number > last_)
      number = 0;
    json::array news;
    auto at = last_ - all_.size();
    for (const auto& x : all_) {
      if (++at <= number)
        continue;
      auto one = cli::to_json(x);
      one["number"] = at;
      news.emplace_back(std::move(one));
    }
    return {std::move(news), last_};
  }

private:
  mutable std::mutex mutex_;
  std::deque<event> all_;
  uint64_t last_ = 0;
};

} // namespace

struct dashboard::impl {
  struct question {
    server_request request;
    http_responder_ptr answer;
  };

  service& of;
  const std::function<std::string()> status;
  std::mutex mutex;
  std::condition_variable wanted;
  std::deque<question> waiting;
  bool ending = false;
  std::shared_ptr<kept_events> events = std::make_shared<kept_events>();
  /// Only the thread's.
  std::unique_ptr<ledger_reader> ledger;
  /// Held while somebody looks; without, events cost nothing.
  std::shared_ptr<void> subscription;
  std::weak_ptr<wiring> listened_to;
  std::chrono::steady_clock::time_point looked{};
  std::thread thread;

  impl(service& x, std::function<std::string()> status)
    : of{x}, status{std::move(status)} {
    thread = std::thread{[this] { run(); }};
  }

  ~impl() {
    {
      std::lock_guard guard{mutex};
      ending = true;
    }
    wanted.notify_all();
    thread.join();
  }

  void run() {
    std::unique_lock lock{mutex};
    for (;;) {
      auto called = [this] { return !waiting.empty() || ending; };
      if (subscription == nullptr)
        wanted.wait(lock, called);
      else if (!wanted.wait_until(lock, looked + listen_for, called))
        subscription = nullptr;
      if (ending)
        return;
      if (waiting.empty())
        continue;
      auto next = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      reply(next);
      next = {};
      lock.lock();
    }
  }

  void reply(const question& what) {
    auto rules = gateway_rules_of(of.details().parts()->configuration());
    auto who = admit_by_our_keys(rules->gate, what.request);
    if (const auto* why = std::get_if<turned_away>(&who))
      return what.answer->send(
        why->status, data_headers,
        error_body(why->status == 401 ? "authentication_error" : "forbidden",
                   why->message));
    std::string_view target{what.request.target};
    auto path = target.substr(0, target.find('?'));
    if (path == "/v1/status")
      return what.answer->send(200, data_headers, status());
    auto body = path == "/v1/usage" ? usage(target) : activity(target);
    if (body)
      return what.answer->send(200, data_headers, json::serialize(*body));
    ledger = nullptr; // Opened again next time.
    what.answer->send(503, data_headers,
                      error_body("storage_failed", render(body.error())));
  }

  caf::expected<ledger_reader*> reader() {
    if (ledger == nullptr) {
      auto opened = open_ledger_reader(of.configuration().database);
      if (!opened)
        return std::move(opened.error());
      ledger = std::move(*opened);
    }
    return ledger.get();
  }

  caf::expected<json::object> activity(std::string_view target) {
    looked = std::chrono::steady_clock::now();
    // A reload brings a new event bus.
    auto parts = of.details().parts();
    if (subscription == nullptr || listened_to.lock() != parts) {
      subscription =
        of.subscribe([kept = events](const event& x) { kept->add(x); });
      listened_to = parts;
    }
    auto after = static_cast<uint64_t>(
      std::max<int64_t>(0, parameter(target, "after", 0)));
    auto from = reader();
    if (!from)
      return from.error();
    auto rows = (*from)->latest(static_cast<uint32_t>(std::clamp<int64_t>(
      parameter(target, "attempts", attempts_shown), 0, most_attempts)));
    if (!rows)
      return rows.error();
    json::object result;
    result["now"] = cli::utc(std::chrono::system_clock::now());
    json::array attempts;
    for (const auto& x : *rows)
      attempts.emplace_back(cli::to_json(x));
    result["attempts"] = std::move(attempts);
    auto [news, last] = events->after(after);
    result["events"] = std::move(news);
    result["last_event"] = last;
    return result;
  }

  caf::expected<json::object> usage(std::string_view target) {
    auto days =
      std::clamp<int64_t>(parameter(target, "days", 30), 1, most_days);
    auto since =
      std::chrono::system_clock::now() - std::chrono::hours{24} * (days - 1);
    auto from = reader();
    if (!from)
      return from.error();
    json::object result{{"since", cli::utc(since)}, {"days", days}};
    for (const char* by : {"provider", "model", "origin", "type"}) {
      auto sums = (*from)->by_day(since, by);
      if (!sums)
        return sums.error();
      result[std::string{"by_"} + by] = days_json(*sums);
    }
    return result;
  }
};

dashboard::dashboard(service& of, std::function<std::string()> status)
  : impl_{std::make_unique<impl>(of, std::move(status))} {}

dashboard::~dashboard() = default;

bool dashboard::take(const server_request& request,
                     const http_responder_ptr& answer) {
  if (request.method != "GET")
    return false;
  std::string_view target{request.target};
  auto path = target.substr(0, target.find('?'));
  if (const auto* file = find_dashboard_file(path)) {
    auto headers = page_headers;
    headers.emplace_back("Content-Type", file->type);
    answer->send(200, std::move(headers), std::string{file->bytes});
    return true;
  }
  if (path != "/v1/status" && path != "/v1/usage" && path != "/v1/activity")
    return false;
  // A browser says whose page asks; `Origin` it leaves out where it reads only.
  auto site = find_header(request.headers, "Sec-Fetch-Site");
  if (site == "cross-site" || site == "same-site") {
    answer->send(403, data_headers,
                 error_body("forbidden", "only for pages of this address"));
    return true;
  }
  {
    std::lock_guard guard{impl_->mutex};
    if (impl_->waiting.size() < most_waiting) {
      impl_->waiting.push_back({request, answer});
      impl_->wanted.notify_one();
      return true;
    }
  }
  auto headers = data_headers;
  headers.emplace_back("Retry-After", "1");
  answer->send(503, std::move(headers),
               error_body("overloaded", "too many questions at once"));
  return true;
}

} // namespace smart_agents
