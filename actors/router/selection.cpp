#include "actors/router/selection.hpp"

#include "actors/router/demands.hpp"
#include "actors/router/utility.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace smart_agents {

namespace {

using enum task_type;
using mode = model_wish::mode;

std::string seconds_left(caf::timespan x) {
  auto left = std::chrono::ceil<std::chrono::seconds>(x).count();
  return left < 120 ? std::to_string(left) + " s"
                    : std::to_string((left + 59) / 60) + " min";
}

std::string fixed(double x, int digits) {
  std::array<char, 64> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), x,
                           std::chars_format::fixed, digits);
  return end.ec == std::errc{} ? std::string{text.data(), end.ptr} : "much";
}

std::string dollars(double x) {
  return "$" + fixed(x, x < 0.01 ? 5 : 3);
}

std::string seconds_of(double x) {
  return fixed(x, 1) + " s";
}

std::string range_of(const route_rule& x) {
  return x.min_complexity == x.max_complexity
           ? std::to_string(x.min_complexity)
           : std::to_string(x.min_complexity) + "-"
               + std::to_string(x.max_complexity);
}

class selector {
public:
  selector(const roster& who, const task& what,
           const provider_outlooks& outlooks, instant now)
    : who_{who}, what_{what}, outlooks_{outlooks}, now_{now} {}

  caf::expected<decision> run() {
    analyse_task();
    auto wish = who_.understand(what_.model, result_.complexity);
    if (!wish)
      return std::move(wish.error());
    wish_ = std::move(*wish);
    neutral_ = input_estimator::neutral(what_.request);
    needs_ = demands_of(what_.request);
    if (const auto* best = who_.strongest()) {
      result_.baseline_usd_per_input_mtok = best->info.base.input;
      result_.baseline_usd_per_output_mtok = best->info.base.output;
    }
    type_name_ = to_string(result_.type);
    collect();
    find_preferred();
    for (auto& x : all_)
      place(x);
    sort_and_split();
    return std::move(result_);
  }

private:
  struct option {
    const roster_entry* entry = nullptr;
    bool wanted = false;
    bool preferred = false;
    bool rests = false;
    /// Preferred, but its calls fail.
    bool failing = false;
    learned_of_model learned;
    prospects expected;
    uint64_t input = 0;
    /// Order within a tier; lower comes first.
    std::array<double, 2> rank{};
    candidate shown;
  };

  void analyse_task() {
    result_.given = what_.type && what_.complexity > 0;
    if (result_.given) {
      result_.features.emplace_back("given by the caller");
    } else {
      auto seen = analyse(what_.request);
      result_.type = seen.type;
      result_.complexity = seen.complexity;
      result_.features = std::move(seen.features);
    }
    if (what_.type)
      result_.type = *what_.type;
    if (what_.complexity > 0)
      result_.complexity = std::min(what_.complexity, 10);
  }

  void collect() {
    auto is_wanted = [this](const roster_entry& x) {
      return std::any_of(
        wish_.wanted.begin(), wish_.wanted.end(), [&x](const roster_entry& y) {
          return x.provider == y.provider && x.model == y.model;
        });
    };
    auto add = [this](const roster_entry& x, bool wanted) {
      option next;
      next.entry = &x;
      next.wanted = wanted;
      next.shown.provider = who_.provider_of(x).name;
      next.shown.model = x.model;
      next.input =
        who_.tokens().at(who_.provider_of(x).vendor, neutral_, what_.request);
      if (const auto* learned = who_.options().ratios.get())
        next.input = learned->scaled(next.shown.provider, x.model, next.input);
      next.shown.input_tokens = next.input;
      auto& c = next.shown;
      uint64_t cached = 0;
      if (const auto* known = who_.options().experience.get()) {
        next.learned = known->of(c.provider, c.model, type_name_);
        cached =
          std::min(known->cached(c.provider, c.model, what_.conversation, now_),
                   next.input);
      }
      usage guess;
      guess.cache_read = cached;
      guess.uncached_input = next.input - cached;
      guess.output = expected_output(result_.complexity);
      c.cost_usd = cost_usd(x.info, guess);
      auto& p = next.expected;
      p.quality =
        expected_quality(x.strength, result_.complexity, next.learned);
      p.seconds = expected_seconds(next.learned, guess.output,
                                   who_.provider_of(x).local, x.strength);
      p.cost_usd = c.cost_usd;
      p.price_known = x.info.known;
      p.health = next.learned.health;
      p.measured = next.learned.first_byte > 0;
      if (next.input > 0)
        p.cached =
          static_cast<double>(cached) / static_cast<double>(next.input);
      dearest_ = std::max(dearest_, c.cost_usd);
      all_.push_back(std::move(next));
    };
    all_.reserve(wish_.wanted.size() + who_.entries().size());
    for (const auto& x : wish_.wanted)
      add(x, true);
    for (const auto& x : who_.entries())
      if (!is_wanted(x))
        add(x, false);
  }

