#pragma once

#include "adapters/http_client.hpp"
#include "adapters/provider_codec.hpp"
#include "adapters/told_limits.hpp"
#include "adapters/tool_names.hpp"
#include "messages/actors.hpp"
#include "messages/provider.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace smart_agents {

/// One upstream call: decodes what arrives on the I/O thread and tells the
/// dispatch, and at the end the provider, by messages. It touches no actor's
/// state. Exactly one `call_finished` or `call_failed` is sent, and exactly one
/// `call_over`.
class exchange final : public http_listener,
                       public upstream_call,
                       public std::enable_shared_from_this<exchange> {
public:
  /// What one call needs to know.
  struct context {
    std::string provider;
    /// For remedies, for example `http://127.0.0.1:11434`.
    std::string base_url;
    /// The key, which no message may repeat.
    std::string secret;
    bool local = false;
    codec_ptr codec;
    start_call call;
    provider_actor owner;
    /// Hears at once what the provider tells about its limits; may be null.
    std::shared_ptr<told_limits> told = {};
  };

  explicit exchange(context about);

  /// Reports a failure if the client dropped it without an end.
  ~exchange() override;

  /// Sends the request.
  void start(http_client& client, http_request request);

  /// Closes the upstream connection; the call ends with `why`.
  void stop(failure why);

  /// True when a client's own log-in paid for it.
  bool by_login() const {
    return about_.call.login != nullptr;
  }

  // From the dispatch, on any thread.
  void grant(uint32_t events) override;
  void cancel() override;

  // From the client, on the I/O thread.
  void on_head(http_head head) override;
  bool on_body(std::string_view bytes) override;
  void on_end() override;
  void on_failure(http_failure why) override;

private:
  bool good() const {
    return head_.status / 100 == 2;
  }

  /// Takes a piece of the body; may throw what a codec throws.
  bool take(std::string_view bytes);
  /// Ends the call by what came.
  void conclude();
  /// A fault of ours, or of a codec.
  void broke(const char* what);
  /// Sends on what the decoder made of the bytes.
  void progress(std::vector<stream_event> events);
  void finish(chat_response response);
  void fail(failure why, bool maybe_billed);
  void over(std::optional<failure> why);
  failure explain(const http_failure& why) const;
  void advise(failure& why) const;

  context about_;
  /// The request is its client's own, so the answer may be its provider's.
  bool verbatim_ = false;
  tool_names names_;
  std::shared_ptr<http_exchange> http_;
  http_head head_;
  std::string body_;
  std::unique_ptr<stream_decoder> decoder_;
  chat_response response_;
  limit_signals signals_;
  instant started_;
  caf::timespan first_byte_{0};
  bool done_ = false;
  /// The stream's terminal event came.
  bool complete_ = false;
  bool content_ = false;

  /// Guards the credit, which the dispatch grants from another thread, and the
  /// handle, which it may use before `start` has stored it.
  std::mutex mutex_;
  int64_t credit_;
  bool paused_ = false;
  /// A grant came before the handle.
  bool resume_owed_ = false;
  /// Why it was stopped from our side.
  std::optional<failure> stopped_;
};

} // namespace smart_agents
