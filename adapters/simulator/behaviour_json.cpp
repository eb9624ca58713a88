#include "adapters/simulator/behaviour.hpp"
#include "messages/error.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <date/tz.h>

#include <cmath>

namespace smart_agents::sim {

namespace json = boost::json;

namespace {

/// Reads values of an object into fields; the first mistake stands.
class reader {
public:
  reader(const json::object& from, std::string where)
    : from_{from}, where_{std::move(where)} {}

  template <class UInt>
  reader& count(std::string_view key, UInt& into,
                uint64_t max = std::numeric_limits<UInt>::max()) {
    if (const auto* x = find(key)) {
      json::error_code bad;
      auto n = x->is_number() ? x->to_number<uint64_t>(bad) : 0;
      if (!x->is_number() || bad || n > max)
        complain(key, "a whole number from 0 to " + std::to_string(max));
      else
        into = static_cast<UInt>(n);
    }
    return *this;
  }

  reader& number(std::string_view key, double& into, double max) {
    if (const auto* x = find(key)) {
      json::error_code bad;
      auto n = x->is_number() ? x->to_number<double>(bad) : -1;
      if (bad || !(n >= 0 && n <= max))
        complain(key,
                 "a number from 0 to " + json::serialize(json::value(max)));
      else
        into = n;
    }
    return *this;
  }

  reader& text(std::string_view key, std::string& into) {
    if (const auto* x = find(key)) {
      if (x->is_string())
        into = std::string{x->get_string()};
      else
        complain(key, "a string");
    }
    return *this;
  }

  reader& flag(std::string_view key, bool& into) {
    if (const auto* x = find(key)) {
      if (x->is_bool())
        into = x->get_bool();
      else
        complain(key, "true or false");
    }
    return *this;
  }

  /// Hands the value to `read`, which returns what it should have been, or
  /// nothing.
  template <class F>
  reader& with(std::string_view key, F read) {
    if (const auto* x = find(key))
      if (std::string wanted = read(*x); !wanted.empty())
        complain(key, wanted);
    return *this;
  }

  void nested(std::string error) {
    if (error_.empty())
      error_ = std::move(error);
  }

  /// The first mistake; keys that nobody asked for are one.
  std::string done() const {
    if (!error_.empty())
      return error_;
    for (const auto& [key, value] : from_)
      if (std::find(known_.begin(), known_.end(), std::string_view{key})
          == known_.end()) {
        std::string names;
        for (const auto& x : known_)
          names += (names.empty() ? "" : ", ") + x;
        return "unknown key \"" + where_ + std::string{key}
               + "\"; known are: " + names;
      }
    return {};
  }

private:
  const json::value* find(std::string_view key) {
    known_.emplace_back(key);
    return from_.if_contains(key);
  }

  void complain(std::string_view key, const std::string& wanted) {
    nested("\"" + where_ + std::string{key} + "\" must be " + wanted);
  }

