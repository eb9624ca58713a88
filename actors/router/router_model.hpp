#pragma once

#include "actors/router/likeness.hpp"
#include "actors/router/prompt_features.hpp"
#include "messages/error.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smart_agents {

/// The kinds of prompts that are judged by weights of their own.
enum class prompt_kind : uint8_t {
  /// A question with answers to choose from.
  choice,
  /// Mathematics that is written in formulas.
  formulas,
  /// A text with numbers in it.
  word_problem,
  open,
};

constexpr size_t prompt_kinds = 4;

/// What the trained model says of a prompt.
struct model_verdict {
  prompt_kind kind = prompt_kind::open;
  /// How likely each task type is; they add up to 1.
  std::array<float, 7> types{};
  /// How much a strong model is expected to gain over a weak one, 0-1; grows
  /// with the difficulty.
  float need = 0;
  /// How hard among prompts of its kind: 0 as most, of the order of 1.
  float hardness = 0;
};

/// The model of docs/ROUTER_MODEL.md: linear in the prompt's features and
/// n-grams, and moved by what is known of the prompts that it is like.
/// Immutable.
class router_model {
public:
  /// What the trainer wrote; the file has to outlive the model. Fails with
  /// `ec::bad_input` when it is of another version or size.
  static caf::expected<router_model> parse(std::string_view file);

  /// The one in the binary.
  static const router_model& built_in();

  /// Deterministic; costs about a microsecond for a kilobyte of text.
  model_verdict judge(const prompt_scan& seen, const prompt_features& x) const;

  /// The features that moved the hardness the most, the strongest first.
  std::vector<std::pair<size_t, float>>
  hardest_features(const model_verdict& what, const prompt_features& x,
                   size_t count) const;

  /// The file's first line.
  const std::string& version() const {
    return version_;
  }

private:
  /// Linear models in the file.
  static constexpr size_t heads = 7 + prompt_kinds;

  /// How much the sources of the training prompts have to say of a prompt:
  /// together, and each; an unknown source leaves them next to nothing.
  struct sources_recalled {
    float say = 0;
    std::array<float, 32> share{};
  };

  struct kind_scale {
    float mean = 0;
    float spread = 1;
    float base = 0;
    float slope = 0;
  };

  std::string version_;
  std::array<kind_scale, prompt_kinds> scales_{};
  /// How much a type adds to the need of a prompt without choices and formulas.
  std::array<float, 7> prior_{};
  /// What a 1 in the bytes of types and of needs is worth.
  std::array<float, 2> steps_{};
  /// How alike a prompt has to be to those of a source until what is known of
  /// the source has half of the say, and how fast that grows.
  std::array<float, 2> alike_{};
  /// Sources of the training prompts, by type; and each one's type.
  likeness<32> sources_;
  std::array<float, 32> source_types_{};
  /// Which of them is MATH.
  uint32_t maths_ = 0;
  /// Subjects of questions with choices; and what each adds to the need.
  likeness<64> subjects_;
  std::array<float, 64> subject_needs_{};
  /// By feature: weights for each type, then for each kind's need.
  std::vector<std::array<float, heads>> dense_;
  /// By kind and bucket: the weights of each type, then of the kind's need, a
  /// byte each with 128 added, so that rows are summed eight bytes at a time.
  std::array<std::vector<uint64_t>, prompt_kinds> grams_;

  std::array<int32_t, 8> sum_grams(const prompt_scan& seen, size_t kind) const;
  sources_recalled recall_sources(const prompt_scan& seen,
                                  const prompt_features& x) const;
};

} // namespace smart_agents
