#pragma once

#include "actors/quota/quota_book.hpp"
#include "adapters/memory_ledger_store.hpp"

#include <caf/expected.hpp>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace smart_agents::test {

/// Several processes, each with a quota book, that share one store; they
/// reserve, settle, cancel, crash and start again in random order, answers of
/// the store come late or never, the clock jumps, and a process may live for
/// hours without a sign of it. Beside it stand books of the
/// simulation's own, which know what was really served. All of it follows from
/// the seed.
class quota_simulation {
public:
  explicit quota_simulation(uint32_t seed) : random_{seed} {
    make_limits();
    for (auto& x : processes_)
      start(x);
  }

  /// Makes random steps. Returns what is wrong after the first bad one.
  std::string run(uint64_t steps) {
    for (uint64_t i = 0; i < steps && wrong_.empty(); ++i) {
      step();
      ++steps_;
    }
    return wrong_;
  }

  /// Ends everything, and says what stays reserved or leased.
  std::string finish() {
    for (auto& x : processes_) {
      while (!x.open.empty())
        settle_one(x, 0, true);
      x.book->forget_asks();
    }
    // The crashed ones are known to be dead after this, the others are not.
    pass(2 * lease_silence);
    for (auto& x : processes_) {
      // What was never answered may have been granted.
      x.book->give_back(false, now());
      x.book->take(*store_.lease(x.writer, x.book->take_asks(), clock()),
                   now());
      x.book->give_back(true, now());
      send(x);
    }
    for (auto& x : processes_) {
      auto asks = x.book->look(now());
      for (auto& ask : asks)
        ask.number = UINT64_MAX - steps_;
      auto grants = store_.lease("the last", asks, clock());
      for (const auto& y : *grants)
        if (y.leased != 0)
          return "still leased: " + std::to_string(y.leased) + " of " + y.id;
      if (x.book->open() != 0)
        return "still reserved: " + std::to_string(x.book->open());
    }
    return wrong_;
  }

  uint64_t granted = 0;
  uint64_t refused = 0;
  uint64_t waited = 0;
  uint64_t crashes = 0;
  uint64_t lost_answers = 0;
  uint64_t jumps = 0;

private:
  struct held {
    uint64_t id = 0;
    reserve request;
    /// The civil clock when it was granted.
    wall_time at{};
  };

  struct process {
    std::unique_ptr<quota_book> book;
    std::string writer;
    uint64_t batch = 0;
    std::vector<held> open;
    std::vector<lease_ask> asks;
  };

  /// What was really served of a limit.
  struct truth {
    meter_ptr what;
    quota_limit limit;
    calendar zone;
    std::map<int64_t, uint64_t> windows;
    std::deque<std::pair<wall_time, uint64_t>> served;
    long double debt = 0;
    instant debt_at{};
    uint64_t reserved = 0;
  };

  uint64_t pick(uint64_t most) {
    return std::uniform_int_distribution<uint64_t>{0, most}(random_);
  }

  template <class T>
  const T& one_of(const std::vector<T>& xs) {
    return xs[pick(xs.size() - 1)];
  }

  quota_now now() const {
    return {wall_, steady_};
  }

  lease_clock clock() const {
    auto count = [](auto t) {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(
               t.time_since_epoch())
        .count();
    };
    return {count(wall_), count(steady_)};
  }

  void pass(caf::timespan time) {
    wall_ += std::chrono::duration_cast<wall_time::duration>(time);
    steady_ += time;
  }

