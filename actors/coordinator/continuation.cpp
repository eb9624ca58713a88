#include "actors/coordinator/continuation.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

/// Repeated words are looked for within so many bytes.
constexpr size_t longest_overlap = 400;
/// Fewer may be the same by chance: "the" after "... the".
constexpr size_t least_overlap = 12;
/// So many bytes of the text's start, and it begins anew.
constexpr size_t least_repeat = 24;

constexpr const char* go_on =
  "Your answer above was cut off by a technical fault. Continue it exactly "
  "where it stops, from the next character on: do not repeat anything of it, "
  "do not begin anew, and do not comment on this.";

} // namespace

bool can_continue(const chat_request& request, const chat_response& begun) {
  if (!request.stream || !request.tools.empty() || request.json_output
      || !request.output_schema.empty())
    return false;
  auto told = std::any_of(begun.parts.begin(), begun.parts.end(), [](auto& x) {
    const auto* text = std::get_if<text_part>(&x);
    return text != nullptr && !text->text.empty();
  });
  // Thoughts come before the text; whoever goes on thinks for itself.
  return told
         && std::all_of(begun.parts.begin(), begun.parts.end(), [](auto& x) {
              return std::holds_alternative<text_part>(x)
                     || std::holds_alternative<thinking_part>(x);
            });
}

std::shared_ptr<chat_request> request_for_rest(const chat_request& original,
                                               const std::string& partial) {
  auto result = std::make_shared<chat_request>(original);
  result->verbatim = nullptr;
  result->messages.push_back(text_message(role::assistant, partial));
  result->messages.push_back(text_message(role::user, go_on));
  return result;
}

void text_joint::tell(std::string_view text, std::string& out) {
  out += text;
  told_ += text;
}

bool text_joint::take(std::string_view piece, std::string& out) {
  if (stage_ == stage::joined) {
    tell(piece, out);
    return true;
  }
  held_ += piece;
  return look(false, out);
}

bool text_joint::finish(std::string& out) {
  return (stage_ != stage::waiting || look(true, out))
         && stage_ == stage::joined;
}

bool text_joint::look(bool last, std::string& out) {
  if (stage_ == stage::waiting) {
    auto start = std::min({told_.size(), held_.size(), least_repeat});
    auto anew = start > 0 && told_.compare(0, start, held_, 0, start) == 0;
    if (anew && start == std::min(told_.size(), least_repeat)
        && start >= std::min(told_.size(), least_overlap)) {
      stage_ = stage::repeating;
    } else if (!last && (anew || held_.size() < longest_overlap)) {
      return true;
    } else {
      auto most = std::min({told_.size(), held_.size(), longest_overlap});
      size_t overlap = 0;
      for (auto n = most; n >= least_overlap && overlap == 0; --n)
        if (told_.compare(told_.size() - n, n, held_, 0, n) == 0)
          overlap = n;
      stage_ = stage::joined;
      tell(std::string_view{held_}.substr(overlap), out);
      held_.clear();
      return true;
    }
  }
  // It begins anew: what is the same has been told.
  auto n = std::min(told_.size() - again_, held_.size());
  if (told_.compare(again_, n, held_, 0, n) != 0)
    return false;
  again_ += n;
  held_.erase(0, n);
  if (again_ == told_.size()) {
    stage_ = stage::joined;
    tell(std::exchange(held_, {}), out);
  }
  return true;
}

} // namespace smart_agents
