#include "actors/router/likeness.hpp"

#include "actors/router/router_model.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>
#include <string>

namespace smart_agents {

namespace {

/// Adds values as they are in memory.
template <class T>
void put(std::string& to, const T& x) {
  to.append(reinterpret_cast<const char*>(&x), sizeof x);
}

/// Weights as scripts/router/likeness.py writes them, made up.
template <size_t Width>
struct weights {
  uint32_t groups = 2;
  float step = 0.5F;
  std::vector<std::array<float, Width>> features{prompt_features::count};
  std::string rarity = std::string(prompt_scan::buckets, '\0');
  std::string grams = std::string(prompt_scan::buckets * Width, '\0');

  std::string file() const {
    std::string result;
    put(result, groups);
    put(result, step);
    for (const auto& row : features)
      put(result, row);
    return result + rarity + grams;
  }

  /// Every n-gram of a text speaks for a group.
  weights& know(const std::string& text, size_t group, signed char weight) {
    prompt_scan seen;
    seen.read(text);
    for (auto bucket : seen.grams()) {
      rarity[bucket] = 3;
      grams[bucket * Width + group] = std::bit_cast<char>(weight);
    }
    return *this;
  }
};

const std::string birds = "herons wade where reeds whisper";
const std::string tides = "currents drag buoys past harbours";

constexpr size_t width = 4;
using four = weights<width>;
using verdict = likeness<width>::verdict;

/// What a prompt is like, by weights of which nothing may be left over.
verdict like(const four& of, const std::string& prompt) {
  auto file = of.file();
  plain_reader in{file};
  likeness<width> model;
  EXPECT_TRUE(model.read(in));
  EXPECT_TRUE(in.done());
  prompt_scan seen;
  seen.read(prompt);
  return model.of(seen, prompt_features{seen});
}

bool reads(std::string_view file) {
  plain_reader in{file};
  return likeness<width>{}.read(in);
}

float sum(const verdict& x) {
  return std::accumulate(x.share.begin(), x.share.end(), 0.0F);
}

/// A model that finds all types equal, but a prompt like `birds` one of images
/// that are ordered as formulas are, which all need a strong model, when it is
/// more than half like it.
std::string gated(float type = 4, uint32_t maths = 0) {
  constexpr size_t heads = 7 + prompt_kinds;
  std::string result = "smart-agents router model 5 made up\n";
  put(result, std::array{uint32_t{prompt_features::count},
                         uint32_t{prompt_scan::buckets}});
  for (size_t kind = 0; kind < prompt_kinds; ++kind)
    put(result, std::array{0.0F, 1.0F, kind == 1 ? 1.0F : 0.0F, 0.0F});
  // What types add to the need, and the steps of bytes.
  put(result, std::array<float, 9>{});
  // Half likeness, and so steep that the gate is open or shut.
  put(result, std::array{0.5F, 1000.0F});
  result.append(heads * (prompt_features::count * 4 + prompt_scan::buckets),
                '\0');
  weights<32> sources;
  sources.groups = 1;
  result += sources.know(birds, 0, 2).file();
  std::array<float, 32> types{};
  types[0] = type;
  put(result, types);
  put(result, maths);
  return result + weights<64>{}.file() + std::string(size_t{64} * 4, '\0');
}

model_verdict judge(const std::string& prompt) {
  auto file = gated();
  auto model = router_model::parse(file);
  EXPECT_TRUE(model);
  prompt_scan seen;
  seen.read(prompt);
  auto result = model->judge(seen, prompt_features{seen});
  EXPECT_NEAR(std::accumulate(result.types.begin(), result.types.end(), 0.0F),
              1, 1e-5);
  return result;
}

float image_of(const std::string& prompt) {
  return judge(prompt).types[static_cast<size_t>(task_type::image)];
}

} // namespace

TEST(Likeness, KnowsThePromptsOfAGroup) {
  four known;
  known.know(birds, 0, 2).know(tides, 1, 2);
  auto found = like(known, birds);
  // n grams of weight 2 and rarity 3: 0.5 * 2 n / sqrt(9 n).
  prompt_scan seen;
  seen.read(birds);
  EXPECT_FLOAT_EQ(found.highest,
                  std::sqrt(static_cast<float>(seen.grams().size())) / 3);
  EXPECT_GT(found.share[0], 0.99F);
  EXPECT_GT(like(known, tides).share[1], 0.99F);
}

TEST(Likeness, SaysOfAnUnknownPromptThatItIsLikeNone) {
  auto found = like(four{}.know(birds, 0, 2), tides);
  EXPECT_EQ(found.highest, 0);
  EXPECT_FLOAT_EQ(found.share[0], found.share[1]);
}

TEST(Likeness, TakesAPromptOfNothing) {
  auto found = like(four{}.know(birds, 0, 2), "");
  EXPECT_EQ(found.highest, 0);
  EXPECT_FLOAT_EQ(sum(found), 1);
}

TEST(Likeness, CountsMeasuresBesideNGrams) {
  four known;
  // The first measure is always 1.
  known.features[0] = {0.25F, 0.75F};
  auto found = like(known, tides);
  EXPECT_FLOAT_EQ(found.highest, 0.75F);
  EXPECT_FLOAT_EQ(found.share[1] / found.share[0], std::exp(16 * 0.5F));
}

TEST(Likeness, LetsAPromptBeUnlikeAllGroups) {
  four known;
  known.know(birds, 0, -2).know(birds, 1, -1);
  auto found = like(known, birds);
  EXPECT_LT(found.highest, 0);
  EXPECT_GT(found.share[1], found.share[0]);
  EXPECT_FLOAT_EQ(sum(found), 1);
}

TEST(Likeness, GivesNothingToGroupsThatThereAreNot) {
  four known;
  known.groups = 2;
  known.features[0] = {0, 0, 1, 1};
  auto found = like(known, birds);
  EXPECT_FLOAT_EQ(found.share[0] + found.share[1], 1);
  EXPECT_EQ(found.share[2] + found.share[3], 0);
  EXPECT_EQ(found.highest, 0);
}

TEST(Likeness, LooksAtTheFirst256NGramsOnly) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += std::string{static_cast<char>('a' + i % 26)}
            + static_cast<char>('a' + i / 26) + "xq ";
  four known;
  known.know(text, 0, 127);
  prompt_scan seen;
  seen.read(text);
  ASSERT_GT(seen.grams().size(), 256u);
  // More of the largest weights would not fit in 16 bits.
  EXPECT_FLOAT_EQ(like(known, text).highest, 0.5F * 127 * 256 / 48);
  known.know(text, 0, -128);
  EXPECT_FLOAT_EQ(like(known, text).highest, 0);
  known.groups = 1;
  EXPECT_FLOAT_EQ(like(known, text).highest, -0.5F * 128 * 256 / 48);
}

