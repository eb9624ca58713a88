#pragma once

#include "adapters/http_client.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smart_agents::test {

/// An exchange that a test answers step by step. It keeps the promises of a
/// real one: a paused body waits, one end at most, nothing after the end.
class fake_exchange final : public http_exchange {
public:
  fake_exchange(http_request what, std::shared_ptr<http_listener> listener)
    : request{std::move(what)}, listener_{std::move(listener)} {}

  /// What was sent.
  const http_request request;

  /// It ended, whatever the way.
  bool over() const {
    return listener_ == nullptr;
  }

  /// Our side cancelled it.
  bool cancelled() const {
    return cancelled_;
  }

  /// The listener wants no more for now.
  bool paused() const {
    return paused_;
  }

  /// Pieces that wait for `resume`, the end included.
  size_t waiting() const {
    return pending_.size() + (end_pending_ ? 1 : 0);
  }

  /// Answers with a head.
  void head(int status, http_headers headers = {}) {
    if (auto listener = listener_)
      listener->on_head({status, std::move(headers)});
  }

  /// Answers with a piece of the body; it waits while the reader is paused.
  void body(std::string_view bytes) {
    pending_.emplace_back(bytes);
    pump();
  }

  /// Ends the answer, after the pieces that still wait.
  void end() {
    end_pending_ = true;
    pump();
  }

  /// Answers all at once.
  void answer(int status, std::string_view text, http_headers headers = {}) {
    head(status, std::move(headers));
    if (!text.empty())
      body(text);
    end();
  }

  /// Breaks the exchange.
  void fail(http_failure::kind what, std::string message = "it broke",
            bool sent = true) {
    if (auto listener = std::exchange(listener_, nullptr))
      listener->on_failure({what, std::move(message), sent});
  }

  void resume() override {
    paused_ = false;
    pump();
  }

  void cancel() override {
    cancelled_ = true;
    fail(http_failure::kind::cancelled, "cancelled");
  }

private:
  void pump() {
    // A resume from inside a call is seen by the loop that makes the call.
    if (std::exchange(pumping_, true))
      return;
    while (listener_ && !paused_ && !pending_.empty()) {
      auto bytes = std::move(pending_.front());
      pending_.pop_front();
      auto listener = listener_;
      if (!listener->on_body(bytes))
        paused_ = true;
    }
    pumping_ = false;
    if (end_pending_ && pending_.empty() && !paused_)
      if (auto listener = std::exchange(listener_, nullptr))
        listener->on_end();
  }

  std::shared_ptr<http_listener> listener_;
  std::deque<std::string> pending_;
  bool end_pending_ = false;
  bool cancelled_ = false;
  bool paused_ = false;
  bool pumping_ = false;
};

/// A client that records what is sent and answers nothing by itself.
class fake_http_client final : public http_client {
public:
  std::shared_ptr<http_exchange>
  send(http_request request, std::shared_ptr<http_listener> listener) override {
    exchanges.push_back(
      std::make_shared<fake_exchange>(std::move(request), std::move(listener)));
    return exchanges.back();
  }

  /// The latest exchange.
  fake_exchange& last() {
    return *exchanges.at(exchanges.size() - 1);
  }

  /// Every exchange, in order.
  std::vector<std::shared_ptr<fake_exchange>> exchanges;
};

} // namespace smart_agents::test