  /// Finds the rule that applies and marks whom it prefers.
  void find_preferred() {
    auto rule = matching_rule();
    if (rule && wish_.how == mode::automatic)
      result_.rule = std::move(rule_text_);
    switch (wish_.how) {
    case mode::automatic: break;
    case mode::cheap:
      result_.rule = "auto:cheap: the cheapest that suffices";
      break;
    case mode::best: result_.rule = "auto:best: the strongest"; break;
    case mode::fast:
      result_.rule = "auto:fast: the fastest that suffices";
      break;
    case mode::local: result_.rule = "auto:local-only: on this machine"; break;
    case mode::named:
      result_.rule = wish_.text + " was asked for by name";
      break;
    }
    if (result_.rule.empty())
      result_.rule = "no rule matches: the best of those that can";
    if (!rule)
      return;
    const auto& x = who_.options().providers[*rule];
    const auto& model =
      strongest_ && !x.strong_model.empty() ? x.strong_model : x.model;
    for (auto& y : all_)
      if (y.entry->provider == *rule && y.entry->model == model)
        y.preferred = true;
  }

  std::optional<size_t> matching_rule() {
    const auto& options = who_.options();
    const auto& table = who_.rules();
    for (size_t i = 0; i < table.rules().size(); ++i) {
      const auto& rule = table.rules()[i];
      if (!table.matches(i, what_, result_.type, neutral_))
        continue;
      auto override_by = options.default_providers.find(result_.type);
      if (table.is_standard(i)
          && override_by != options.default_providers.end()) {
        if (auto at = who_.find(override_by->second)) {
          rule_text_ =
            type_name_ + " goes to " + override_by->second + " by default";
          return at;
        }
        not_configured(override_by->second);
      }
      if (result_.complexity < rule.min_complexity
          || result_.complexity > rule.max_complexity)
        continue;
      if (auto at = who_.find(rule.provider)) {
        strongest_ = rule.strongest;
        auto more = conditions_of(rule);
        rule_text_ = (rule.types.empty() ? "every task" : type_name_)
                     + " of complexity " + range_of(rule)
                     + (more.empty() ? "" : " (" + more + ")") + " goes to "
                     + rule.provider
                     + (strongest_ ? " (its strongest model)" : "");
        return at;
      }
      not_configured(rule.provider);
    }
    return std::nullopt;
  }

  void not_configured(const std::string& provider) {
    auto told = std::any_of(
      result_.passed_over.begin(), result_.passed_over.end(),
      [&provider](const candidate& x) { return x.provider == provider; });
    if (told || wish_.how != mode::automatic)
      return;
    candidate x;
    x.provider = provider;
    x.tier = 1;
    x.passed_over = provider + " is not configured";
    result_.passed_over.push_back(std::move(x));
  }

  const provider_outlook* outlook(const option& x) const {
    auto i = outlooks_.find(x.shown.provider);
    return i == outlooks_.end() ? nullptr : &i->second;
  }

