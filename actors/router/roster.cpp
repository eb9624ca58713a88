#include "actors/router/roster.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace smart_agents {

namespace {

std::vector<std::string>
vendors_of(const std::vector<routable_provider>& providers) {
  std::vector<std::string> result;
  result.reserve(providers.size());
  for (const auto& x : providers)
    result.push_back(x.vendor);
  return result;
}

/// The list price of output says more about a model's strength than anything
/// else that is known of every model. One's own models are free and small.
double strength_of(const model_info& x, bool strong, bool local) {
  if (local)
    return strong ? 0.4 : 0.36;
  if (!x.known || x.base.output <= 0)
    return strong ? 0.75 : 0.6;
  return std::min(0.42 + 0.13 * std::log2(1 + x.base.output), 1.2);
}

bool contains(const std::vector<std::string>& list, const std::string& x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

constexpr std::array profiles{
  std::pair{"auto:cheap", model_wish::mode::cheap},
  std::pair{"auto:best", model_wish::mode::best},
  std::pair{"auto:fast", model_wish::mode::fast},
  std::pair{"auto:local-only", model_wish::mode::local},
};

std::string in_quotes(const std::string& x) {
  return '"' + x + '"';
}

std::string join(const std::vector<std::string>& list, std::string_view glue) {
  std::string result;
  for (const auto& x : list) {
    if (!result.empty())
      result += glue;
    result += x;
  }
  return result;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      auto swap = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({swap, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

} // namespace

roster::roster(router_options options)
  : options_{std::move(options)}, rules_{options_.rules},
    tokens_{vendors_of(options_.providers)} {
  for (size_t i = 0; i < options_.providers.size(); ++i) {
    const auto& x = options_.providers[i];
    if (!x.model.empty())
      entries_.push_back(make_entry(i, x.model, x.model == x.strong_model));
    if (!x.strong_model.empty() && x.strong_model != x.model)
      entries_.push_back(make_entry(i, x.strong_model, true));
  }
}

const catalogue& roster::models() const {
  return options_.models ? *options_.models : catalogue::built_in();
}

roster_entry roster::make_entry(size_t provider, const std::string& model,
                                bool strong) const {
  const auto& from = options_.providers[provider];
  roster_entry result;
  result.provider = provider;
  result.model = model;
  result.info = models().find(from.vendor, model);
  result.strength = strength_of(result.info, strong, from.local);
  result.last_resort = options_.fallback_provider.empty()
                         ? from.local
                         : from.name == options_.fallback_provider;
  return result;
}

std::optional<size_t> roster::find(std::string_view provider) const {
  for (size_t i = 0; i < options_.providers.size(); ++i)
    if (options_.providers[i].name == provider)
      return i;
  return std::nullopt;
}

const roster_entry* roster::strongest() const {
  const roster_entry* result = nullptr;
  for (const auto& x : entries_)
    if (!result || x.strength > result->strength)
      result = &x;
  return result;
}

bool roster::allows(const routable_provider& x,
                    const std::string& model) const {
  return x.models.empty() || model == x.model || model == x.strong_model
         || contains(x.models, model);
}

// -- names --------------------------------------------------------------------

caf::expected<model_wish> roster::understand(const std::string& given,
                                             int complexity) const {
  auto name = given.empty() || given == "auto" ? options_.default_model : given;
  model_wish result;
  result.text = name;
  if (name.empty() || name == "auto")
    return result;
  for (const auto& [profile, how] : profiles)
    if (name == profile) {
      result.how = how;
      return result;
    }
  result.how = model_wish::mode::named;
  if (auto i = find(name)) {
    for (const auto& x : entries_)
      if (x.provider == *i)
        result.wanted.push_back(x);
    // The default model first, the strongest for what is hard.
    if (complexity >= 9)
      std::reverse(result.wanted.begin(), result.wanted.end());
    if (!result.wanted.empty())
      return result;
    return make_error(ec::not_found, "provider " + in_quotes(name)
                                       + " has no default model: ask for "
                                       + name + "/MODEL, or set providers."
                                       + name + ".model");
  }
  if (auto slash = name.find('/'); slash != std::string::npos)
    if (auto i = find(std::string_view{name}.substr(0, slash));
        i && slash + 1 < name.size())
      return of_provider(*i, name.substr(slash + 1));
  // A model's name: whoever has it.
  auto info = models().find({}, name);
  for (size_t i = 0; i < options_.providers.size(); ++i) {
    const auto& x = options_.providers[i];
    auto listed =
      name == x.model || name == x.strong_model || contains(x.models, name);
    if (!listed && !(info.known && info.vendor == x.vendor))
      continue;
    if (allows(x, name)) {
      result.wanted.push_back(make_entry(i, name, name == x.strong_model));
      continue;
    }
    candidate no;
    no.provider = x.name;
    no.model = name;
    no.tier = 1;
    no.passed_over =
      name + " is not allowed: add it to providers." + x.name + ".models";
    result.refused.push_back(std::move(no));
  }
  if (!result.wanted.empty())
    return result;
  if (!result.refused.empty())
    return make_error(ec::not_found, result.refused.front().passed_over);
  if (info.known)
    return make_error(ec::not_found, "no configured provider offers "
                                       + in_quotes(name)
                                       + ": configure one for the vendor "
                                       + info.vendor + ", or ask for auto");
  return unknown(name);
}

caf::expected<model_wish> roster::of_provider(size_t provider,
                                              const std::string& model) const {
  const auto& x = options_.providers[provider];
  if (!allows(x, model)) {
    auto names = x.models;
    for (const auto& own : {x.strong_model, x.model})
      if (!own.empty() && !contains(names, own))
        names.insert(names.begin(), own);
    auto near = nearest_names(model, names);
    return make_error(ec::not_found,
                      x.name + " has no model " + in_quotes(model) + " here; "
                        + (near.empty()
                             ? "it has " + join(names, ", ")
                             : "did you mean " + join(near, ", ") + "?")
                        + " Others go into providers." + x.name + ".models.");
  }
  model_wish result;
  result.how = model_wish::mode::named;
  result.text = x.name + "/" + model;
  result.wanted.push_back(make_entry(provider, model, model == x.strong_model));
  return result;
}

caf::error roster::unknown(const std::string& name) const {
  std::vector<std::string> names{"auto"};
  for (const auto& [profile, how] : profiles)
    names.emplace_back(profile);
  for (const auto& x : options_.providers)
    names.push_back(x.name);
  for (const auto& x : entries_) {
    names.push_back(x.model);
    names.push_back(provider_of(x).name + "/" + x.model);
  }
  for (const auto& x : options_.providers) {
    names.insert(names.end(), x.models.begin(), x.models.end());
    for (const auto& known : models().models())
      if (known.vendor == x.vendor)
        names.push_back(known.name);
  }
  auto near = nearest_names(name, names);
  auto text = "unknown model " + in_quotes(name.substr(0, 100));
  text += near.empty() ? "." : "; did you mean " + join(near, ", ") + "?";
  return make_error(ec::not_found,
                    text
                      + " A model is auto, auto:cheap, auto:best, auto:fast, "
                        "auto:local-only, a provider, PROVIDER/MODEL, or a "
                        "catalogue name.");
}

std::vector<std::string> nearest_names(std::string_view name,
                                       const std::vector<std::string>& names,
                                       size_t count) {
  std::vector<std::pair<size_t, std::string>> found;
  if (name.size() > 100)
    return {};
  for (const auto& x : names) {
    auto distance = edit_distance(name, x);
    if (distance <= std::max<size_t>(2, name.size() / 3))
      found.emplace_back(distance, x);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> result;
  for (auto& [distance, x] : found)
    if (result.size() < count && !contains(result, x))
      result.push_back(std::move(x));
  return result;
}

} // namespace smart_agents
