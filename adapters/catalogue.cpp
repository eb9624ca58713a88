#include "adapters/catalogue.hpp"

#include "adapters/cost_bound.hpp"
#include "messages/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace smart_agents {

namespace embedded {
extern const std::string_view model_catalogue_json;
} // namespace embedded

namespace {

namespace json = boost::json;

/// Reads one entry; remembers the first thing that is wrong.
class entry_reader {
public:
  explicit entry_reader(const json::object& from) : from_{from} {}

  std::string text(const char* key) {
    const auto* x = from_.if_contains(key);
    if (x && x->is_string() && !x->get_string().empty())
      return {x->get_string().data(), x->get_string().size()};
    complain("provider and model", "must be named");
    return {};
  }

  /// Null and a missing field are "not published".
  std::optional<double> number(const char* key) {
    const auto* x = from_.if_contains(key);
    if (x == nullptr || x->is_null())
      return std::nullopt;
    json::error_code bad;
    auto result = x->is_number() ? x->to_number<double>(bad) : -1;
    if (!bad && result >= 0 && result < 1e12)
      return result;
    complain(key, "must be a number, 0 or more, or null");
    return std::nullopt;
  }

  uint64_t count(const char* key) {
    return static_cast<uint64_t>(number(key).value_or(0));
  }

  bool flag(const char* key, bool unknown) {
    const auto* x = from_.if_contains(key);
    if (x == nullptr || x->is_null())
      return unknown;
    if (x->is_bool())
      return x->get_bool();
    complain(key, "must be true, false or null");
    return unknown;
  }

  void complain(const std::string& key, const char* what) {
    if (problem_.empty())
      problem_ = key + " " + what;
  }