  /// A random tree: any scope, kind and window, several of each.
  void make_limits() {
    using namespace std::chrono_literals;
    auto zones =
      std::vector<std::string>{"UTC", "America/Los_Angeles", "Asia/Kathmandu"};
    for (const auto& provider : std::vector<std::string>{"", "a", "b"}) {
      provider_quota x;
      x.provider = provider;
      x.zone = *calendar::in(one_of(zones));
      if (provider == "a" && pick(1) == 0)
        x.credentials = {"one", "two"};
      for (auto n = pick(4); n > 0; --n) {
        quota_limit limit;
        limit.kind = static_cast<quota_kind>(pick(4));
        limit.window = static_cast<quota_window>(pick(5));
        limit.length = 1h * (1 + pick(5));
        limit.amount = 1
                       + pick(limit.kind == quota_kind::requests  ? 60
                              : limit.kind == quota_kind::dollars ? 9'000'000
                                                                  : 20'000);
        if (pick(3) == 0)
          limit.model = "m1";
        if (pick(3) == 0)
          limit.key = one_of<std::string>({"team", "team/x"});
        if (!x.credentials.empty() && pick(2) == 0)
          limit.credential = "one";
        limit.source = limit_source::user;
        auto meter = make_meter(provider, limit, x.zone);
        auto same = [&](const truth& y) { return y.what->id == meter->id; };
        if (std::any_of(truths_.begin(), truths_.end(), same))
          continue;
        x.limits.push_back(limit);
        truth y;
        y.what = meter;
        y.limit = limit;
        y.zone = x.zone;
        truths_.push_back(std::move(y));
      }
      quotas_.push_back(std::move(x));
    }
  }

  void start(process& x) {
    if (!x.writer.empty())
      store_.ended(x.writer);
    x.book = std::make_unique<quota_book>(quotas_, std::vector<quota_used>{},
                                          now(), ++starts_ * 1'000'000'000,
                                          quota_authority::leased);
    x.writer = "w" + std::to_string(starts_);
    store_.live(x.writer);
    x.batch = 0;
    x.open.clear();
    x.asks.clear();
  }

  static quota_amounts bound_of(const reserve& x) {
    return {1, x.input_tokens, x.output_tokens, x.cost_usd};
  }

  bool counts(const truth& x, const reserve& y) const {
    const auto& s = x.what->scope;
    return (s.provider.empty() || s.provider == y.provider)
           && (s.credential.empty() || s.credential == y.credential)
           && (s.model.empty() || s.model == y.model)
           && (s.key.empty() || s.key == y.key
               || y.key.rfind(s.key + "/", 0) == 0);
  }

  static int64_t window_of(const truth& x, wall_time t) {
    auto span = x.limit.window == quota_window::month  ? x.zone.month(t)
                : x.limit.window == quota_window::week ? x.zone.week(t)
                                                       : x.zone.day(t);
    return span.begin.time_since_epoch().count();
  }

  /// What was granted before the clock was set back counts where it was.
  void serve(truth& x, uint64_t amount, wall_time granted) {
    auto at = std::max(wall_, granted);
    if (x.what->refill.count() != 0) {
      x.debt = debt(x) + amount;
      x.debt_at = steady_;
    } else if (x.limit.window == quota_window::rolling) {
      x.served.emplace_back(at, amount);
    } else {
      x.windows[window_of(x, at)] += amount;
    }
  }

  long double debt(const truth& x) const {
    auto share = std::chrono::duration<long double>(steady_ - x.debt_at)
                 / std::chrono::duration<long double>(x.what->refill);
    return std::max<long double>(0, x.debt - share * x.limit.amount);
  }

  long double served(truth& x) {
    if (x.what->refill.count() != 0)
      return debt(x);
    if (x.limit.window != quota_window::rolling)
      return x.windows[window_of(x, wall_)];
    uint64_t sum = 0;
    while (!set_back_ && !x.served.empty()
           && x.served.front().first + x.limit.length <= wall_)
      x.served.pop_front();
    for (const auto& [at, amount] : x.served)
      if (at <= wall_ && at + x.limit.length > wall_)
        sum += amount;
    return sum;
  }

  /// Of what is under way only what will count in the present window: the rest
  /// was granted in a later one, before the clock was set back.
  uint64_t reserved_now(const truth& x) const {
    auto calendar =
      x.what->refill.count() == 0 && x.limit.window != quota_window::rolling;
    uint64_t sum = 0;
    for (const auto& p : processes_)
      for (const auto& y : p.open)
        if (counts(x, y.request)
            && (x.what->refill.count() != 0 || y.at <= wall_
                || (calendar && window_of(x, y.at) == window_of(x, wall_))))
          sum += bound_of(y.request)[x.limit.kind];
    return sum;
  }

  void check(const reserve* only) {
    for (auto& x : truths_) {
      if (only != nullptr && !counts(x, *only))
        continue;
      auto all = served(x) + (set_back_ ? reserved_now(x) : x.reserved);
      if (all > static_cast<long double>(x.limit.amount) + 1e-6L)
        wrong_ = "step " + std::to_string(steps_) + ": "
                 + std::to_string(static_cast<double>(all)) + " of "
                 + std::to_string(x.limit.amount) + " " + x.what->id;
    }
  }

  void reserve_one(process& x) {
    reserve request;
    request.provider = pick(1) == 0 ? "a" : "b";
    request.model = pick(1) == 0 ? "m1" : "m2";
    request.key = one_of<std::string>({"", "team", "team/x", "teamwork"});
    request.input_tokens = pick(900);
    request.output_tokens = pick(400);
    request.cost_usd = static_cast<double>(pick(900'000)) / 1e9;
    request.least_output = pick(2) == 0 ? 10 : 0;
    request.limits_bind = pick(1) == 0;
    auto answer = x.book->try_hold(request, now());
    for (auto& ask : x.book->take_asks())
      x.asks.push_back(std::move(ask));
    if (!answer) {
      ++waited;
      return;
    }
    if (answer->refused) {
      ++refused;
      return;
    }
    ++granted;
    request.credential = answer->credential;
    request.output_tokens = answer->output_tokens;
    for (auto& y : truths_)
      if (counts(y, request))
        y.reserved += bound_of(request)[y.limit.kind];
    x.open.push_back({answer->id, request, wall_});
    check(&request);
  }

  /// What a request really used, within its bound.
  settle truth_of(uint64_t id, const reserve& request) {
    settle result;
    result.id = id;
    result.provider = request.provider;
    result.served = pick(4) != 0;
    result.tokens.uncached_input = pick(request.input_tokens);
    result.tokens.output = pick(request.output_tokens);
    result.cost_usd = request.cost_usd * static_cast<double>(pick(100)) / 100;
    return result;
  }

  settle end(process& x, size_t which) {
    auto [id, request, at] = x.open[which];
    x.open[which] = x.open.back();
    x.open.pop_back();
    auto result = truth_of(id, request);
    auto spent = quota_amounts{1, result.tokens.input(), result.tokens.output,
                               result.cost_usd};
    for (auto& y : truths_)
      if (counts(y, request)) {
        y.reserved -= bound_of(request)[y.limit.kind];
        if (result.served)
          serve(y, spent[y.limit.kind], at);
      }
    return result;
  }

  void settle_one(process& x, size_t which, bool quietly = false) {
    auto result = end(x, which);
    x.book->close(result, now());
    if (pick(9) == 0)
      x.book->close(result, now());
    if (!quietly)
      check(nullptr);
  }

  /// The store hears what became of leases, sometimes twice.
  void send(process& x) {
    ledger_batch batch;
    batch.writer = x.writer;
    batch.number = ++x.batch;
    batch.changes = x.book->take_changes();
    store_.append(batch);
    if (pick(9) == 0)
      store_.append(batch);
  }

  void answer(process& x) {
    auto asks = std::exchange(x.asks, {});
    if (asks.empty())
      return;
    auto fate = pick(9);
    // 0: never asked, 1: the answer is lost.
    auto grants = fate == 0 ? std::vector<lease_grant>{}
                            : *store_.lease(x.writer, asks, clock());
    if (fate <= 1) {
      ++lost_answers;
      x.book->asks_failed(asks);
      return;
    }
    x.book->take(grants, now());
  }

  void crash(process& x) {
    ++crashes;
    // What was under way may have been served.
    while (!x.open.empty())
      end(x, 0);
    start(x);
  }

  void jump() {
    using namespace std::chrono_literals;
    ++jumps;
    switch (pick(3)) {
    case 0: pass(1h * pick(5)); break;
    case 1: pass(24h * pick(3)); break;
    // Only the civil clock: forward, and back.
    case 2: wall_ += 1h * pick(30); break;
    case 3:
      wall_ -= 1h * pick(30);
      set_back_ = true;
      break;
    }
  }

  void step() {
    using namespace std::chrono_literals;
    auto& x = processes_[pick(processes_.size() - 1)];
    auto what = pick(999);
    if (what < 400) {
      reserve_one(x);
    } else if (what < 700) {
      if (!x.open.empty())
        settle_one(x, pick(x.open.size() - 1));
    } else if (what < 850) {
      answer(x);
    } else if (what < 920) {
      send(x);
    } else if (what < 950) {
      x.book->give_back(pick(9) == 0, now());
      for (auto& ask : x.book->take_asks())
        x.asks.push_back(std::move(ask));
    } else if (what < 995) {
      pass(1ms * pick(pick(9) == 0 ? 90'000 : 2'000));
    } else if (what < 998) {
      crash(x);
    } else {
      jump();
    }
    if (wrong_.empty() && what >= 995)
      check(nullptr);
  }

  std::mt19937 random_;
  memory_ledger_store store_;
  wall_time wall_{std::chrono::seconds{1795448880}};
  instant steady_{std::chrono::hours{100}};
  std::vector<provider_quota> quotas_;
  std::vector<truth> truths_;
  std::vector<process> processes_ = std::vector<process>(3);
  uint64_t starts_ = 0;
  uint64_t steps_ = 0;
  /// From then on what lies in the past may come again.
  bool set_back_ = false;
  std::string wrong_;
};

} // namespace smart_agents::test
