#include "actors/router/router_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace smart_agents {

namespace embedded {

extern const std::string_view router_model_weights;

} // namespace embedded

namespace {

constexpr std::string_view magic = "smart-agents router model 1 ";

/// Takes plain values off the front of a file; little-endian, as all machines
/// that we build for.
class reader {
public:
  explicit reader(std::string_view left) : left_{left} {}

  template <class T>
  bool take(T* to, size_t count) {
    auto size = count * sizeof(T);
    if (left_.size() < size)
      return false;
    std::memcpy(to, left_.data(), size);
    left_.remove_prefix(size);
    return true;
  }

  bool done() const {
    return left_.empty();
  }

private:
  std::string_view left_;
};

} // namespace

caf::expected<router_model> router_model::parse(std::string_view file) {
  auto wrong = [] {
    return make_error(ec::bad_input,
                      "the router's weights are of another version: train them "
                      "again with scripts/train-router");
  };
  auto line = file.substr(0, file.find('\n'));
  if (line.substr(0, magic.size()) != magic || line.size() == file.size())
    return wrong();
  router_model result;
  result.version_ = line;
  reader in{file.substr(line.size() + 1)};
  std::array<uint32_t, 2> sizes{};
  if (!in.take(sizes.data(), 2) || sizes[0] != prompt_features::count
      || sizes[1] != prompt_scan::buckets)
    return wrong();
  result.dense_.resize(sizes[0]);
  result.grams_.resize(sizes[1]);
  if (!in.take(result.scales_.data(), prompt_kinds)
      || !in.take(result.prior_.data(), 7) || !in.take(&result.type_step_, 1)
      || !in.take(&result.need_step_, 1)
      || !in.take(result.dense_.data(), sizes[0])
      || !in.take(result.grams_.data(), sizes[1]) || !in.done())
    return wrong();
  return result;
}

const router_model& router_model::built_in() {
  static const auto model = [] {
    auto result = parse(embedded::router_model_weights);
    if (!result)
      throw std::runtime_error{render(result.error())};
    return std::move(*result);
  }();
  return model;
}

model_verdict router_model::judge(const prompt_scan& seen,
                                  const prompt_features& x) const {
  model_verdict result;
  result.kind = seen.choices >= 3 ? prompt_kind::choice : prompt_kind::other;
  auto kind = static_cast<size_t>(result.kind);
  std::array<float, 7 + prompt_kinds> sums{};
  for (size_t i = 0; i < dense_.size(); ++i)
    if (auto value = x.values()[i]; value != 0)
      for (size_t k = 0; k < sums.size(); ++k)
        sums[k] += value * dense_[i][k];
  std::array<int32_t, 7 + prompt_kinds> counts{};
  for (auto bucket : seen.grams())
    for (size_t k = 0; k < counts.size(); ++k)
      counts[k] += grams_[bucket][k];
  auto share =
    1 / std::sqrt(std::max(static_cast<float>(seen.grams().size()), 1.0F));
  for (size_t k = 0; k < sums.size(); ++k)
    sums[k] +=
      static_cast<float>(counts[k]) * share * (k < 7 ? type_step_ : need_step_);
  auto highest = *std::max_element(sums.begin(), sums.begin() + 7);
  float total = 0;
  for (size_t k = 0; k < 7; ++k)
    total += result.types[k] = std::exp(sums[k] - highest);
  for (auto& p : result.types)
    p /= total;
  const auto& scale = scales_[kind];
  result.hardness = (sums[7 + kind] - scale.mean) / scale.spread;
  result.need = scale.base + scale.slope * result.hardness;
  if (result.kind == prompt_kind::other)
    for (size_t k = 0; k < 7; ++k)
      result.need += prior_[k] * result.types[k];
  // Monotone, so that the order of prompts survives the ends of the scale.
  result.need = 0.5F + std::tanh(2 * (result.need - 0.5F)) / 2;
  return result;
}

std::vector<std::pair<size_t, float>>
router_model::hardest_features(const model_verdict& what,
                               const prompt_features& x, size_t count) const {
  auto kind = static_cast<size_t>(what.kind);
  std::vector<std::pair<size_t, float>> result;
  for (size_t i = 1; i < dense_.size(); ++i)
    if (auto moved = x.values()[i] * dense_[i][7 + kind] / scales_[kind].spread;
        std::abs(moved) >= 0.1F)
      result.emplace_back(i, moved);
  auto stronger = [](const auto& a, const auto& b) {
    return std::abs(a.second) > std::abs(b.second);
  };
  count = std::min(count, result.size());
  std::partial_sort(result.begin(),
                    result.begin() + static_cast<std::ptrdiff_t>(count),
                    result.end(), stronger);
  result.resize(count);
  return result;
}

} // namespace smart_agents
