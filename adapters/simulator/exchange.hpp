#pragma once

#include "adapters/http_server.hpp"
#include "adapters/simulator/book.hpp"
#include "adapters/simulator/steps.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace smart_agents::sim {

/// Answers one completion that was let in: at its pace, with its fault. Lives
/// on the I/O thread that took the request, with one timer.
class exchange : public std::enable_shared_from_this<exchange> {
public:
  exchange(boost::asio::io_context& io, std::shared_ptr<book> to, ask asked,
           admission admitted, http_responder_ptr answer);

  void run();

  /// True when there is nothing to wait for: `answer_now` does.
  static bool is_instant(const ask& asked, const admission& admitted);

  /// Answers at once, without an exchange.
  static void answer_now(book& to, const ask& asked, admission& admitted,
                         http_responder& answer);

private:
  using clock = std::chrono::steady_clock;

  void after(clock::duration delay, void (exchange::*then)());
  void begin();
  void begin_whole();
  void send_whole();
  void dribble();
  void pump();
  bool collect(std::string& out);
  void break_off(std::string text);
  void write(std::string bytes, void (exchange::*then)());
  void finish_stream();
  void gone();
  void over(outcome how);
  clock::time_point due(uint64_t tokens) const;
  bool breaks() const;
  http_headers headers(std::string_view type);

  boost::asio::steady_timer timer_;
  std::shared_ptr<book> book_;
  const ask ask_;
  admission admitted_;
  http_responder_ptr answer_;
  std::unique_ptr<answer_writer> writer_;
  step_cursor cursor_;
  step step_;
  bool have_step_ = false;
  /// Every step was written.
  bool told_all_ = false;
  bool over_ = false;
  /// Tokens written so far, and after how many the fault strikes.
  uint64_t told_ = 0;
  uint64_t break_at_ = 0;
  clock::time_point begun_;
  /// A whole answer that dribbles, and how far it got.
  std::string body_;
  size_t sent_ = 0;
};

} // namespace smart_agents::sim