  const json::object& from_;
  std::string where_;
  std::vector<std::string> known_;
  std::string error_;
};

std::string fault_list() {
  std::string result;
  for (size_t i = 0; i < fault_count; ++i)
    result += (i == 0 ? "" : ", ") + to_string(static_cast<fault>(i));
  return result;
}

std::string read_faults(const json::value& from, std::map<fault, double>& to) {
  static constexpr auto wanted =
    "an object of fault names and shares from 0 to 1 whose sum is at most 1";
  if (!from.is_object())
    return wanted;
  std::map<fault, double> result;
  double sum = 0;
  for (const auto& [name, share] : from.get_object()) {
    fault what{};
    if (!sim::from_string(std::string_view{name}, what))
      return std::string{wanted} + "; the names are: " + fault_list();
    json::error_code bad;
    auto n = share.is_number() ? share.to_number<double>(bad) : -1;
    if (bad || !(n >= 0 && n <= 1))
      return wanted;
    sum += n;
    if (n > 0)
      result[what] = n;
  }
  if (sum > 1 + 1e-9)
    return wanted;
  to = std::move(result);
  return {};
}

std::string read_script(const json::value& from, std::vector<script_step>& to) {
  auto wanted = "an array of fault names, or of objects with \"fault\" and "
                "\"times\" (1 to 1000000); the names are: "
                + fault_list();
  if (!from.is_array() || from.get_array().size() > 10'000)
    return wanted;
  std::vector<script_step> result;
  for (const auto& x : from.get_array()) {
    script_step step;
    std::string name;
    if (x.is_string()) {
      name = std::string{x.get_string()};
    } else if (x.is_object()) {
      reader in{x.get_object(), "script."};
      auto bad = in.text("fault", name).count("times", step.times, 1'000'000);
      if (!bad.done().empty() || step.times == 0)
        return wanted;
    }
    if (!sim::from_string(name, step.what))
      return wanted;
    result.push_back(step);
  }
  to = std::move(result);
  return {};
}

std::string read_models(const json::value& from, std::vector<model>& to) {
  static constexpr auto wanted =
    "an array of names, or of objects with \"name\", \"context\" and "
    "\"max_output\" (tokens)";
  if (!from.is_array() || from.get_array().size() > 10'000)
    return wanted;
  std::vector<model> result;
  for (const auto& x : from.get_array()) {
    model item;
    if (x.is_string()) {
      item.name = std::string{x.get_string()};
    } else if (x.is_object()) {
      reader in{x.get_object(), "models."};
      auto& bad = in.text("name", item.name)
                    .count("context", item.context)
                    .count("max_output", item.max_output);
      if (!bad.done().empty())
        return wanted;
    }
    if (item.name.empty() || item.context == 0)
      return wanted;
    result.push_back(std::move(item));
  }
  to = std::move(result);
  return {};
}

std::string read_limits(const json::value& from, limits& to) {
  if (!from.is_object())
    return "\"limits\" must be an object";
  reader in{from.get_object(), "limits."};
  return in.count("requests_per_minute", to.requests_per_minute)
    .count("input_tokens_per_minute", to.input_tokens_per_minute)
    .count("output_tokens_per_minute", to.output_tokens_per_minute)
    .count("tokens_per_minute", to.tokens_per_minute)
    .count("requests_per_day", to.requests_per_day)
    .count("tokens_per_day", to.tokens_per_day)
    .text("time_zone", to.time_zone)
    .with("time_zone",
          [&to](const json::value&) -> std::string {
            try {
              if (!to.time_zone.empty())
                date::locate_zone(to.time_zone);
            } catch (const std::runtime_error&) {
              return "the IANA name of a time zone, for example "
                     "America/Los_Angeles";
            }
            return {};
          })
    .done();
}

} // namespace

caf::error update(behaviour& x, std::string_view text) {
  json::error_code bad;
  auto parsed = json::parse(text, bad);
  if (bad)
    return make_error(ec::bad_input,
                      "the behaviour is no JSON: " + bad.message());
  if (!parsed.is_object())
    return make_error(ec::bad_input, "the behaviour must be a JSON object");
  auto result = x;
  reader in{parsed.get_object(), ""};
  in.count("latency_ms", result.latency_ms, 3'600'000)
    .number("tokens_per_second", result.tokens_per_second, 1e9)
    .count("output_tokens", result.output_tokens, 200'000)
    .count("chunk_tokens", result.chunk_tokens, 10'000)
    .number("cached_share", result.cached_share, 1)
    .count("retry_after_ms", result.retry_after_ms)
    .count("slow_ms", result.slow_ms, 3'600'000)
    .count("max_concurrent", result.max_concurrent)
    .count("context_length", result.context_length)
    .text("key", result.key)
    .flag("credit_exhausted", result.credit_exhausted)
    .flag("down", result.down)
    .with("faults",
          [&](const json::value& v) { return read_faults(v, result.faults); })
    .with("script",
          [&](const json::value& v) { return read_script(v, result.script); })
    .with("models",
          [&](const json::value& v) { return read_models(v, result.models); })
    .with("limits", [&](const json::value& v) {
      in.nested(read_limits(v, result.limits));
      return std::string{};
    });
  if (auto error = in.done(); !error.empty())
    return make_error(ec::bad_input, error);
  x = std::move(result);
  return {};
}

std::string to_json(const behaviour& x) {
  json::object faults;
  for (const auto& [what, share] : x.faults)
    faults[to_string(what)] = share;
  json::array script;
  for (const auto& step : x.script)
    script.push_back(
      json::object{{"fault", to_string(step.what)}, {"times", step.times}});
  json::array models;
  for (const auto& m : x.models)
    models.push_back(json::object{
      {"name", m.name}, {"context", m.context}, {"max_output", m.max_output}});
  const auto& l = x.limits;
  return json::serialize(
    json::object{{"latency_ms", x.latency_ms},
                 {"tokens_per_second", x.tokens_per_second},
                 {"output_tokens", x.output_tokens},
                 {"chunk_tokens", x.chunk_tokens},
                 {"cached_share", x.cached_share},
                 {"faults", std::move(faults)},
                 {"script", std::move(script)},
                 {"limits",
                  {{"requests_per_minute", l.requests_per_minute},
                   {"input_tokens_per_minute", l.input_tokens_per_minute},
                   {"output_tokens_per_minute", l.output_tokens_per_minute},
                   {"tokens_per_minute", l.tokens_per_minute},
                   {"requests_per_day", l.requests_per_day},
                   {"tokens_per_day", l.tokens_per_day},
                   {"time_zone", l.time_zone}}},
                 {"retry_after_ms", x.retry_after_ms},
                 {"slow_ms", x.slow_ms},
                 {"max_concurrent", x.max_concurrent},
                 {"context_length", x.context_length},
                 {"models", std::move(models)},
                 {"credit_exhausted", x.credit_exhausted},
                 {"down", x.down}});
}

} // namespace smart_agents::sim
