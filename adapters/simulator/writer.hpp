#pragma once

#include "adapters/http_client.hpp"
#include "adapters/simulator/ask.hpp"
#include "adapters/simulator/steps.hpp"
#include "adapters/simulator/turn.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace smart_agents::sim {

/// What a stream has reported about usage so far.
struct reported {
  uint64_t input = 0;
  uint64_t output = 0;
};

/// Writes the answers of one format. One writer serves one answer.
class answer_writer {
public:
  virtual ~answer_writer() = default;

  /// The whole answer as one JSON body.
  virtual std::string whole() = 0;

  /// Appends the events of one step of the stream.
  virtual void write(const step& x, std::string& out) = 0;

  /// Appends the format's error event, after which the stream ends.
  virtual void fail(std::string& out) = 0;

  /// What the events written so far tell about usage.
  virtual reported so_far() const = 0;

  /// Content type of the stream.
  virtual std::string_view stream_type() const {
    return "text/event-stream; charset=utf-8";
  }
};

/// A writer for what was asked. Both must outlive it.
std::unique_ptr<answer_writer> make_writer(const ask& asked, vendor whose,
                                           const turn& what);

std::unique_ptr<answer_writer> anthropic_writer(const turn& what);
std::unique_ptr<answer_writer> chat_writer(const ask& asked, vendor whose,
                                           const turn& what);
std::unique_ptr<answer_writer> responses_writer(const ask& asked, vendor whose,
                                                const turn& what);
std::unique_ptr<answer_writer> gemini_writer(const ask& asked,
                                             const turn& what);
std::unique_ptr<answer_writer> ollama_writer(const ask& asked,
                                             const turn& what);

} // namespace smart_agents::sim
