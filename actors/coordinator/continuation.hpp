#pragma once

#include "messages/chat.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace smart_agents {

/// Whether others may go on with what `begun` holds of an answer to `request`:
/// text alone, asked for as a stream, without tools and without a shape.
bool can_continue(const chat_request& request, const chat_response& begun);

/// Asks for the rest of an answer of which `partial` has been told.
std::shared_ptr<chat_request> request_for_rest(const chat_request& original,
                                               const std::string& partial);

/// Joins the rest of a text to what has been told of it, so that nothing is
/// told twice: models are told to go on where it stopped, and yet repeat the
/// last words, or begin anew. Pure.
class text_joint {
public:
  /// `told` is what the reader has.
  explicit text_joint(std::string told) : told_{std::move(told)} {}

  /// Takes a piece of the rest and appends to `out` what the reader shall get
  /// now. False when it begins anew and then says something else, so that it
  /// cannot be joined.
  bool take(std::string_view piece, std::string& out);

  /// The rest is over; appends what was held back. False when it only repeated
  /// what had been told.
  bool finish(std::string& out);

  /// What the reader has by now.
  const std::string& told() const {
    return told_;
  }

private:
  enum class stage : uint8_t {
    /// Too little came to tell how it begins.
    waiting,
    /// It repeats the text from its start; `again_` bytes of it so far.
    repeating,
    joined,
  };

  bool look(bool last, std::string& out);
  void tell(std::string_view text, std::string& out);

  std::string told_;
  std::string held_;
  size_t again_ = 0;
  stage stage_ = stage::waiting;
};

} // namespace smart_agents
