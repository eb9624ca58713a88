#include "actors/router/router_model.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace smart_agents {

namespace embedded {

extern const std::string_view router_model_weights;

} // namespace embedded

namespace {

constexpr std::string_view magic = "smart-agents router model 5 ";

constexpr size_t few_words = 4;

prompt_kind kind_of(const prompt_scan& seen) {
  if (seen.choices >= 3)
    return prompt_kind::choice;
  if (seen.latex >= 2 + 2 * seen.money)
    return prompt_kind::formulas;
  return seen.numbers >= 2 ? prompt_kind::word_problem : prompt_kind::open;
}

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
  plain_reader in{file.substr(line.size() + 1)};
  std::array<uint32_t, 2> sizes{};
  if (!in.take(sizes.data(), 2) || sizes[0] != prompt_features::count
      || sizes[1] != prompt_scan::buckets)
    return wrong();
  result.dense_.resize(sizes[0]);
  std::vector<std::array<int8_t, heads>> rows(sizes[1]);
  if (!in.take(result.scales_.data(), prompt_kinds)
      || !in.take(result.prior_.data(), 7) || !in.take(result.steps_.data(), 2)
      || !in.take(result.alike_.data(), 2)
      || !in.take(result.dense_.data(), sizes[0])
      || !in.take(rows.data(), sizes[1]) || !result.sources_.read(in)
      || !in.take(result.source_types_.data(), 32)
      || !in.take(&result.maths_, 1) || !result.subjects_.read(in)
      || !in.take(result.subject_needs_.data(), 64) || !in.done())
    return wrong();
  for (auto type : result.source_types_)
    if (!(type >= 0 && type < 7))
      return wrong();
  if (result.maths_ >= result.source_types_.size())
    return wrong();
  for (size_t kind = 0; kind < prompt_kinds; ++kind) {
    auto& packed = result.grams_[kind];
    packed.reserve(rows.size());
    for (const auto& x : rows) {
      uint64_t word = 0;
      for (size_t k = 0; k < 8; ++k)
        word |= static_cast<uint64_t>(x[k < 7 ? k : 7 + kind] + 128) << 8 * k;
      packed.push_back(word);
    }
  }
  return result;
}

std::array<int32_t, 8> router_model::sum_grams(const prompt_scan& seen,
                                               size_t kind) const {
  // Every other byte has room for the sum of 257.
  constexpr uint64_t lanes = 0x00FF00FF00FF00FFu;
  constexpr size_t at_once = 256;
  const auto& rows = grams_[kind];
  std::array<int32_t, 8> result{};
  auto left = seen.grams();
  while (!left.empty()) {
    auto now = left.first(std::min(left.size(), at_once));
    left = left.subspan(now.size());
    uint64_t even = 0;
    uint64_t odd = 0;
    for (auto bucket : now) {
      even += rows[bucket] & lanes;
      odd += rows[bucket] >> 8 & lanes;
    }
    auto base = 128 * static_cast<int32_t>(now.size());
    for (size_t k = 0; k < 8; ++k) {
      auto sum = (k % 2 == 0 ? even : odd) >> 16 * (k / 2) & 0xFFFF;
      result[k] += static_cast<int32_t>(sum) - base;
    }
  }
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
  result.kind = kind_of(seen);
  auto kind = static_cast<size_t>(result.kind);
  std::array<float, heads> sums{};
  for (size_t i = 0; i < dense_.size(); ++i)
    if (auto value = x.values()[i]; value != 0)
      for (size_t k = 0; k < sums.size(); ++k)
        sums[k] += value * dense_[i][k];
  auto counts = sum_grams(seen, kind);
  auto share =
    1 / std::sqrt(std::max(static_cast<float>(seen.grams().size()), 1.0F));
  auto worth = [&](int32_t count, size_t of) {
    return static_cast<float>(count) * share * steps_[of < 7 ? 0 : 1];
  };
  for (size_t k = 0; k < 7; ++k)
    sums[k] += worth(counts[k], k);
  sums[7 + kind] += worth(counts[7], 7 + kind);
  if (result.kind == prompt_kind::choice)
    sums[7 + kind] += subjects_.of(seen, x).mean_of(subject_needs_);
  auto highest = *std::max_element(sums.begin(), sums.begin() + 7);
  float total = 0;
  for (size_t k = 0; k < 7; ++k)
    total += result.types[k] = std::exp(sums[k] - highest);
  for (auto& p : result.types)
    p /= total;
  const auto& scale = scales_[kind];
  result.hardness = (sums[7 + kind] - scale.mean) / scale.spread;
  result.need = scale.base + scale.slope * result.hardness;
  if (result.kind == prompt_kind::word_problem
      || result.kind == prompt_kind::open) {
    // Squared: what is likely counts almost alone.
    float gain = 0;
    float all = 0;
    for (size_t k = 0; k < 7; ++k) {
      gain += prior_[k] * result.types[k] * result.types[k];
      all += result.types[k] * result.types[k];
    }
    gain /= all;
    // A text with numbers that ends in a question is to be reckoned out.
    if (result.kind == prompt_kind::word_problem && seen.ends_in_question
        && x.values()[prompt_features::short_question] < 0.5F)
      gain = prior_[static_cast<size_t>(task_type::reasoning)];
    result.need += gain;
  }
  auto recalled = recall_sources(seen, x);
  // What is like MATH is ordered as its formulas are, though it has none.
  if (auto maths = recalled.share[maths_];
      maths > 0.001F && result.kind > prompt_kind::formulas) {
    constexpr auto formulas = static_cast<size_t>(prompt_kind::formulas);
    auto sum =
      sums[7 + formulas] + worth(sum_grams(seen, formulas)[7], 7 + formulas);
    const auto& theirs = scales_[formulas];
    auto hard = (sum - theirs.mean) / theirs.spread;
    result.hardness += maths * (hard - result.hardness);
    result.need += maths * (theirs.base + theirs.slope * hard - result.need);
  }
  // Monotone, so that the order of prompts survives the ends of the scale; as
  // steep as makes it the gain that was seen (calibration in evaluate.py).
  result.need = 0.5F + std::tanh(2.75F * (result.need - 0.5F)) / 2;
  // Types as the sources have them that the prompt is like.
  for (auto& p : result.types)
    p *= 1 - recalled.say;
  for (size_t i = 0; i < recalled.share.size(); ++i)
    result.types[static_cast<size_t>(source_types_[i])] += recalled.share[i];
  return result;
}

router_model::sources_recalled
router_model::recall_sources(const prompt_scan& seen,
                             const prompt_features& x) const {
  sources_recalled result;
  // A few words are like anything.
  if (seen.words < few_words)
    return result;
  auto alike = sources_.of(seen, x);
  result.say = 1 / (1 + std::exp(-alike_[1] * (alike.highest - alike_[0])));
  result.share = alike.share;
  for (auto& share : result.share)
    share *= result.say;
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