  const std::string& problem() const {
    return problem_;
  }

private:
  const json::object& from_;
  std::string problem_;
};

/// What stands where no cache price is published: reads cost as input. Writes
/// cost as input too, except at Anthropic, which bills a quarter more.
price read_price(entry_reader& x, const std::string& vendor,
                 const price* base) {
  price result;
  auto input = x.number("input_per_mtok");
  auto output = x.number("output_per_mtok");
  if (!input || !output)
    x.complain("input_per_mtok and output_per_mtok", "must be numbers");
  result.input = input.value_or(0);
  result.output = output.value_or(0);
  // A tier without cache prices keeps the proportions of the base price.
  auto share = [base](double price::*member, double otherwise) {
    return base && base->input > 0 ? base->*member / base->input : otherwise;
  };
  result.cache_read = x.number("cache_read_per_mtok")
                        .value_or(result.input * share(&price::cache_read, 1));
  result.cache_write =
    x.number("cache_write_per_mtok")
      .value_or(result.input
                * share(&price::cache_write, vendor == "anthropic" ? 1.25 : 1));
  return result;
}

std::string read_model(const json::object& from, model_info& out) {
  entry_reader x{from};
  out.vendor = x.text("provider");
  out.name = x.text("model");
  out.base = read_price(x, out.vendor, nullptr);
  out.context = x.count("context");
  out.max_output = x.count("max_output");
  out.vision = x.flag("vision", false);
  out.audio = x.flag("audio", false);
  out.video = x.flag("video", false);
  // Of a local model this is not known before it is asked.
  out.tools = x.flag("tools", true);
  out.reasoning = x.flag("reasoning", false);
  // OpenAI's reasoning models refuse sampling while they reason.
  out.sampling_params =
    x.flag("sampling_params", out.vendor != "openai" || !out.reasoning);
  if (const auto* tiers = from.if_contains("tiers");
      tiers && !tiers->is_null()) {
    if (!tiers->is_array())
      return "tiers must be a list";
    for (const auto& item : tiers->get_array()) {
      if (!item.is_object())
        return "tiers must hold objects";
      entry_reader y{item.get_object()};
      auto above = y.number("above_input_tokens");
      if (!above)
        y.complain("above_input_tokens", "must be a number");
      out.tiers.push_back({static_cast<uint64_t>(above.value_or(0)),
                           read_price(y, out.vendor, &out.base)});
      if (!y.problem().empty())
        return "tiers: " + y.problem();
    }
    std::sort(out.tiers.begin(), out.tiers.end(),
              [](auto& a, auto& b) { return a.above_input < b.above_input; });
  }
  return x.problem();
}

bool all_digits(std::string_view text) {
  return !text.empty()
         && std::all_of(text.begin(), text.end(),
                        [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// `NAME` of `NAME-2026-10-01`, `NAME-20261001`, `NAME@20261001` and
/// `NAME-latest`; empty for a name without such an end.
std::string_view without_date(std::string_view name) {
  auto stem = [name](size_t suffix) {
    return name.size() > suffix ? name.substr(0, name.size() - suffix)
                                : std::string_view{};
  };
  if (name.ends_with("-latest"))
    return stem(7);
  if (name.size() > 9 && all_digits(name.substr(name.size() - 8))
      && (name[name.size() - 9] == '-' || name[name.size() - 9] == '@'))
    return stem(9);
  if (name.size() > 11) {
    auto date = name.substr(name.size() - 11);
    if (date[0] == '-' && date[5] == '-' && date[8] == '-'
        && all_digits(date.substr(1, 4)) && all_digits(date.substr(6, 2))
        && all_digits(date.substr(9, 2)))
      return stem(11);
  }
  return {};
}

} // namespace

const catalogue& catalogue::built_in() {
  static const catalogue instance = [] {
    auto result = parse(embedded::model_catalogue_json);
    if (!result) {
      // A fault of the build that the tests catch; nothing can go on.
      std::fprintf(stderr, "%s\n", render(result.error()).c_str());
      std::abort();
    }
    return std::move(*result);
  }();
  return instance;
}

caf::expected<catalogue> catalogue::parse(std::string_view text) {
  auto wrong = [](const std::string& what) {
    return make_error(ec::bad_config, "model catalogue: " + what);
  };
  json::error_code bad;
  auto root = json::parse({text.data(), text.size()}, bad);
  if (bad)
    return wrong("not JSON: " + bad.message());
  const auto* top = root.if_object();
  const auto* models = top ? top->if_contains("models") : nullptr;
  if (models == nullptr || !models->is_array())
    return wrong("there must be an object with a list called models");
  catalogue result;
  if (const auto* date = top->if_contains("generated");
      date && date->is_string())
    result.date_.assign(date->get_string().data(), date->get_string().size());
  for (const auto& item : models->get_array()) {
    model_info model;
    auto problem = item.is_object() ? read_model(item.get_object(), model)
                                    : "must be an object";
    if (!problem.empty())
      return wrong("models[" + std::to_string(result.models_.size())
                   + (model.name.empty() ? "]" : "] (" + model.name + ")")
                   + ": " + problem);
    result.by_name_[model.name].push_back(result.models_.size());
    result.models_.push_back(std::move(model));
  }
  return result;
}

model_info catalogue::find(std::string_view vendor,
                           std::string_view name) const {
  auto look = [&](std::string_view wanted) -> const model_info* {
    if (auto places = by_name_.find(wanted); places != by_name_.end())
      for (auto i : places->second)
        if (vendor.empty() || models_[i].vendor == vendor)
          return &models_[i];
    return nullptr;
  };
  const auto* found = look(name);
  if (auto stem = without_date(name); found == nullptr && !stem.empty())
    found = look(stem);
  if (found == nullptr && !vendor.empty())
    found = look("*");
  model_info result;
  if (found != nullptr) {
    result = *found;
  } else {
    result.known = false;
    result.tools = true;
  }
  if (!vendor.empty())
    result.vendor = vendor;
  result.name = name;
  return result;
}

double cost_usd(const model_info& model, const usage& tokens) {
  if (tokens.charged_usd && *tokens.charged_usd >= 0)
    return *tokens.charged_usd;
  const auto* cost = &model.base;
  for (const auto& x : model.tiers)
    if (tokens.input() > x.above_input)
      cost = &x.cost;
  auto hour = std::min(tokens.cache_write_hour, tokens.cache_write);
  auto dollars =
    static_cast<double>(tokens.uncached_input) * cost->input
    + static_cast<double>(tokens.cache_read) * cost->cache_read
    + static_cast<double>(tokens.cache_write - hour) * cost->cache_write
    + static_cast<double>(hour) * cache_write_hour(model, *cost)
    + static_cast<double>(tokens.output) * cost->output;
  return dollars / 1e6;
}

double cache_write_hour(const model_info& model, const price& of) {
  return model.vendor == "anthropic" ? std::max(of.input * 2, of.cache_write)
                                     : of.cache_write;
}

double most_usd(const model_info& model, uint64_t input, uint64_t output,
                bool for_an_hour) {
  auto at = [&](const price& x) {
    auto dearest = std::max({x.input, x.cache_read, x.cache_write,
                             for_an_hour ? cache_write_hour(model, x) : 0});
    return (static_cast<double>(input) * dearest
            + static_cast<double>(output) * x.output)
           / 1e6;
  };
  auto result = at(model.base);
  for (const auto& x : model.tiers)
    if (input > x.above_input)
      result = std::max(result, at(x.cost));
  return result;
}

} // namespace smart_agents
