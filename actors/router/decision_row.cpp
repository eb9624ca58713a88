#include "actors/router/decision_row.hpp"

#include "actors/router/ranking.hpp"
#include "messages/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>
#include <utility>

namespace smart_agents {

namespace {

namespace json = boost::json;

using mode = model_wish::mode;

constexpr std::array<std::string_view, 6> modes{
  "auto", "auto:cheap", "auto:best", "auto:fast", "auto:local-only", "named"};

/// Most candidates and words of a row that is read.
constexpr size_t most_of_each = 10'000;

// Every value of a case, once for the writer and the reader; the last argument
// is what it is when the row does not say.

template <class F, class T>
void describe(F& f, T& x, const learned_of_model*) {
  f("first_byte_s", x.first_byte, 0.0);
  f("tokens_per_s", x.tokens_per_second, 0.0);
  f("health", x.health, 1.0);
  f("calls", x.calls, uint64_t{0});
  f("quality_shift", x.quality_shift, 0.0);
  f("evidence", x.evidence, 0.0);
}

template <class F, class T>
void describe(F& f, T& x, const case_option*) {
  f("provider", x.provider, std::string_view{});
  f("model", x.model, std::string_view{});
  f("wanted", x.wanted, false);
  f("preferred", x.preferred, false);
  f("last_resort", x.last_resort, false);
  f("local", x.local, false);
  f("priced", x.priced, true);
  f("strength", x.strength, 0.0);
  f("affinity", x.affinity, 0.0);
  f("context", x.context, uint64_t{0});
  f("catalogue_name", x.catalogue_name, std::string_view{});
  f("lacks", x.lacks, std::string_view{});
  f("input", x.input, uint64_t{0});
  f("cached", x.cached, uint64_t{0});
  f("cost_usd", x.cost_usd, 0.0);
  describe(f, x.learned, static_cast<const learned_of_model*>(nullptr));
  f("room", x.room, 1.0);
  f("exhausted", x.exhausted, std::string_view{});
  f("free_in_ns", x.free_in, caf::timespan{0});
  f("rests_ns", x.rests, caf::timespan{0});
  f("rest_reason", x.rest_reason, std::string_view{});
  f("unproven", x.unproven, false);
}

template <class F, class T>
void describe(F& f, T& x, const candidate*) {
  f("provider", x.provider, std::string_view{});
  f("model", x.model, std::string_view{});
  f("tier", x.tier, 2);
  f("passed_over", x.passed_over, std::string_view{});
}

template <class F, class T>
void describe(F& f, T& x, const route_weights*) {
  f("quality", x.quality, 0.0);
  f("thrift", x.thrift, 0.0);
  f("room", x.room, 0.0);
  f("speed", x.speed, 0.0);
  f("health", x.health, 0.0);
  f("cache", x.cache, 0.0);
}

template <class F, class T>
void describe(F& f, T& x, const route_case*) {
  f("type", x.type, task_type::text);
  f("complexity", x.complexity, 1);
  f("need", x.need, 0.0);
  f("given", x.given, false);
  f("features", x.features);
  f("how", x.how, mode::automatic);
  f("wish", x.wish, std::string_view{});
  f("refused", x.refused);
  f("rule", x.rule, std::string_view{});
  f("not_configured", x.not_configured);
  f("limits_bind", x.limits_bind, false);
  f("max_cost_usd", x.max_cost_usd, 0.0);
  f("weights", x.weights);
  f("baseline_usd_per_input_mtok", x.baseline_usd_per_input_mtok, 0.0);
  f("baseline_usd_per_output_mtok", x.baseline_usd_per_output_mtok, 0.0);
  f("neutral_input", x.neutral_input, uint64_t{0});
  f("options", x.options);
}

class writer {
public:
  template <class T>
  static json::object write(const T& x) {
    writer w;
    describe(w, x, &x);
    return std::move(w.out_);
  }

  template <class T, class U>
  void operator()(const char* key, const T& x, const U& usual) {
    if (!(x == usual))
      out_[key] = value_of(x);
  }

  template <class T>
  void operator()(const char* key, const std::vector<T>& list) {
    json::array all;
    for (const auto& x : list)
      all.push_back(value_of(x));
    if (!all.empty())
      out_[key] = std::move(all);
  }

  void operator()(const char* key, const route_weights& x) {
    out_[key] = write(x);
  }

private:
  template <class T>
  static json::value value_of(const T& x) {
    if constexpr (std::is_same_v<T, caf::timespan>)
      return json::value(static_cast<int64_t>(x.count()));
    else if constexpr (std::is_same_v<T, task_type>)
      return json::value(to_string(x));
    else if constexpr (std::is_same_v<T, mode>)
      return json::value(modes[static_cast<size_t>(x)]);
    else if constexpr (std::is_same_v<
                         T, case_option> || std::is_same_v<T, candidate>)
      return write(x);
    else
      return json::value(x);
  }

