#include "actors/router/analysis.hpp"

#include "actors/router/router_model.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <utility>

namespace smart_agents {

namespace {

using enum task_type;

/// Most features that are told.
constexpr size_t max_features = 6;

/// A feature, with how much it moved the verdict; put into words only when it
/// is told.
struct reason {
  enum class kind : uint8_t { word, sign, sure, measure };
  double strength = 0;
  kind what = kind::sign;
  /// What it speaks for; unset for the complexity.
  std::optional<task_type> of;
  /// Of a sign: its words. Of a measure: `harder` or `easier`.
  std::string_view text;
  /// Of a word: its lexeme. Of a measure: its place. Else a percentage.
  size_t number = 0;
};

std::string words_of(const reason& x) {
  auto result = x.of ? to_string(*x.of) : std::string{"complexity"};
  result += ": ";
  switch (x.what) {
  case reason::kind::word:
    result.append("\"").append(lexicon()[x.number].text).append("\"");
    break;
  case reason::kind::sign: result += x.text; break;
  case reason::kind::sure:
    result += "the model is " + std::to_string(x.number) + " % sure";
    break;
  case reason::kind::measure:
    result.append(x.text).append(" by ").append(
      prompt_features::name_of(x.number));
  }
  return result;
}

/// The strongest reasons; of two that are alike, the earlier.
class reasons {
public:
  void add(reason x) {
    x.strength = std::abs(x.strength);
    auto at = count_;
    while (at > 0 && all_[at - 1].strength < x.strength)
      --at;
    if (at == max_features)
      return;
    count_ = std::min(count_ + 1, max_features);
    std::move_backward(all_.begin() + static_cast<std::ptrdiff_t>(at),
                       all_.begin() + static_cast<std::ptrdiff_t>(count_ - 1),
                       all_.begin() + static_cast<std::ptrdiff_t>(count_));
    all_[at] = x;
  }

  std::vector<std::string> told() const {
    std::vector<std::string> result;
    result.reserve(count_);
    for (size_t i = 0; i < count_; ++i)
      result.push_back(words_of(all_[i]));
    return result;
  }

private:
  std::array<reason, max_features> all_;
  size_t count_ = 0;
};

/// Longer ones are no plain questions.
constexpr size_t longest_question = 400;

/// True for an English question (it ends as one) that speaks neither of who
/// asks, nor of who is asked, nor of a thing at hand: "How do cameras focus?"
/// wants to know something, while "Can you describe my picture?" wants
/// something done.
bool is_general_question(std::string_view text) {
  // Not "was" and "will", which begin German ones.
  static constexpr std::array<std::string_view, 19> openings{
    "are",   "can", "could", "did",    "do",   "does", "how",
    "is",    "may", "must",  "should", "what", "when", "where",
    "which", "who", "whose", "why",    "would"};
  static constexpr std::array<std::string_view, 12> present{
    "i",   "me",   "my",  "we",     "us",   "our",
    "you", "your", "let", "please", "this", "these"};
  if (text.size() > longest_question)
    return false;
  auto among = [](const auto& words, std::string_view x) {
    return std::find(words.begin(), words.end(), x) != words.end();
  };
  std::string word;
  auto first = true;
  for (char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (word.empty())
      continue;
    if (among(present, word)
        || (std::exchange(first, false) && !among(openings, word)))
      return false;
    word.clear();
  }
  return true;
}

class judge {
public:
  judge(const chat_request& request, std::string_view prompt,
        const prompt_scan& seen)
    : request_{request}, prompt_{prompt}, seen_{seen}, features_{seen},
      learned_{router_model::built_in().judge(seen, features_)} {}

  analysis verdict() {
    weigh_words();
    weigh_shape();
    analysis result;
    result.type = kind();
    result.complexity = complexity(result.type);
    result.need = learned_.need;
    result.features = reasons_.told();
    return result;
  }

private:
  /// What makes it hard.
  void say(double strength, std::string_view what) {
    reasons_.add({strength, reason::kind::sign, std::nullopt, what});
  }

