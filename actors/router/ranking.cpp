#include "actors/router/ranking.hpp"

#include "actors/router/figures.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace smart_agents {

namespace {

using mode = model_wish::mode;

std::string seconds_left(caf::timespan x) {
  auto left = std::chrono::ceil<std::chrono::seconds>(x).count();
  return left < 120 ? std::to_string(left) + " s"
                    : std::to_string((left + 59) / 60) + " min";
}

void append_seconds(std::string& to, double x) {
  append_fixed(to, x, 1);
  to += " s";
}

class ranker {
public:
  explicit ranker(const route_case& from) : from_{from} {}

  decision run() {
    begin();
    all_.reserve(from_.options.size());
    for (const auto& x : from_.options)
      all_.push_back(judge(x));
    for (const auto& x : all_)
      dearest_ = std::max(dearest_, x.of->cost_usd);
    for (auto& x : all_)
      place(x);
    sort();
    tell();
    return std::move(result_);
  }

private:
  struct option {
    const case_option* of = nullptr;
    prospects expected;
    int tier = 2;
    double score = 0;
    /// Order within a tier; lower comes first.
    std::array<double, 2> rank{};
    /// Strong enough for the complexity.
    bool enough = false;
    /// Preferred, but its calls fail.
    bool failing = false;
    bool rests = false;
    /// Called upon although it rests.
    bool called_on = false;
    std::string passed_over;
  };

  void begin() {
    result_.type = from_.type;
    result_.complexity = from_.complexity;
    result_.need = from_.need;
    result_.given = from_.given;
    result_.features = from_.features;
    result_.baseline_usd_per_input_mtok = from_.baseline_usd_per_input_mtok;
    result_.baseline_usd_per_output_mtok = from_.baseline_usd_per_output_mtok;
    switch (from_.how) {
    case mode::automatic:
      result_.rule = from_.rule.empty()
                       ? "no rule matches: the best of those that can"
                       : from_.rule;
      break;
    case mode::cheap:
      result_.rule = "auto:cheap: the cheapest that suffices";
      break;
    case mode::best: result_.rule = "auto:best: the strongest"; break;
    case mode::fast:
      result_.rule = "auto:fast: the fastest that suffices";
      break;
    case mode::local: result_.rule = "auto:local-only: on this machine"; break;
    case mode::named: result_.rule = from_.wish + " was asked for by name";
    }
  }

  option judge(const case_option& x) const {
    option result;
    result.of = &x;
    result.enough = suffices(x.strength, from_.complexity);
    auto& p = result.expected;
    p.quality = expected_quality(x.strength, from_.complexity, x.learned);
    p.seconds = expected_seconds(x.learned, expected_output(from_.complexity),
                                 x.local, x.strength);
    p.cost_usd = x.cost_usd;
    p.price_known = x.priced;
    p.health = x.learned.health;
    p.measured = x.learned.first_byte > 0;
    p.room = x.room;
    if (x.input > 0)
      p.cached = static_cast<double>(x.cached) / static_cast<double>(x.input);
    return result;
  }

  /// Tier, score and order of one option, and whether it can be at all.
  void place(option& x) const {
    const auto& of = *x.of;
    x.score = utility(x.expected, from_.weights, dearest_) + of.affinity
              + (of.unproven ? -0.05 : 0) + (of.preferred ? 0.1 : 0);
    // A rule is no reason to go on asking who fails.
    x.failing = of.preferred && is_failing(of.learned);
    auto first = from_.how == mode::named       ? of.wanted
                 : from_.how == mode::automatic ? of.preferred && !x.failing
                                                : false;
    x.tier = first ? 1 : of.last_resort ? 3 : 2;
    switch (from_.how) {
    case mode::cheap:
    case mode::fast: {
      // Unknown prices come after known ones.
      auto spent = from_.how == mode::cheap
                     ? of.cost_usd + (of.priced ? 0 : 1e6)
                     : x.expected.seconds;
      if (x.enough)
        x.tier = 2;
      x.rank =
        x.enough ? std::array{0.0, spent} : std::array{1.0, -of.strength};
      break;
    }
    case mode::best: x.rank = {0, -of.strength}; break;
    case mode::named:
      // In the order in which they were understood.
      x.rank = {0, of.wanted ? 0 : -x.score};
      break;
    case mode::local:
    case mode::automatic: x.rank = {0, -x.score}; break;
    }
    x.passed_over = objection(x);
  }

  std::string objection(option& x) const {
    const auto& of = *x.of;
    if (!of.lacks.empty())
      return of.lacks;
    std::string why;
    if (from_.how == mode::local && !of.local)
      return why.append(of.provider).append(" is not on this machine");
    if (from_.max_cost_usd > 0 && of.cost_usd > from_.max_cost_usd) {
      why = "it would cost about ";
      append_dollars(why, of.cost_usd);
      why += ", more than routing.max_cost_usd (";
      append_dollars(why, from_.max_cost_usd);
      return why + ")";
    }
    if (of.context != 0 && of.input >= of.context)
      return why
        .append("the prompt (about " + std::to_string(of.input)
                + " tokens) does not fit into the " + std::to_string(of.context)
                + " of ")
        .append(of.catalogue_name);
    // Where limits do not bind, quota only warns.
    if (from_.limits_bind && !of.exhausted.empty())
      return std::string{of.exhausted};
    if (of.rests > caf::timespan{0}) {
      x.rests = true;
      why.append(of.provider)
        .append(" rests for another " + seconds_left(of.rests));
      if (!of.rest_reason.empty())
        why.append(": ").append(of.rest_reason);
    }
    return why;
  }