  json::object out_;
};

/// Numbers are read by simdjson, which keeps every bit of them. Texts stay in
/// its document, where the case points to them.
class reader {
public:
  explicit reader(simdjson::dom::object from) : from_{from} {}

  template <class T>
  bool read(T& x) {
    describe(*this, x, static_cast<const T*>(nullptr));
    return good_;
  }

  template <class T, class U>
  void operator()(const char* key, T& x, const U& usual) {
    x = T(usual);
    if (simdjson::dom::element found; from_[key].get(found) == 0u)
      take(found, x);
  }

  template <class T>
  void operator()(const char* key, std::vector<T>& list) {
    simdjson::dom::element found;
    if (from_[key].get(found) != 0u)
      return;
    simdjson::dom::array all;
    if (found.get(all) != 0u || all.size() > most_of_each) {
      good_ = false;
      return;
    }
    for (auto each : all)
      take(each, list.emplace_back());
  }

  void operator()(const char* key, route_weights& x) {
    simdjson::dom::object inner;
    good_ = good_ && from_[key].get(inner) == 0u && reader{inner}.read(x);
  }

private:
  template <class T>
  void take(simdjson::dom::element from, T& x) {
    if constexpr (std::is_same_v<T, caf::timespan>) {
      int64_t n = 0;
      good_ &= from.get(n) == 0u;
      x = caf::timespan{n};
    } else if constexpr (std::is_same_v<T, int>) {
      int64_t n = 0;
      good_ &= from.get(n) == 0u && n >= 1 && n <= 10;
      x = static_cast<int>(n);
    } else if constexpr (std::is_same_v<T, task_type>) {
      std::string_view name;
      auto known = from.get(name) == 0u ? parse_task_type(name) : std::nullopt;
      good_ &= known.has_value();
      x = known.value_or(task_type::text);
    } else if constexpr (std::is_same_v<T, mode>) {
      std::string_view name;
      good_ &= from.get(name) == 0u;
      auto i = std::find(modes.begin(), modes.end(), name);
      good_ &= i != modes.end();
      if (i != modes.end())
        x = static_cast<mode>(i - modes.begin());
    } else if constexpr (std::is_same_v<T, std::string>) {
      std::string_view text;
      good_ &= from.get(text) == 0u;
      x = text;
    } else if constexpr (std::is_same_v<
                           T, case_option> || std::is_same_v<T, candidate>) {
      simdjson::dom::object inner;
      good_ &= from.get(inner) == 0u && reader{inner}.read(x);
    } else {
      good_ &= from.get(x) == 0u;
    }
  }

  simdjson::dom::object from_;
  bool good_ = true;
};

json::object to_json(const candidate& x) {
  json::object result{{"provider", x.provider}, {"model", x.model},
                      {"tier", x.tier},         {"score", x.score},
                      {"quality", x.quality},   {"seconds", x.seconds},
                      {"cost_usd", x.cost_usd}, {"reason", x.reason}};
  if (x.evidence > 0)
    result["learned"] = {{"quality_shift", x.learned},
                         {"evidence", x.evidence}};
  if (!x.passed_over.empty())
    result["passed_over"] = x.passed_over;
  return result;
}

json::array to_json(const std::vector<candidate>& all) {
  json::array result;
  for (const auto& x : all)
    result.emplace_back(to_json(x));
  return result;
}

caf::error no_row() {
  return make_error(ec::bad_input, "no row of a decision");
}

} // namespace

json::object to_json(const decision& x) {
  json::array features;
  for (const auto& each : x.features)
    features.emplace_back(each);
  return {{"type", to_string(x.type)},
          {"complexity", x.complexity},
          {"need", x.need},
          {"given", x.given},
          {"features", std::move(features)},
          {"rule", x.rule},
          {"input_tokens", x.input_tokens},
          {"provider", x.ranked.empty() ? "" : x.ranked[0].provider},
          {"model", x.ranked.empty() ? "" : x.ranked[0].model},
          {"ranked", to_json(x.ranked)},
          {"passed_over", to_json(x.passed_over)}};
}

std::string decision_row(const std::string& task_id, const route_case& from,
                         const decision& what) {
  return json::serialize(json::object{{"request_id", task_id},
                                      {"case", writer::write(from)},
                                      {"decision", to_json(what)}});
}

caf::expected<std::string> replay(std::string_view row) {
  simdjson::dom::parser parser;
  simdjson::dom::element whole;
  simdjson::dom::object object;
  std::string_view id;
  if (parser.parse(row.data(), row.size()).get(whole) != 0u
      || whole["request_id"].get(id) != 0u || whole["case"].get(object) != 0u)
    return no_row();
  route_case from;
  if (!reader{object}.read(from))
    return no_row();
  return decision_row(std::string{id}, from, rank(from));
}

} // namespace smart_agents
