#pragma once

#include "actors/router/prompt_features.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace smart_agents {

/// Takes plain values off the front of a file; little-endian, as all machines
/// that we build for.
class plain_reader {
public:
  explicit plain_reader(std::string_view left) : left_{left} {}

  template <class T>
  bool take(T* to, size_t count) {
    auto bytes = skip(count * sizeof(T));
    if (bytes.data() == nullptr)
      return false;
    std::memcpy(to, bytes.data(), bytes.size());
    return true;
  }

  /// The next bytes, where they are; null when there are not so many.
  std::string_view skip(size_t size) {
    if (left_.size() < size)
      return {};
    auto result = left_.substr(0, size);
    left_.remove_prefix(size);
    return result;
  }

  bool done() const {
    return left_.empty();
  }

private:
  std::string_view left_;
};

/// Which groups of the training prompts a prompt is like: a linear score for
/// each of at most `Width` groups, from the prompt's features and its first
/// n-grams, of which the rare ones count most. Trained by
/// scripts/router/likeness.py.
template <size_t Width>
class likeness {
public:
  /// What a prompt is like.
  struct verdict {
    /// Of each group; they add up to 1.
    std::array<float, Width> share{};
    /// The highest score: about 1 for a prompt as the group has many, 0 for
    /// one that is like none.
    float highest = 0;

    float mean_of(const std::array<float, Width>& values) const {
      float result = 0;
      for (size_t i = 0; i < Width; ++i)
        result += share[i] * values[i];
      return result;
    }
  };

  /// Keeps pointing into the file.
  bool read(plain_reader& in) {
    uint32_t groups = 0;
    features_.resize(prompt_features::count);
    if (!in.take(&groups, 1) || !in.take(&step_, 1)
        || !in.take(features_.data(), features_.size()))
      return false;
    groups_ = groups;
    rarity_ = in.skip(prompt_scan::buckets);
    grams_ = in.skip(prompt_scan::buckets * Width);
    return groups_ > 0 && groups_ <= Width && rarity_.data() != nullptr
           && grams_.data() != nullptr;
  }

  verdict of(const prompt_scan& seen, const prompt_features& x) const {
    std::array<int16_t, Width> counts{};
    int rarity = 0;
    auto grams = seen.grams();
    for (auto bucket : grams.first(std::min(grams.size(), most))) {
      const auto* row = grams_.data() + bucket * Width;
      for (size_t i = 0; i < Width; ++i)
        counts[i] =
          static_cast<int16_t>(counts[i] + static_cast<signed char>(row[i]));
      auto r = static_cast<unsigned char>(rarity_[bucket]);
      rarity += r * r;
    }
    auto worth = step_ / std::sqrt(static_cast<float>(std::max(rarity, 1)));
    std::array<float, Width> scores{};
    for (size_t i = 0; i < Width; ++i)
      scores[i] = worth * static_cast<float>(counts[i]);
    for (size_t f = 0; f < features_.size(); ++f)
      if (auto value = x.values()[f]; value != 0)
        for (size_t i = 0; i < Width; ++i)
          scores[i] += value * features_[f][i];
    verdict result;
    result.highest =
      *std::max_element(scores.begin(), scores.begin() + groups_);
    float total = 0;
    for (size_t i = 0; i < groups_; ++i)
      total += result.share[i] = std::exp(sharp * (scores[i] - result.highest));
    for (auto& share : result.share)
      share /= total;
    return result;
  }

private:
  /// N-grams that are looked at, so few that bytes of them add up in 16 bits.
  static constexpr size_t most = 256;
  /// As SHARP of likeness.py.
  static constexpr float sharp = 16;

  size_t groups_ = 0;
  /// What a 1 in the bytes of n-grams is worth.
  float step_ = 0;
  std::vector<std::array<float, Width>> features_;
  /// By bucket: how rare it is; then a byte for each group.
  std::string_view rarity_;
  std::string_view grams_;
};

} // namespace smart_agents
