#include "actors/router/route_case.hpp"

#include "actors/router/analysis.hpp"
#include "actors/router/demands.hpp"
#include "adapters/name_pattern.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

using mode = model_wish::mode;

class observer {
public:
  observer(const roster& who, const task& what,
           const provider_outlooks& outlooks, instant now)
    : who_{who}, what_{what}, outlooks_{outlooks}, now_{now} {}

  caf::expected<route_case> run() {
    analyse_task();
    auto wish = who_.understand(what_.model, result_.complexity);
    if (!wish)
      return std::move(wish.error());
    result_.how = wish->how;
    result_.wish = std::move(wish->text);
    result_.refused = std::move(wish->refused);
    result_.named = std::move(wish->wanted);
    result_.limits_bind = what_.limits_bind;
    result_.max_cost_usd = who_.options().max_cost_usd;
    result_.weights = who_.options().weights;
    result_.neutral_input = input_estimator::neutral(what_.request);
    if (const auto* best = who_.strongest()) {
      result_.baseline_usd_per_input_mtok = best->info.base.input;
      result_.baseline_usd_per_output_mtok = best->info.base.output;
    }
    type_name_ = to_string(result_.type);
    needs_ = demands_of(what_.request);
    auto& options = result_.options;
    options.reserve(result_.named.size() + who_.entries().size());
    for (const auto& x : result_.named)
      add(x, true);
    for (const auto& x : who_.entries())
      if (!is_named(x))
        add(x, false);
    find_preferred();
    return std::move(result_);
  }

private:
  void analyse_task() {
    result_.given = what_.type && what_.complexity > 0;
    if (result_.given) {
      result_.features.emplace_back("given by the caller");
    } else {
      auto seen = analyse(what_.request);
      result_.type = seen.type;
      result_.complexity = seen.complexity;
      result_.need = seen.need;
      result_.features = std::move(seen.features);
    }
    if (what_.type)
      result_.type = *what_.type;
    if (what_.complexity > 0)
      result_.complexity = std::min(what_.complexity, 10);
  }

  bool is_named(const roster_entry& x) const {
    const auto& named = result_.named;
    return std::any_of(named.begin(), named.end(), [&x](const auto& y) {
      return x.provider == y.provider && x.model == y.model;
    });
  }

  void add(const roster_entry& x, bool wanted) {
    const auto& of = who_.provider_of(x);
    auto& next = result_.options.emplace_back();
    next.provider = of.name;
    next.model = x.model;
    next.wanted = wanted;
    next.last_resort = x.last_resort;
    next.local = of.local;
    next.priced = x.info.known;
    next.strength = x.strength;
    next.affinity = affinity(of.vendor, result_.type);
    next.context = x.info.context;
    next.catalogue_name = x.info.name;
    next.lacks = lacks(x.info, needs_);
    if (next.lacks.empty() && !wanted && result_.how == mode::named
        && !what_.stand_ins.empty()
        && !matches_model(what_.stand_ins, of.name, x.model))
      next.lacks = "the client's key may not ask for it";
    next.input =
      who_.tokens().at(of.vendor, result_.neutral_input, what_.request);
    if (const auto* ratios = who_.options().ratios.get())
      next.input = ratios->scaled(of.name, x.model, next.input);
    if (const auto* known = who_.options().experience.get()) {
      next.learned = known->of(of.name, x.model, type_name_);
      next.cached = std::min(
        known->cached(of.name, x.model, what_.conversation, now_), next.input);
    }
    usage guess;
    guess.cache_read = next.cached;
    guess.uncached_input = next.input - next.cached;
    guess.output = expected_output(result_.complexity);
    next.cost_usd = cost_usd(x.info, guess);
    look_out(next);
  }

  void look_out(case_option& x) const {
    auto i = outlooks_.find(x.provider);
    if (i == outlooks_.end())
      return;
    const auto& [health, room] = i->second;
    x.room = std::clamp(room.left, 0.0, 1.0);
    x.exhausted = room.exhausted;
    if (room.free_at > now_)
      x.free_in = room.free_at - now_;
    x.unproven = health.available && !health.reason.empty();
    if (!health.available && health.until > now_) {
      x.rests = health.until - now_;
      x.rest_reason = health.reason;
    }
  }

  /// Finds the rule that applies and marks whom it prefers.
  void find_preferred() {
    auto rule = matching_rule();
    if (!rule)
      return;
    const auto& x = who_.options().providers[*rule];
    const auto& model =
      strongest_ && !x.strong_model.empty() ? x.strong_model : x.model;
    for (auto& y : result_.options)
      y.preferred = y.provider == x.name && y.model == model;
  }

  std::optional<size_t> matching_rule() {
    const auto& options = who_.options();
    const auto& table = who_.rules();
    for (size_t i = 0; i < table.rules().size(); ++i) {
      const auto& rule = table.rules()[i];
      auto override_by = table.is_standard(i)
                           ? options.default_providers.find(result_.type)
                           : options.default_providers.end();
      auto fits = result_.complexity >= rule.min_complexity
                  && result_.complexity <= rule.max_complexity;
      if ((!fits && override_by == options.default_providers.end())
          || !table.matches(i, what_, result_.type, result_.neutral_input))
        continue;
      if (override_by != options.default_providers.end()) {
        if (auto at = who_.find(override_by->second)) {
          result_.rule =
            type_name_ + " goes to " + override_by->second + " by default";
          return at;
        }
        not_configured(override_by->second);
        if (!fits)
          continue;
      }
      if (auto at = who_.find(rule.provider)) {
        strongest_ = rule.strongest;
        result_.rule = table.text_of(i, type_name_);
        return at;
      }
      not_configured(rule.provider);
    }
    return std::nullopt;
  }

  void not_configured(std::string_view provider) {
    auto& told = result_.not_configured;
    if (std::find(told.begin(), told.end(), provider) == told.end())
      told.push_back(provider);
  }

  const roster& who_;
  const task& what_;
  const provider_outlooks& outlooks_;
  instant now_;
  route_case result_;
  demands needs_;
  bool strongest_ = false;
  std::string type_name_;
};

} // namespace

caf::expected<route_case> observe(const roster& who, const task& what,
                                  const provider_outlooks& outlooks,
                                  instant now) {
  return observer{who, what, outlooks, now}.run();
}

} // namespace smart_agents
