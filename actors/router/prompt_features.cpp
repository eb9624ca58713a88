#include "actors/router/prompt_features.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace smart_agents {

namespace {

constexpr const char* shape_names[] = {
  "always",
  "length",
  "length beyond 30 words",
  "length beyond 120 words",
  "length of words",
  "long words",
  "sentences",
  "length of sentences",
  "lines",
  "numbers",
  "share of numbers",
  "large numbers",
  "decimals",
  "money",
  "formula marks",
  "density of formula marks",
  "formula commands",
  "arithmetic signs",
  "variables",
  "share of variables",
  "a question",
  "several questions",
  "ends in a question",
  "names",
  "words in capitals",
  "commas",
  "quotation marks",
  "code fence",
  "code symbols",
  "lines like code",
  "list items",
  "answers to choose from",
  "length of the answers",
  "numeric answers",
  "other alphabets",
  "very short",
  "numbers without formulas",
  "short question",
  "lines that begin like code",
  "lines with a label",
};

static_assert(std::size(shape_names) == prompt_features::shapes);

constexpr const char* type_names[] = {
  "words of text",     "words of code",   "words of reasoning",
  "words of creation", "words of images", "words of audio",
  "words of video",
};

/// What every text has of plain text; others have to beat it.
constexpr double plain_text = 1.4;

float log1(double x) {
  return static_cast<float>(std::log1p(x));
}

float step(double x, double from, double width) {
  return static_cast<float>(std::clamp((x - from) / width, 0.0, 1.0));
}

} // namespace

prompt_features::prompt_features(const prompt_scan& seen) {
  auto n = [](size_t x) { return static_cast<double>(x); };
  auto total = std::max(n(seen.words), 1.0);
  auto all_words =
    n(seen.words) * seen.scale + n(seen.foreign) * seen.scale / 3;
  auto per_byte = 100 / std::max(n(seen.bytes), 1.0);
  auto share = [total](double x) { return static_cast<float>(x / total); };
  auto i = size_t{0};
  auto put = [this, &i](float x) { values_[i++] = x; };
  auto length = std::log2(1 + all_words);
  put(1);
  put(static_cast<float>(length / 8));
  put(static_cast<float>(std::max(length - 5, 0.0) / 4));
  put(static_cast<float>(std::max(length - 7, 0.0) / 4));
  put(static_cast<float>(n(seen.letters) / total / 6));
  put(5 * share(n(seen.long_words)));
  put(log1(n(seen.sentences)) / 2);
  put(log1(total / std::max(n(seen.sentences), 1.0)) / 4);
  put(log1(n(seen.lines)) / 3);
  put(log1(n(seen.numbers)) / 2);
  put(4 * share(n(seen.numbers)));
  put(log1(n(seen.large_numbers)) / 2);
  put(log1(n(seen.decimals)));
  put(log1(n(seen.money)));
  put(log1(n(seen.latex)) / 3);
  put(static_cast<float>(std::min(n(seen.latex) * per_byte / 8, 2.0)));
  put(log1(n(seen.commands)) / 3);
  put(log1(n(seen.operators)) / 2);
  put(log1(n(seen.variables)) / 2);
  put(4 * share(n(seen.variables)));
  put(seen.questions > 0);
  put(seen.questions > 1 ? log1(n(seen.questions)) : 0);
  put(seen.ends_in_question);
  put(4 * share(n(seen.names)));
  put(4 * share(n(seen.shouts)));
  put(log1(n(seen.commas)) / 2);
  put(log1(n(seen.quotes)) / 2);
  put(seen.fences > 0);
  put(static_cast<float>(std::min(n(seen.code_symbols) * per_byte / 5, 2.0)));
  put(log1(n(seen.code_lines)) / 2);
  put(log1(n(seen.items)) / 2);
  put(seen.choices >= 3);
  put(seen.choices >= 3 ? log1(n(seen.choice_bytes) / n(seen.choices)) / 4 : 0);
  put(seen.choices >= 3
        ? static_cast<float>(n(seen.numeric_choices) / n(seen.choices))
        : 0);
  put(static_cast<float>(
    std::min(n(seen.foreign) / std::max(n(seen.letters), 1.0), 2.0)));
  put(1 - step(total, 4, 8));
  put(seen.latex <= seen.money ? step(n(seen.numbers), 1, 4) : 0);
  put(seen.ends_in_question ? 1 - step(total, 8, 12) : 0);
  put(log1(n(seen.code_begins)) / 2);
  put(log1(n(seen.labels)) / 2);
  auto types = i;
  auto lexemes = lexicon();
  double hardness = 0;
  seen.for_each_hit([&](size_t id) {
    auto hits = seen.hits(id);
    auto times = hits == 1 ? 1.0 : hits == 2 ? 1.5 : 1.8;
    values_[types + static_cast<size_t>(lexemes[id].type)] +=
      static_cast<float>(lexemes[id].weight * times / 4);
    hardness += lexemes[id].complexity * std::min(times, 1.5);
  });
  auto speak_for = [this, types](task_type x, double weight) {
    values_[types + static_cast<size_t>(x)] += static_cast<float>(weight / 4);
  };
  speak_for(task_type::text, plain_text);
  for (auto x : {task_type::image, task_type::audio, task_type::video})
    if (seen.asked_to_make[static_cast<size_t>(x)])
      speak_for(x, 3);
  if (seen.fences > 0)
    speak_for(task_type::code, 4);
  auto symbols = n(seen.code_symbols) * per_byte;
  if (symbols > 2.5 && seen.code_lines >= 2)
    speak_for(task_type::code, std::min(symbols, 5.0));
  if (seen.code_begins > 0)
    speak_for(task_type::code, seen.code_begins > 1 ? 4 : 2.5);
  if (seen.latex >= 2 + 2 * seen.money)
    speak_for(task_type::reasoning, 3);
  else if (seen.operators >= 2 && seen.numbers >= 3 && seen.code_lines < 2)
    speak_for(task_type::reasoning, 1.5);
  if (seen.numbers >= 3 && seen.questions > 0 && seen.words >= 20)
    speak_for(task_type::reasoning, 1.2);
  if (seen.choices >= 3 && seen.code_lines < 3)
    speak_for(task_type::reasoning, 1);
  for (auto end = types + 7; i < end; ++i)
    values_[i] = std::min(values_[i], 2.5F);
  for (auto x : {task_type::image, task_type::audio, task_type::video})
    put(seen.asked_to_make[static_cast<size_t>(x)]);
  put(static_cast<float>(hardness > 0 ? 2 * (1 - std::exp(-hardness / 8))
                                      : std::max(hardness, -2.0) / 4));
  for (auto x : seen.topics)
    put(x != 0 ? log1(x) / 2 : 0);
  for (auto x : seen.topics)
    put(4 * share(x));
  for (size_t t = 0; t < topic_count; ++t)
    put(static_cast<float>(seen.opening >> t & 1));
}

std::string prompt_features::name_of(size_t place) {
  if (place < shapes)
    return shape_names[place];
  place -= shapes;
  if (place < 7)
    return type_names[place];
  if (place < 10)
    return place == 7   ? "asks for an image"
           : place == 8 ? "asks for audio"
                        : "asks for a video";
  if (place == 10)
    return "words of hard tasks";
  place -= words;
  auto name = std::string{to_string(static_cast<topic>(place % topic_count))};
  if (place < topic_count)
    return "words of " + name;
  if (place < 2 * topic_count)
    return "share of " + name;
  return "begins with " + name;
}

} // namespace smart_agents