  void speak_for(task_type type, double weight, std::string_view what) {
    reasons_.add({weight, reason::kind::sign, type, what});
  }

  void weigh_words() {
    auto words = lexicon();
    seen_.for_each_hit([&](size_t id) {
      const auto& x = words[id];
      // Repeating oneself says less and less.
      auto hits = seen_.hits(id);
      auto times = hits == 1 ? 1.0 : hits == 2 ? 1.5 : 1.8;
      hardness_ += x.complexity * std::min(times, 1.5);
      auto moved =
        std::max(x.weight * times, static_cast<double>(std::abs(x.complexity)));
      if (moved >= 0.5)
        reasons_.add({moved,
                      reason::kind::word,
                      x.weight > 0 ? std::optional{x.type} : std::nullopt,
                      {},
                      id});
    });
    for (auto modality : {image, audio, video})
      if (seen_.asked_to_make[static_cast<size_t>(modality)])
        speak_for(modality, 3, "asks to make one");
  }

  void weigh_shape() {
    if (seen_.fences > 0)
      speak_for(code, 4, "code fence");
    auto symbols = per_hundred(seen_.code_symbols);
    if (symbols > 2.5 && seen_.code_lines >= 2)
      speak_for(code, std::min(symbols, 5.0), "looks like code");
    if (seen_.code_begins > 0)
      speak_for(code, seen_.code_begins > 1 ? 4 : 2.5, "lines of code");
    if (seen_.latex >= 2 + 2 * seen_.money)
      speak_for(reasoning, 3, "formulas");
    else if (seen_.operators >= 2 && seen_.numbers >= 3 && seen_.code_lines < 2)
      speak_for(reasoning, 1.5, "arithmetic");
    if (seen_.numbers >= 3 && seen_.questions > 0 && seen_.words >= 20)
      speak_for(reasoning, 1.2, "numbers and a question");
    if (seen_.choices >= 3 && seen_.code_lines < 3)
      speak_for(reasoning, 1, "multiple choice");
  }

  task_type kind() {
    if (auto by_media = attached())
      return *by_media;
    auto best = text;
    for (auto x : {code, reasoning, creative, image, audio, video})
      if (likely(x) > likely(best))
        best = x;
    if (is_media(best) && !seen_.asked_to_make[static_cast<size_t>(best)]
        && seen_.ends_in_question && seen_.sentences == 1
        && is_general_question(prompt_)) {
      speak_for(text, 1, "a question about it in general");
      return text;
    }
    if (!foreign())
      reasons_.add({likely(best),
                    reason::kind::sure,
                    best,
                    {},
                    static_cast<size_t>(std::lround(100 * likely(best)))});
    // Two numbers and a question mark are no reasoning.
    if (best == reasoning && seen_.words < 8 && seen_.latex < 2
        && seen_.operators < 4 && features_.points(reasoning) < 3.5F)
      best = text;
    return best;
  }

  static bool is_media(task_type x) {
    return x == image || x == audio || x == video;
  }

  /// The model's word, but where most letters are none that it knows: there
  /// the rules, which look at the shape, are all there is.
  float likely(task_type x) const {
    return foreign() ? features_.points(x)
                     : learned_.types[static_cast<size_t>(x)];
  }

  bool foreign() const {
    return seen_.foreign > 2 * seen_.letters;
  }

  /// Attachments settle the modality outright. A document is text.
  std::optional<task_type> attached() {
    bool has[3] = {};
    for (const auto& turn : request_.messages)
      for (const auto& x : turn.parts)
        if (const auto* media = std::get_if<media_part>(&x)) {
          has[0] |= media->what == media_part::kind::video;
          has[1] |= media->what == media_part::kind::audio;
          has[2] |= media->what == media_part::kind::image;
        }
    constexpr std::array kinds{video, audio, image};
    for (size_t i = 0; i < kinds.size(); ++i)
      if (has[i]) {
        speak_for(kinds[i], 100, "attached");
        return kinds[i];
      }
    return std::nullopt;
  }

