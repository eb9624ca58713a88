#include "adapters/client_codec.hpp"

#include "adapters/codecs/client_anthropic.hpp"
#include "adapters/codecs/client_chat.hpp"
#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/client_responses.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace smart_agents {

namespace {

struct entry {
  const char* format;
  client_codec_ptr (*make)();
};

constexpr std::array all{
  entry{"openai-chat", codecs::client_chat},
  entry{"openai-responses", codecs::client_responses},
  entry{"anthropic", codecs::client_anthropic},
};

/// Writes a stream as its provider wrote it.
class passing_writer final : public stream_writer {
public:
  passing_writer(bool usage, std::unique_ptr<stream_writer> inner)
    : usage_{usage}, inner_{std::move(inner)} {}

  void start(std::string&) override {}

  void write(const stream_event& event, std::string& out) override {
    const auto* wire = std::get_if<wire_event>(&event);
    if (wire && is_wanted(wire->text))
      out += wire->text;
  }

  void finish(finish_reason, const usage&, std::string&) override {}

  void fail(const failure& why, std::string& out) override {
    inner_->fail(why, out);
  }

  void ping(std::string& out) override {
    inner_->ping(out);
  }

  void note(std::string_view name, std::string_view text,
            std::string& out) override {
    inner_->note(name, text, out);
  }

private:
  /// Usage is always asked for in Chat, but not every client knows the chunk
  /// without choices that it comes in. Quotes inside strings are escaped, so
  /// what is found is a field.
  bool is_wanted(std::string_view text) const {
    constexpr std::string_view key = "\"choices\":";
    if (usage_)
      return true;
    // Several times as fast as `find`, which stops at every quote.
    const auto* found =
      ::memmem(text.data(), text.size(), key.data(), key.size());
    if (found == nullptr)
      return true;
    auto at = static_cast<const char*>(found) - text.data();
    text.remove_prefix(static_cast<size_t>(at) + key.size());
    auto next = text.find_first_not_of(" [");
    return next == text.npos || text[next] != ']';
  }

  bool usage_;
  std::unique_ptr<stream_writer> inner_;
};

} // namespace

std::unique_ptr<stream_writer>
codecs::pass_on(bool usage, std::unique_ptr<stream_writer> inner) {
  return std::make_unique<passing_writer>(usage, std::move(inner));
}

client_codec_ptr make_client_codec(std::string_view format) {
  for (const auto& x : all)
    if (format == x.format)
      return x.make();
  return nullptr;
}

std::vector<std::string> client_formats() {
  std::vector<std::string> result;
  result.reserve(all.size());
  for (const auto& x : all)
    result.emplace_back(x.format);
  return result;
}

} // namespace smart_agents
