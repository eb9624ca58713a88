#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

/// Answers that are too long for a conversation: their start and end go there,
/// and a link to the whole. Pure.

namespace smart_agents {

/// The last long answers, for those who follow the link. Bounded.
class answer_shelf {
public:
  static constexpr size_t max_answers = 64;
  static constexpr size_t max_bytes = 16u << 20;

  /// Keeps an answer for whom it was given to; older ones make room.
  void keep(std::string id, std::string whose, std::string text);

  /// Null when it is another's, or no more there.
  const std::string* find(std::string_view id, std::string_view whose) const;

private:
  struct kept {
    std::string id;
    std::string whose;
    std::string text;
  };

  std::deque<kept> all_;
  size_t bytes_ = 0;
};

/// The text with its middle left out, at line ends where there are some, and a
/// note of what is missing and where it is; at most `limit` bytes and the note.
/// UTF-8 stays whole.
std::string shorten_answer(std::string_view text, size_t limit,
                           std::string_view uri);

/// Fields of a result: a shortened text and the link to the whole.
boost::json::object linked_result(std::string_view text, size_t limit,
                                  std::string_view uri, std::string_view name);

} // namespace smart_agents