  int complexity(task_type type) {
    static constexpr std::array<double, 7> base{2.0, 3.2, 3.8, 3.0,
                                                3.0, 3.0, 3.5};
    auto x = base[static_cast<size_t>(type)];
    auto words = static_cast<double>(seen_.words) * seen_.scale
                 + static_cast<double>(seen_.foreign) * seen_.scale / 3;
    // One step for every fourfold of ten words.
    auto length =
      std::clamp(std::log2(std::max(words, 1.0) / 10) / 2, -1.0, 3.0);
    x += length;
    if (std::abs(length) >= 0.7)
      say(length, length > 0 ? "long" : "short");
    // Many weak hints are no proof of a hard task: they add up ever slower.
    auto hard = hardness_ > 0 ? 8 * (1 - std::exp(-hardness_ / 8))
                              : std::max(hardness_, -2.0);
    x += hard;
    auto limits = std::min(static_cast<double>(seen_.items) * 0.15, 1.5);
    x += limits;
    if (limits >= 0.6)
      say(limits, "a list of demands");
    if (seen_.latex >= 2) {
      auto math = std::min(0.5 + 0.06 * static_cast<double>(seen_.latex), 2.0);
      x += math;
      say(math, "formulas");
    }
    if (seen_.questions > 2)
      x += 0.5;
    if (seen_.fences > 0)
      x += 0.7;
    if (auto turns = request_.messages.size(); turns > 4)
      x += std::min(static_cast<double>(turns) / 20, 1.0);
    if (!request_.tools.empty())
      x += 0.5;
    x = by_labels(x, type);
    return static_cast<int>(std::lround(std::clamp(x, 1.0, 10.0)));
  }

  /// Where there were labels of difficulty to learn from, the model's word
  /// counts as much as the rules' or more.
  double by_labels(double x, task_type type) {
    auto hard = std::clamp(static_cast<double>(learned_.hardness), -2.5, 2.5);
    auto before = x;
    if (learned_.kind == prompt_kind::choice)
      x = 4.5 + 1.3 * hard;
    else if (type == reasoning)
      x = 0.5 * x + 0.5 * (5 + 1.8 * hard);
    else
      x += std::clamp(0.3 * hard, -0.2, 0.75);
    if (std::abs(x - before) >= 0.4)
      for (auto [place, moved] :
           router_model::built_in().hardest_features(learned_, features_, 2))
        reasons_.add({moved, reason::kind::measure, std::nullopt,
                      moved > 0 ? "harder" : "easier", place});
    return x;
  }

  double per_hundred(size_t count) const {
    return 100.0 * static_cast<double>(count)
           / static_cast<double>(std::max<size_t>(seen_.bytes, 1));
  }

  const chat_request& request_;
  std::string_view prompt_;
  const prompt_scan& seen_;
  prompt_features features_;
  model_verdict learned_;
  double hardness_ = 0;
  reasons reasons_;
};

/// The text of a turn that counts: its longest text part.
std::string_view text_in(const message& turn) {
  std::string_view result;
  for (const auto& x : turn.parts)
    if (const auto* part = std::get_if<text_part>(&x))
      if (part->text.size() > result.size())
        result = part->text;
  return result;
}

/// The last thing that the user said.
std::string_view last_word(const chat_request& request) {
  for (auto i = request.messages.rbegin(); i != request.messages.rend(); ++i)
    if (i->from == role::user)
      if (auto result = text_in(*i); !result.empty())
        return result;
  return {};
}

} // namespace

analysis analyse(const chat_request& request) {
  auto prompt = last_word(request);
  prompt_scan seen;
  seen.read(prompt);
  return judge{request, prompt, seen}.verdict();
}

} // namespace smart_agents
