#include "adapters/simulator/exchange.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents::sim {

namespace {

/// Bytes of a stream handed to the socket at once, when many are due.
constexpr size_t batch = 16u << 10;

constexpr auto json_type = "application/json";

/// Pieces of a whole answer that dribbles.
constexpr size_t dribble_pieces = 8;

} // namespace

exchange::exchange(boost::asio::io_context& io, std::shared_ptr<book> to,
                   ask asked, admission admitted, http_responder_ptr answer)
  : timer_{io}, book_{std::move(to)}, ask_{std::move(asked)},
    admitted_{std::move(admitted)}, answer_{std::move(answer)},
    writer_{make_writer(ask_, book_->whose(), admitted_.answer)},
    cursor_{admitted_.answer, admitted_.how->chunk_tokens},
    break_at_{std::max<uint64_t>(1, admitted_.answer.output_tokens / 2)} {}

bool exchange::is_instant(const ask& asked, const admission& admitted) {
  return !asked.stream && admitted.what == fault::ok
         && admitted.how->latency_ms == 0
         && admitted.how->tokens_per_second == 0;
}

void exchange::answer_now(book& to, const ask& asked, admission& admitted,
                          http_responder& answer) {
  auto writer = make_writer(asked, to.whose(), admitted.answer);
  auto body = writer->whole();
  to.end(asked.model, outcome::answered,
         {admitted.answer.input_tokens, admitted.answer.output_tokens});
  admitted.headers.emplace_back("content-type", json_type);
  answer.send(200, std::move(admitted.headers), std::move(body));
}

void exchange::run() {
  answer_->on_gone([self = shared_from_this()] { self->gone(); });
  // A hanging request is kept by its client's connection alone.
  if (admitted_.what == fault::hang)
    return;
  after(std::chrono::milliseconds{admitted_.how->latency_ms}, &exchange::begin);
}

void exchange::after(clock::duration delay, void (exchange::*then)()) {
  if (over_)
    return;
  if (delay <= clock::duration::zero())
    return (this->*then)();
  timer_.expires_after(delay);
  timer_.async_wait(
    [self = shared_from_this(), then](boost::system::error_code bad) {
      if (!bad && !self->over_)
        (self.get()->*then)();
    });
}

http_headers exchange::headers(std::string_view type) {
  auto result = std::move(admitted_.headers);
  result.emplace_back("content-type", type);
  return result;
}

void exchange::begin() {
  switch (admitted_.what) {
  case fault::reset: over(outcome::cut_off); return answer_->abort();
  case fault::garbage: {
    auto head = headers("text/html");
    over(outcome::cut_off);
    return answer_->send(200, std::move(head),
                         "<html><body>502 Bad Gateway</body></html>");
  }
  case fault::stream_error:
    if (!ask_.stream) {
      over_ = true;
      auto error = book_->end_refused(ask_, failure_class::server_error);
      return answer_->send(error.status, std::move(error.headers),
                           std::move(error.body));
    }
    break;
  default: break;
  }
  begun_ = clock::now();
  if (!ask_.stream)
    return begin_whole();
  auto head = headers(writer_->stream_type());
  head.emplace_back("cache-control", "no-cache");
  answer_->start(200, std::move(head));
  pump();
}

exchange::clock::time_point exchange::due(uint64_t tokens) const {
  auto speed = admitted_.how->tokens_per_second;
  if (speed == 0)
    return begun_;
  std::chrono::duration<double> needed{static_cast<double>(tokens) / speed};
  return begun_ + std::chrono::duration_cast<clock::duration>(needed);
}

bool exchange::breaks() const {
  switch (admitted_.what) {
  case fault::stall:
  case fault::truncate:
  case fault::cut:
  case fault::stream_error: return true;
  default: return false;
  }
}

// -- whole answers ------------------------------------------------------------

void exchange::begin_whole() {
  after(due(admitted_.answer.output_tokens) - clock::now(),
        &exchange::send_whole);
}

void exchange::send_whole() {
  body_ = writer_->whole();
  auto slow = admitted_.what == fault::slow_body;
  if (!slow && !breaks()) {
    auto head = headers(json_type);
    over(outcome::answered);
    return answer_->send(200, std::move(head), std::move(body_));
  }
  answer_->start(200, headers(json_type));
  if (slow)
    return dribble();
  break_off(body_.substr(0, body_.size() / 2));
}

void exchange::dribble() {
  if (sent_ == body_.size())
    return finish_stream();
  auto size = std::min(body_.size() - sent_, body_.size() / dribble_pieces + 1);
  auto piece = body_.substr(sent_, size);
  sent_ += size;
  answer_->write(std::move(piece), [self = shared_from_this()](bool good) {
    if (good)
      self->after(std::chrono::milliseconds{self->admitted_.how->slow_ms},
                  &exchange::dribble);
    else
      self->gone();
  });
}

// -- streams ------------------------------------------------------------------

/// Collects what is due. False when the fault strikes now.
bool exchange::collect(std::string& out) {
  auto now = clock::now();
  while (out.size() < batch) {
    if (!have_step_) {
      if (!cursor_.next(step_)) {
        told_all_ = true;
        return true;
      }
      have_step_ = true;
    }
    auto reached = told_ >= break_at_ || step_.what == step::kind::tail;
    if (reached && breaks())
      return false;
    if (due(told_ + step_.tokens) > now)
      return true;
    writer_->write(step_, out);
    told_ += step_.tokens;
    have_step_ = false;
    if (admitted_.what == fault::slow_body && !out.empty())
      return true;
  }
  return true;
}

void exchange::pump() {
  std::string out;
  if (!collect(out))
    return break_off(std::move(out));
  if (!out.empty())
    return write(std::move(out), &exchange::pump);
  if (told_all_)
    return finish_stream();
  after(due(told_ + step_.tokens) - clock::now(), &exchange::pump);
}

void exchange::write(std::string bytes, void (exchange::*then)()) {
  answer_->write(std::move(bytes), [self = shared_from_this(),
                                    then](bool good) {
    if (!good)
      return self->gone();
    auto slow = self->admitted_.what == fault::slow_body;
    self->after(
      std::chrono::milliseconds{slow ? self->admitted_.how->slow_ms : 0}, then);
  });
}

void exchange::finish_stream() {
  if (over_)
    return;
  over(outcome::answered);
  answer_->end();
}

/// Sends the last of what the client sees, then breaks.
void exchange::break_off(std::string text) {
  if (admitted_.what == fault::stream_error)
    writer_->fail(text);
  answer_->write(std::move(text), [self = shared_from_this()](bool good) {
    if (self->over_)
      return;
    if (!good)
      return self->gone();
    switch (self->admitted_.what) {
    // The client's patience decides.
    case fault::stall: return;
    case fault::cut:
      self->over(outcome::cut_off);
      return self->answer_->abort();
    default: self->over(outcome::cut_off); return self->answer_->end();
    }
  });
}

// -- ends ---------------------------------------------------------------------

void exchange::gone() {
  if (!over_)
    over(book_->down() ? outcome::cut_off : outcome::cancelled);
}

void exchange::over(outcome how) {
  over_ = true;
  timer_.cancel();
  const auto& answer = admitted_.answer;
  // What was billed is what was generated, seen or not.
  auto told = how == outcome::answered
                ? reported{answer.input_tokens, answer.output_tokens}
                : writer_->so_far();
  book_->end(ask_.model, how, told);
}

} // namespace smart_agents::sim
