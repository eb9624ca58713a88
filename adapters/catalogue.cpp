#include "adapters/catalogue.hpp"

#include "adapters/codecs/json_access.hpp"
#include "messages/error.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace smart_agents::embedded {

extern const std::string_view model_catalogue_json;

} // namespace smart_agents::embedded

namespace smart_agents {

namespace {

using namespace codecs;

double number_at(const json::object& from, std::string_view key) {
  const auto* x = find(from, key);
  return x && x->is_number() ? x->to_number<double>() : 0;
}

price price_of(const json::object& x) {
  price result;
  result.input = number_at(x, "input_per_mtok");
  result.output = number_at(x, "output_per_mtok");
  result.cache_read = number_at(x, "cache_read_per_mtok");
  result.cache_write = number_at(x, "cache_write_per_mtok");
  // Without a price of its own, the cache saves nothing.
  if (result.cache_read == 0)
    result.cache_read = result.input;
  if (result.cache_write == 0)
    result.cache_write = result.input;
  return result;
}

caf::expected<model_info> model_of(const json::object& x, size_t index) {
  model_info result;
  result.vendor = string_at(x, "provider");
  result.name = string_at(x, "model");
  if (result.vendor.empty() || result.name.empty())
    return make_error(ec::bad_config,
                      "models[" + std::to_string(index)
                        + "]: provider and model must be named");
  result.base = price_of(x);
  for (const auto& item : array_at(x, "tiers")) {
    const auto& from = as_object(item);
    result.tiers.push_back(
      {count_at(from, "above_input_tokens"), price_of(from)});
  }
  std::sort(result.tiers.begin(), result.tiers.end(),
            [](auto& a, auto& b) { return a.above_input < b.above_input; });
  result.context = count_at(x, "context");
  result.max_output = count_at(x, "max_output");
  result.vision = true_at(x, "vision");
  result.audio = true_at(x, "audio");
  result.video = true_at(x, "video");
  result.tools = true_at(x, "tools");
  result.reasoning = true_at(x, "reasoning");
  const auto* sampling = find(x, "sampling_params");
  result.sampling_params =
    sampling == nullptr || !sampling->is_bool() || sampling->get_bool();
  return result;
}

/// True when `name` is `model` with a date behind it.
bool is_snapshot(std::string_view name, std::string_view model) {
  if (name.size() <= model.size() + 1 || name.substr(0, model.size()) != model
      || name[model.size()] != '-')
    return false;
  auto tail = name.substr(model.size() + 1);
  return tail.size() >= 8
         && tail.find_first_not_of("0123456789-") == std::string_view::npos;
}

} // namespace

const catalogue& catalogue::built_in() {
  static const catalogue instance = [] {
    auto result = parse(embedded::model_catalogue_json);
    // A test parses the same bytes, so a build with a bad file does not pass.
    return result ? std::move(*result) : catalogue{};
  }();
  return instance;
}

caf::expected<catalogue> catalogue::parse(std::string_view text) {
  boost::system::error_code bad;
  auto root = boost::json::parse({text.data(), text.size()}, bad);
  if (bad || !root.is_object())
    return make_error(ec::bad_config, "model catalogue: not a JSON object");
  catalogue result;
  const auto& fields = root.get_object();
  result.date_ = string_at(fields, "generated");
  const auto& models = array_at(fields, "models");
  if (models.empty())
    return make_error(ec::bad_config, "model catalogue: models: none");
  for (size_t i = 0; i < models.size(); ++i) {
    auto model = model_of(as_object(models[i]), i);
    if (!model)
      return model.error();
    result.models_.push_back(std::move(*model));
  }
  return result;
}

model_info catalogue::find(std::string_view vendor,
                           std::string_view name) const {
  auto best = models_.end();
  for (auto i = models_.begin(); i != models_.end(); ++i) {
    if (!vendor.empty() && i->vendor != vendor)
      continue;
    if (i->name == name)
      return *i;
    if (is_snapshot(name, i->name)
        && (best == models_.end() || i->name.size() > best->name.size()))
      best = i;
  }
  if (best != models_.end()) {
    auto result = *best;
    result.name = name;
    return result;
  }
  model_info result;
  result.vendor = vendor;
  result.name = name;
  // A model on one's own machine costs nothing, whatever it is called.
  result.known = vendor == "ollama";
  result.tools = true;
  return result;
}

double cost_usd(const model_info& model, const usage& tokens) {
  auto at = model.base;
  for (const auto& tier : model.tiers)
    if (tokens.input() > tier.above_input)
      at = tier.cost;
  return (static_cast<double>(tokens.uncached_input) * at.input
          + static_cast<double>(tokens.cache_read) * at.cache_read
          + static_cast<double>(tokens.cache_write) * at.cache_write
          + static_cast<double>(tokens.output) * at.output)
         / 1e6;
}

} // namespace smart_agents
