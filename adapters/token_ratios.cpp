#include "adapters/token_ratios.hpp"

#include "adapters/kept_json.hpp"
#include "adapters/model_key.hpp"

#include <algorithm>
#include <cmath>

namespace smart_agents {

namespace {

namespace json = boost::json;

/// What `estimate_input` adds on purpose, and the ratio leaves in.
constexpr double headroom = 1.1;

/// Weights of the newest answer in the mean, once there are some.
constexpr double rising = 0.3;
constexpr double falling = 0.1;

/// Weight of an answer that lay within what was expected.
constexpr double slackening = 0.02;

/// Below this many tokens fixed overheads outweigh the text.
constexpr uint64_t least_sample = 50;

/// Beyond these no tokenizer is at work.
constexpr double implausibly_few = 0.25;
constexpr double implausibly_many = 8;

kept_json file_at(const std::string& path) {
  return {path, "what was learned of token counts"};
}

} // namespace

void token_ratios::learn(std::string_view provider, std::string_view model,
                         uint64_t estimated, uint64_t reported) {
  if (estimated == 0 || reported < least_sample)
    return;
  model_key key{provider, model};
  std::lock_guard guard{mutex_};
  auto i = all_.find(key.view());
  auto before = i == all_.end() ? 1.0 : i->second.ratio;
  auto seen = static_cast<double>(reported) * headroom
              / static_cast<double>(estimated) * before;
  if (seen < implausibly_few || seen > implausibly_many)
    return;
  if (i == all_.end()) {
    if (all_.size() >= max_models)
      return;
    i = all_.emplace(key.str(), entry{}).first;
  }
  auto& x = i->second;
  ++x.samples;
  // The mean holds the headroom, the answer itself does not.
  auto beyond = std::max(seen / before - 1, 0.0);
  x.spread =
    beyond > x.spread ? beyond : x.spread + slackening * (beyond - x.spread);
  auto weight = std::max(seen > before ? rising : falling,
                         1.0 / static_cast<double>(x.samples + 1));
  x.ratio = std::clamp(before + weight * (seen - before), least, most);
  x.fresh = true;
}

double token_ratios::of(std::string_view provider,
                        std::string_view model) const {
  model_key key{provider, model};
  std::lock_guard guard{mutex_};
  auto i = all_.find(key.view());
  return i == all_.end() ? 1 : i->second.ratio;
}

uint64_t token_ratios::scaled(std::string_view provider, std::string_view model,
                              uint64_t estimated) const {
  return static_cast<uint64_t>(
    std::llround(static_cast<double>(estimated) * of(provider, model)));
}

uint64_t token_ratios::at_most(std::string_view provider,
                               std::string_view model, uint64_t scaled) const {
  auto spread = unknown_spread;
  {
    model_key key{provider, model};
    std::lock_guard guard{mutex_};
    if (auto i = all_.find(key.view()); i != all_.end())
      spread = i->second.spread;
  }
  return static_cast<uint64_t>(std::ceil(
    static_cast<double>(scaled) * std::max(1.0, (1 + spread) / headroom)));
}

caf::error token_ratios::read(const std::string& path, table& out) {
  auto object = file_at(path).read();
  if (!object)
    return std::move(object.error());
  json::error_code error;
  for (const auto& [name, value] : *object) {
    const auto* fields = value.if_object();
    const auto* ratio = fields ? fields->if_contains("ratio") : nullptr;
    const auto* samples = fields ? fields->if_contains("samples") : nullptr;
    if (!ratio || !ratio->is_number() || !samples || !samples->is_number()
        || out.size() >= max_models)
      continue;
    entry x;
    x.ratio = ratio->to_number<double>(error);
    if (error || !std::isfinite(x.ratio))
      continue;
    x.ratio = std::clamp(x.ratio, least, most);
    x.samples = samples->to_number<uint64_t>(error);
    if (const auto* spread = fields->if_contains("spread");
        !error && spread && spread->is_number())
      x.spread = std::clamp(spread->to_number<double>(), 0.0, most);
    if (!error)
      out.insert_or_assign(std::string{name}, x);
  }
  return {};
}

caf::error token_ratios::load(const std::string& path) {
  table found;
  if (auto bad = read(path, found))
    return bad;
  std::lock_guard guard{mutex_};
  all_.merge(found);
  return {};
}

caf::error token_ratios::save(const std::string& path) {
  std::lock_guard guard{mutex_};
  auto fresh = [](const auto& x) { return x.second.fresh; };
  if (std::none_of(all_.begin(), all_.end(), fresh))
    return {};
  kept_json::turn turn{file_at(path)};
  table whole;
  // A damaged file is written anew.
  if (read(path, whole))
    whole.clear();
  json::object out;
  for (const auto& [name, x] : all_)
    if (x.fresh)
      whole.insert_or_assign(name, x);
  for (const auto& [name, x] : whole)
    out[name] = {
      {"ratio", x.ratio}, {"samples", x.samples}, {"spread", x.spread}};
  if (auto bad = file_at(path).write(out))
    return bad;
  for (auto& [name, x] : all_)
    x.fresh = false;
  return {};
}

} // namespace smart_agents