  void sort() {
    order_.reserve(all_.size());
    for (size_t i = 0; i < all_.size(); ++i)
      order_.push_back(static_cast<uint32_t>(i));
    free_ = std::any_of(all_.begin(), all_.end(),
                        [](const option& x) { return x.passed_over.empty(); });
    std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
      const auto& x = all_[a];
      const auto& y = all_[b];
      if (!free_) {
        if (x.rests != y.rests)
          return x.rests;
        if (x.rests && x.of->rests != y.of->rests)
          return x.of->rests < y.of->rests;
      }
      if (x.tier != y.tier)
        return x.tier < y.tier;
      if (x.rank != y.rank)
        return x.rank < y.rank;
      return a < b;
    });
    // Nobody is left: those that rest are better than nobody, the soonest
    // first, so that dispatch can wait for them or say how long it takes.
    if (!free_)
      for (auto& x : all_)
        if (x.rests) {
          x.tier = 3;
          x.called_on = true;
        }
  }

  // -- words ------------------------------------------------------------------

  void tell() {
    if (from_.how == mode::automatic)
      for (auto name : from_.not_configured) {
        auto& x = result_.passed_over.emplace_back();
        x.provider = name;
        x.tier = 1;
        x.passed_over = x.provider + " is not configured";
      }
    result_.ranked.reserve(all_.size());
    const option* first = nullptr;
    for (auto i : order_) {
      auto& x = all_[i];
      auto out = !x.passed_over.empty() && !x.called_on;
      // The first choice of a profile is whoever comes out first.
      if (!out && first == nullptr && free_ && from_.how != mode::automatic
          && from_.how != mode::named)
        x.tier = 1;
      auto& shown = (out ? result_.passed_over : result_.ranked).emplace_back();
      show(x, shown);
      if (out) {
        shown.passed_over = std::move(x.passed_over);
        continue;
      }
      result_.input_tokens = std::max(result_.input_tokens, x.of->input);
      if (first == nullptr)
        first = &x;
      else
        tell_loss(shown.reason, x, *first);
    }
    for (const auto& x : from_.refused)
      result_.passed_over.push_back(x);
    if (result_.ranked.empty())
      result_.input_tokens = from_.neutral_input;
  }

  void show(option& x, candidate& to) const {
    const auto& of = *x.of;
    to.provider = of.provider;
    to.model = of.model;
    to.tier = x.tier;
    to.score = x.score;
    to.input_tokens = of.input;
    to.cost_usd = of.cost_usd;
    to.quality = x.expected.quality;
    to.seconds = x.expected.seconds;
    to.learned = of.learned.quality_shift;
    to.evidence = of.learned.evidence;
    if (of.free_in > caf::timespan{0} && x.passed_over == of.exhausted)
      to.free_in = of.free_in;
    to.reason.reserve(192);
    if (x.called_on)
      to.reason.append("nobody else is left; ").append(x.passed_over);
    else
      explain(x, to.reason);
  }

  void explain(const option& x, std::string& to) const {
    const auto& of = *x.of;
    auto price = [&] {
      if (of.priced)
        append_dollars(to, of.cost_usd);
      else
        to += "at an unknown price";
    };
    if (from_.how == mode::named && !of.wanted)
      to.append("in place of ").append(from_.wish).append(": ");
    if (from_.how == mode::named && of.wanted) {
      to += "asked for by name";
    } else if (x.failing) {
      to.append(result_.rule).append(", but most of its latest calls failed");
    } else if (from_.how == mode::automatic && of.preferred) {
      to += result_.rule;
    } else if ((from_.how == mode::cheap || from_.how == mode::fast)
               && x.enough) {
      to += "suffices for complexity " + std::to_string(from_.complexity);
      if (from_.how == mode::cheap) {
        to += " at ";
        price();
      } else {
        to += " in about ";
        append_seconds(to, x.expected.seconds);
      }
    } else if (from_.how == mode::best) {
      to += "by strength, at ";
      price();
    } else if (of.last_resort) {
      to += "the last resort";
    } else {
      to += x.enough ? "strong enough, about " : "weaker than wished, about ";
      price();
    }
  }

  /// What is expected of it, and why another one stands first.
  void tell_loss(std::string& to, const option& x, const option& best) const {
    to += " (";
    append_numbers(to, x.expected);
    to.append("); behind ").append(best.of->provider).append(": ");
    const auto& own = x.expected;
    const auto& first = best.expected;
    switch (from_.how) {
    case mode::named:
      if (!x.of->wanted) {
        to.append(from_.wish).append(" was asked for");
        return;
      }
      break;
    case mode::best: to += "weaker, by price"; return;
    case mode::cheap:
    case mode::fast:
      if (!x.enough) {
        to += "too weak for complexity " + std::to_string(from_.complexity);
      } else if (from_.how == mode::cheap) {
        to += "dearer: ";
        append_dollars(to, own.cost_usd);
        to += " against ";
        append_dollars(to, first.cost_usd);
      } else {
        to += "slower: ";
        append_seconds(to, own.seconds);
        to += " against ";
        append_seconds(to, first.seconds);
      }
      return;
    case mode::automatic:
    case mode::local: break;
    }
    if (x.tier > best.tier && best.tier == 1)
      to += "the rule prefers it";
    else if (x.tier > best.tier)
      to += "kept as the last resort";
    else
      append_why_behind(to, own, first, from_.weights, dearest_);
  }

  const route_case& from_;
  decision result_;
  double dearest_ = 0;
  bool free_ = true;
  std::vector<option> all_;
  std::vector<uint32_t> order_;
};

} // namespace

decision rank(const route_case& what) {
  return ranker{what}.run();
}

} // namespace smart_agents
