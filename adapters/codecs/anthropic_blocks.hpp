#pragma once

#include "adapters/codecs/wire.hpp"

/// Content blocks of Anthropic's requests.

namespace smart_agents::codecs {

/// The API takes four cache marks and refuses more, so the last four count.
class cache_marks {
public:
  /// `total` marks will be asked for.
  explicit cache_marks(size_t total);

  /// Writes the mark as a field of the object under way.
  void write(json_writer& out, cache_mark x);

private:
  static constexpr size_t most = 4;
  size_t skip_;
};

/// Where a cache may cut behind this part.
cache_mark mark_of(const part& x);

/// Marks in a whole request, tools included.
size_t count_marks(const chat_request& request);

/// Writes the blocks of one request.
class block_writer {
public:
  block_writer(json_writer& out, cache_marks& marks,
               const chat_request& request)
    : out_{out}, marks_{marks}, request_{request} {}

  /// False for parts that are left out: empty texts, which the API refuses,
  /// and what binds to another provider or model.
  bool has_block(const part& x) const;

  /// Fails with `ec::unsupported` or `ec::bad_input`.
  caf::error write(const part& x);

  void write_text(const text_part& x);

private:
  caf::error write_media(const media_part& x);
  void write_thinking(const thinking_part& x);
  void write_plain(std::string_view text);
  caf::error write_result(const tool_result_part& x);

  json_writer& out_;
  cache_marks& marks_;
  const chat_request& request_;
};

} // namespace smart_agents::codecs
