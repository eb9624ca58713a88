#include "adapters/simulator/steps.hpp"

#include <algorithm>

namespace smart_agents::sim {

namespace {

/// Bytes of a call's arguments in one delta.
constexpr size_t arguments_piece = 12;

} // namespace

step_cursor::step_cursor(const turn& what, uint32_t chunk_tokens)
  : turn_{what}, chunk_{std::max<uint32_t>(chunk_tokens, 1)} {}

void step_cursor::cut_piece(const block& from, step& out) {
  auto begin = at_;
  if (from.what == block::kind::call) {
    at_ = std::min(from.text.size(), at_ + arguments_piece);
    while (at_ < from.text.size()
           && (static_cast<unsigned char>(from.text[at_]) & 0xc0) == 0x80)
      ++at_;
    // A call's tokens are no words: the last piece brings the rest.
    out.tokens = at_ == from.text.size()
                   ? from.tokens - told_
                   : std::min<uint64_t>(3, from.tokens - told_);
  } else {
    for (uint32_t n = 0; n < chunk_ && at_ < from.text.size(); ++n) {
      at_ += next_token(from.text, at_).size();
      ++out.tokens;
    }
  }
  told_ += out.tokens;
  out.piece = std::string_view{from.text}.substr(begin, at_ - begin);
}

bool step_cursor::next(step& out) {
  if (done_)
    return false;
  out = {};
  out.what = next_;
  out.index = index_;
  auto open_or_end = [this] {
    next_ = index_ < turn_.blocks.size() ? step::kind::open : step::kind::tail;
  };
  switch (next_) {
  case step::kind::head: open_or_end(); break;
  case step::kind::open:
    at_ = 0;
    told_ = 0;
    next_ =
      turn_.blocks[index_].text.empty() ? step::kind::close : step::kind::delta;
    break;
  case step::kind::delta: {
    const auto& from = turn_.blocks[index_];
    cut_piece(from, out);
    if (at_ >= from.text.size())
      next_ = step::kind::close;
    break;
  }
  case step::kind::close:
    ++index_;
    open_or_end();
    break;
  case step::kind::tail: done_ = true; break;
  }
  return true;
}

} // namespace smart_agents::sim