  /// Judges one option: tier, score, words, and whether it can be at all.
  void place(option& x) {
    score(x);
    // A rule is no reason to go on asking who fails.
    x.failing = x.preferred && is_failing(x.learned);
    auto first = wish_.how == mode::named       ? x.wanted
                 : wish_.how == mode::automatic ? x.preferred && !x.failing
                                                : false;
    x.shown.tier = first ? 1 : x.entry->last_resort ? 3 : 2;
    auto enough = suffices(x.entry->strength, result_.complexity);
    switch (wish_.how) {
    case mode::cheap:
    case mode::fast: {
      // Unknown prices come after known ones.
      auto unknown = x.entry->info.known ? 0 : 1e6;
      auto spent = wish_.how == mode::cheap ? x.shown.cost_usd + unknown
                                            : x.expected.seconds;
      if (enough)
        x.shown.tier = 2;
      x.rank =
        enough ? std::array{0.0, spent} : std::array{1.0, -x.entry->strength};
      break;
    }
    case mode::best: x.rank = {0, -x.entry->strength}; break;
    case mode::named:
      // In the order in which they were understood.
      x.rank = {0, x.wanted ? 0 : -x.shown.score};
      break;
    case mode::local:
    case mode::automatic: x.rank = {0, -x.shown.score}; break;
    }
    explain(x, enough);
    check(x);
  }

  void score(option& x) {
    double mood = 0;
    if (const auto* seen = outlook(x)) {
      x.expected.room = std::clamp(seen->room.left, 0.0, 1.0);
      // Back from a rest and not proven yet.
      if (seen->health.available && !seen->health.reason.empty())
        mood = -0.05;
    }
    x.shown.score = utility(x.expected, who_.options().weights, dearest_) + mood
                    + affinity(who_.provider_of(*x.entry).vendor, result_.type)
                    + (x.preferred ? 0.1 : 0);
  }

  void explain(option& x, bool enough) {
    auto& text = x.shown.reason;
    auto price = x.entry->info.known ? dollars(x.shown.cost_usd)
                                     : std::string{"at an unknown price"};
    if (wish_.how == mode::named && x.wanted)
      text = "asked for by name";
    else if (x.failing)
      text = result_.rule + ", but most of its latest calls failed";
    else if (wish_.how == mode::automatic && x.preferred)
      text = result_.rule;
    else if (wish_.how == mode::cheap && enough)
      text = "suffices for complexity " + std::to_string(result_.complexity)
             + " at " + price;
    else if (wish_.how == mode::fast && enough)
      text = "suffices for complexity " + std::to_string(result_.complexity)
             + " in about " + seconds_of(x.expected.seconds);
    else if (wish_.how == mode::best)
      text = "by strength, at " + price;
    else if (x.entry->last_resort)
      text = "the last resort";
    else
      text = std::string{enough ? "strong enough" : "weaker than wished"}
             + ", about " + price;
    if (wish_.how == mode::named && !x.wanted)
      text = "in place of " + wish_.text + ": " + text;
  }

  void check(option& x) {
    const auto& info = x.entry->info;
    auto& why = x.shown.passed_over;
    const auto* seen = outlook(x);
    why = lacks(info, needs_);
    if (why.empty() && wish_.how == mode::local
        && !who_.provider_of(*x.entry).local)
      why = x.shown.provider + " is not on this machine";
    if (auto most = who_.options().max_cost_usd;
        why.empty() && most > 0 && x.shown.cost_usd > most)
      why = "it would cost about " + dollars(x.shown.cost_usd)
            + ", more than routing.max_cost_usd (" + dollars(most) + ")";
    if (why.empty() && info.context != 0 && x.input >= info.context)
      why = "the prompt (about " + std::to_string(x.input)
            + " tokens) does not fit into the " + std::to_string(info.context)
            + " of " + info.name;
    if (!why.empty() || !seen)
      return;
    // Where limits do not bind, quota only warns.
    if (what_.limits_bind && !seen->room.exhausted.empty()) {
      why = seen->room.exhausted;
      if (seen->room.free_at > now_)
        x.shown.free_in = seen->room.free_at - now_;
      return;
    }
    const auto& health = seen->health;
    if (!health.available && health.until > now_) {
      x.rests = true;
      why = x.shown.provider + " rests for another "
            + seconds_left(health.until - now_)
            + (health.reason.empty() ? "" : ": " + health.reason);
    }
  }

