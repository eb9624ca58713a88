#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smart_agents {

/// The body of a request: a text of its own, or a text that others hold as
/// well, in pieces, with some of its own between them. So a long prompt is
/// passed on without being copied.
class http_body {
public:
  http_body() = default;

  /// Implicit: most bodies are one text.
  http_body(std::string text) {
    add(text.size(), false);
    own_ = std::move(text);
  }

  /// A body that goes on with pieces of `shared`.
  explicit http_body(std::shared_ptr<const std::string> shared)
    : shared_{std::move(shared)} {}

  /// Adds a copy of `text`.
  void append(std::string_view text) {
    own_.append(text);
    add(text.size(), false);
  }

  /// Adds the bytes of the shared text from `begin` to `end`.
  void append_shared(size_t begin, size_t end) {
    if (end - begin >= worth_sharing)
      add(end - begin, true, begin);
    else
      append(std::string_view{*shared_}.substr(begin, end - begin));
  }

  size_t size() const {
    size_t result = 0;
    for (const auto& x : pieces_)
      result += x.size;
    return result;
  }

  bool empty() const {
    return size() == 0;
  }

  /// In order; valid until the body is changed.
  std::vector<std::string_view> pieces() const {
    std::vector<std::string_view> result;
    result.reserve(pieces_.size());
    size_t own = 0;
    for (const auto& x : pieces_) {
      const auto* from =
        x.shared ? shared_->data() + x.begin : own_.data() + own;
      result.emplace_back(from, x.size);
      own += x.shared ? 0 : x.size;
    }
    return result;
  }

  /// As one text.
  std::string text() const {
    std::string result;
    result.reserve(size());
    for (auto piece : pieces())
      result += piece;
    return result;
  }

private:
  /// Below this a copy is cheaper than one more piece to send.
  static constexpr size_t worth_sharing = 1024;

  struct piece {
    size_t size;
    bool shared;
    size_t begin;
  };

  void add(size_t size, bool shared, size_t begin = 0) {
    if (size == 0)
      return;
    auto goes_on =
      !pieces_.empty() && pieces_.back().shared == shared
      && (!shared || pieces_.back().begin + pieces_.back().size == begin);
    if (goes_on)
      pieces_.back().size += size;
    else
      pieces_.push_back({size, shared, begin});
  }

  std::string own_;
  std::shared_ptr<const std::string> shared_;
  std::vector<piece> pieces_;
};

} // namespace smart_agents