TEST(Likeness, TakesTheMeanOfWhatTheGroupsAreWorth) {
  verdict half;
  half.share = {0.5F, 0.25F, 0.25F};
  EXPECT_FLOAT_EQ(half.mean_of({4, 8, -4, 100}), 3);
}

TEST(Likeness, RefusesWeightsThatAreNone) {
  auto file = four{}.file();
  EXPECT_TRUE(reads(file));
  EXPECT_FALSE(reads({}));
  for (size_t size : {1u, 4u, 8u, 1000u})
    EXPECT_FALSE(reads(std::string_view{file}.substr(0, size))) << size;
  EXPECT_FALSE(reads(std::string_view{file}.substr(0, file.size() - 1)));
}

TEST(Likeness, RefusesMoreGroupsThanItHasRoomFor) {
  four known;
  for (uint32_t groups : {0u, uint32_t{width} + 1, ~0u}) {
    known.groups = groups;
    EXPECT_FALSE(reads(known.file())) << groups;
  }
  known.groups = width;
  EXPECT_TRUE(reads(known.file()));
}

TEST(Likeness, LeavesWhatStandsBehindIt) {
  auto file = four{}.file() + "rest";
  plain_reader in{file};
  EXPECT_TRUE(likeness<width>{}.read(in));
  EXPECT_EQ(in.skip(4), "rest");
  EXPECT_TRUE(in.done());
}

TEST(LikenessGate, GivesAKnownSourceTheSayOfTypes) {
  EXPECT_FLOAT_EQ(image_of(birds), 1);
}

TEST(LikenessGate, GivesAnUnknownSourceNone) {
  EXPECT_FLOAT_EQ(image_of(tides), 1.0F / 7);
}

TEST(LikenessGate, GivesFewWordsNone) {
  // Each of its n-grams is known, but anything is like so few.
  EXPECT_FLOAT_EQ(image_of("herons wade where"), 1.0F / 7);
  EXPECT_FLOAT_EQ(image_of("herons wade where reeds"), 1);
  EXPECT_FLOAT_EQ(image_of(""), 1.0F / 7);
}

TEST(LikenessGate, OrdersWhatIsLikeMathsAsFormulas) {
  EXPECT_EQ(judge(birds).kind, prompt_kind::open);
  EXPECT_GT(judge(birds).need, 0.9F);
  EXPECT_LT(judge(tides).need, 0.1F);
  EXPECT_LT(judge("herons wade where").need, 0.1F);
}

TEST(LikenessGate, RefusesMathsThatIsNoSource) {
  EXPECT_TRUE(router_model::parse(gated(4, 31)));
  EXPECT_FALSE(router_model::parse(gated(4, 32)));
}

TEST(LikenessGate, RefusesASourceOfNoType) {
  EXPECT_TRUE(router_model::parse(gated(6)));
  for (auto type : {-1.0F, 7.0F, std::nanf("")})
    EXPECT_FALSE(router_model::parse(gated(type))) << type;
}

} // namespace smart_agents