  void sort_and_split() {
    std::stable_sort(
      all_.begin(), all_.end(), [](const option& a, const option& b) {
        return a.shown.tier != b.shown.tier ? a.shown.tier < b.shown.tier
                                            : a.rank < b.rank;
      });
    auto free = std::any_of(all_.begin(), all_.end(), [](const option& x) {
      return x.shown.passed_over.empty();
    });
    if (!free)
      call_on_those_who_rest();
    const option* first = nullptr;
    for (auto& x : all_) {
      if (!x.shown.passed_over.empty()) {
        result_.passed_over.push_back(std::move(x.shown));
        continue;
      }
      // The first choice of a profile is whoever comes out first.
      if (result_.ranked.empty() && free && wish_.how != mode::automatic
          && wish_.how != mode::named)
        x.shown.tier = 1;
      result_.input_tokens = std::max(result_.input_tokens, x.input);
      if (first == nullptr)
        first = &x;
      else
        x.shown.reason += " (" + numbers_of(x.expected) + "); behind "
                          + result_.ranked.front().provider + ": "
                          + why_lost(x, *first);
      result_.ranked.push_back(std::move(x.shown));
    }
    for (auto& x : wish_.refused)
      result_.passed_over.push_back(std::move(x));
    if (result_.ranked.empty())
      result_.input_tokens = neutral_;
  }

  /// Why another one stands first.
  std::string why_lost(const option& x, const option& best) const {
    const auto& own = x.expected;
    const auto& first = best.expected;
    auto complexity = result_.complexity;
    switch (wish_.how) {
    case mode::named:
      if (!x.wanted)
        return wish_.text + " was asked for";
      break;
    case mode::best: return "weaker, by price";
    case mode::cheap:
    case mode::fast:
      if (!suffices(x.entry->strength, complexity))
        return "too weak for complexity " + std::to_string(complexity);
      return wish_.how == mode::cheap
               ? "dearer: " + dollars(own.cost_usd) + " against "
                   + dollars(first.cost_usd)
               : "slower: " + seconds_of(own.seconds) + " against "
                   + seconds_of(first.seconds);
    case mode::automatic:
    case mode::local: break;
    }
    if (x.shown.tier > best.shown.tier && best.shown.tier == 1)
      return "the rule prefers it";
    if (x.shown.tier > best.shown.tier)
      return "kept as the last resort";
    return why_behind(own, first, who_.options().weights, dearest_);
  }

  /// Nobody is left: those that rest are better than nobody, the soonest first,
  /// so that dispatch can wait for them or say how long it takes.
  void call_on_those_who_rest() {
    std::stable_sort(all_.begin(), all_.end(),
                     [this](const option& a, const option& b) {
                       return awake_at(a) < awake_at(b);
                     });
    for (auto& x : all_)
      if (x.rests) {
        x.shown.tier = 3;
        x.shown.reason =
          "nobody else is left; " + std::exchange(x.shown.passed_over, {});
      }
  }

  instant awake_at(const option& x) const {
    return x.rests ? outlook(x)->health.until : instant::max();
  }

  const roster& who_;
  const task& what_;
  const provider_outlooks& outlooks_;
  instant now_;
  decision result_;
  model_wish wish_;
  demands needs_;
  uint64_t neutral_ = 0;
  double dearest_ = 0;
  bool strongest_ = false;
  std::string rule_text_;
  std::string type_name_;
  std::vector<option> all_;
};

} // namespace

caf::expected<decision> decide(const roster& who, const task& what,
                               const provider_outlooks& outlooks, instant now) {
  return selector{who, what, outlooks, now}.run();
}

} // namespace smart_agents
