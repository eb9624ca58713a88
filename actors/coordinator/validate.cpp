#include "actors/coordinator/validate.hpp"

#include <simdjson.h>

#include <array>
#include <string>

namespace smart_agents {

namespace {

/// Length of the well-formed sequence that starts at `p`, or 0.
size_t sequence(const unsigned char* p, size_t left) {
  // Unicode 15, table 3-7: the second byte's range depends on the first.
  auto follows = [&](size_t n, unsigned char low, unsigned char high) {
    if (left < n || p[1] < low || p[1] > high)
      return size_t{0};
    for (size_t i = 2; i < n; ++i)
      if ((p[i] & 0xC0) != 0x80)
        return size_t{0};
    return n;
  };
  auto c = p[0];
  if (c < 0x80)
    return c == 0 ? 0 : 1;
  if (c >= 0xC2 && c <= 0xDF)
    return follows(2, 0x80, 0xBF);
  if (c == 0xE0)
    return follows(3, 0xA0, 0xBF);
  if (c == 0xED)
    return follows(3, 0x80, 0x9F);
  if (c >= 0xE1 && c <= 0xEF)
    return follows(3, 0x80, 0xBF);
  if (c == 0xF0)
    return follows(4, 0x90, 0xBF);
  if (c >= 0xF1 && c <= 0xF3)
    return follows(4, 0x80, 0xBF);
  if (c == 0xF4)
    return follows(4, 0x80, 0x8F);
  return 0;
}

failure bad(std::string message) {
  failure result;
  result.what = failure_class::bad_request;
  result.message = std::move(message);
  return result;
}

std::string hex(unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {'0', 'x', digits[c >> 4], digits[c & 15]};
}

std::string megabytes(uint64_t bytes) {
  if (bytes < 1u << 20)
    return std::to_string(bytes) + " bytes";
  auto tenths = bytes * 10 / (1u << 20);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10)
         + " MB";
}

/// Calls `f(text, must_be_text)` with everything a part is made of.
template <class F>
void visit_texts(const part& x, F f) {
  if (const auto* text = std::get_if<text_part>(&x)) {
    f(text->text, true);
  } else if (const auto* media = std::get_if<media_part>(&x)) {
    f(media->base64, false);
    f(media->url, true);
    f(media->name, true);
  } else if (const auto* thinking = std::get_if<thinking_part>(&x)) {
    f(thinking->text, true);
    f(thinking->signature, false);
  } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
    f(call->name, true);
    f(call->arguments, true);
  } else if (const auto* answer = std::get_if<tool_result_part>(&x)) {
    for (const auto& piece : answer->content) {
      if (const auto* words = std::get_if<text_part>(&piece))
        f(words->text, true);
      else if (const auto* media = std::get_if<media_part>(&piece))
        f(media->base64, false);
      else
        f(std::get<opaque_part>(piece).json, true);
    }
  } else {
    f(std::get<opaque_part>(x).json, true);
  }
}

/// Looks at all texts of a request and remembers the first fault.
class inspector {
public:
  explicit inspector(uint64_t limit) : limit_{limit} {}

  void look(const std::string& text, bool must_be_text,
            const std::string& where) {
    size_ += text.size();
    // Beyond the limit nothing is read any more: the size is the fault.
    if (!must_be_text || fault_ || size_ > limit_)
      return;
    auto at = find_bad_byte(text);
    if (at == std::string_view::npos)
      return;
    auto c = static_cast<unsigned char>(text[at]);
    fault_ = bad(
      where
      + (c == 0
           ? " holds a NUL byte at byte " + std::to_string(at) + "; remove it."
           : " is not valid UTF-8 at byte " + std::to_string(at) + " (" + hex(c)
               + "); convert it to UTF-8 and send it again."));
  }

  std::optional<failure> verdict() const {
    if (size_ > limit_)
      return bad("The prompt has " + megabytes(size_) + " and at most "
                 + megabytes(limit_)
                 + " are taken; shorten it, or raise max_prompt.");
    return fault_;
  }

private:
  uint64_t limit_;
  uint64_t size_ = 0;
  std::optional<failure> fault_;
};

bool has_content(const message& x) {
  bool found = false;
  for (const auto& p : x.parts)
    visit_texts(p, [&found](const std::string& text, bool) {
      found = found || !text.empty();
    });
  return found;
}

} // namespace

size_t find_bad_byte(std::string_view text) {
  // Nearly always all is well, which takes no walk from letter to letter.
  if (simdjson::validate_utf8(text)
      && text.find('\0') == std::string_view::npos)
    return std::string_view::npos;
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  size_t i = 0;
  while (i < text.size()) {
    auto n = sequence(p + i, text.size() - i);
    if (n == 0)
      return i;
    i += n;
  }
  return std::string_view::npos;
}

std::optional<failure> check_task(const task& what, uint64_t max_prompt) {
  const auto& request = what.request;
  bool spoken = false;
  for (const auto& x : request.messages)
    spoken = spoken || (x.from != role::system && has_content(x));
  if (!spoken)
    return bad("The conversation is empty; send at least one message with "
               "text.");
  inspector eye{max_prompt};
  for (size_t i = 0; i < request.messages.size(); ++i) {
    const auto& x = request.messages[i];
    auto where =
      "Message " + std::to_string(i + 1) + " (" + to_string(x.from) + ")";
    for (const auto& p : x.parts)
      visit_texts(p, [&](const std::string& text, bool must_be_text) {
        eye.look(text, must_be_text, where);
      });
  }
  for (size_t i = 0; i < request.tools.size(); ++i) {
    const auto& x = request.tools[i];
    // The name itself may be what is wrong, so it is not repeated.
    auto where = "Tool " + std::to_string(i + 1);
    eye.look(x.name, true, where);
    eye.look(x.description, true, where);
    eye.look(x.schema, true, where);
  }
  eye.look(request.output_schema, true, "The output schema");
  for (const auto& x : request.stop)
    eye.look(x, true, "A stop sequence");
  return eye.verdict();
}

} // namespace smart_agents
