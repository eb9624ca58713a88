#include "adapters/codecs/client_anthropic.hpp"
#include "adapters/codecs/client_anthropic_shapes.hpp"
#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/wire.hpp"

#include <utility>

namespace smart_agents::codecs {

namespace {

using namespace messages_api;

constexpr std::string_view format_name = "anthropic";
constexpr std::string_view family = "claude";

class writer final : public stream_writer {
public:
  explicit writer(answer_head head) : head_{std::move(head)} {}

  void start(std::string& out) override {
    auto x = begin("message_start");
    x.key("message");
    write_message_head(x, head_);
    x.end_array().key("stop_reason").null().key("stop_sequence").null();
    x.key("stop_details").null().key("container").null().key("usage");
    usage so_far;
    so_far.uncached_input = head_.input_tokens;
    so_far.output = 1;
    write_usage(x, so_far);
    x.end_object();
    emit("message_start", x, out);
  }

  /// Blocks follow one another here. What comes between the fragments of a
  /// call waits until the call is whole.
  void write(const stream_event& event, std::string& out) override {
    if (open_ == block::call && part_of(event) != part_) {
      waiting_.push_back(event);
      if (!is_json_object(arguments_))
        return;
      close(out);
      for (const auto& x : std::exchange(waiting_, {}))
        write(x, out);
      return;
    }
    if (const auto* text = std::get_if<text_delta>(&event)) {
      if (!text->text.empty())
        write_text(*text, out);
    } else if (const auto* thinking = std::get_if<thinking_delta>(&event)) {
      write_thinking(*thinking, out);
    } else if (const auto* call = std::get_if<tool_call_delta>(&event)) {
      write_call(*call, out);
    } else if (const auto* opaque = std::get_if<opaque_delta>(&event)) {
      if (opaque->format == format_name)
        write_block(opaque->json, out);
    }
  }

  void finish(finish_reason why, const usage& tokens,
              std::string& out) override {
    close(out);
    while (!waiting_.empty()) {
      for (const auto& event : std::exchange(waiting_, {}))
        write(event, out);
      close(out);
    }
    auto x = begin("message_delta");
    x.key("delta").begin_object();
    x.field("stop_reason", stop_name(why, called_)).key("stop_sequence").null();
    x.key("stop_details").null().key("container").null();
    x.end_object().key("usage");
    write_usage(x, tokens);
    emit("message_delta", x, out);
    auto end = begin("message_stop");
    emit("message_stop", end, out);
  }

  void fail(const failure& why, std::string& out) override {
    out.append("event: error\ndata: ");
    out.append(error_body(why, head_.id)).append("\n\n");
  }

  void ping(std::string& out) override {
    auto x = begin("ping");
    emit("ping", x, out);
  }

  void note(std::string_view name, std::string_view text,
            std::string& out) override {
    std::string type{"smart_agents_"};
    type += name;
    auto x = begin(type);
    x.field("message", text);
    emit(type, x, out);
  }

private:
  enum class block : uint8_t { none, text, thinking, call };

  /// The part of the answer that a piece belongs to.
  static uint32_t part_of(const stream_event& event) {
    return std::visit(
      [](const auto& x) {
        if constexpr (requires { x.index; })
          return x.index;
        else
          return UINT32_MAX;
      },
      event);
  }

  static json_writer begin(std::string_view type) {
    json_writer x{192};
    x.begin_object().field("type", type);
    return x;
  }

  static void emit(std::string_view type, json_writer& x, std::string& out) {
    x.end_object();
    out.append("event: ").append(type).append("\ndata: ");
    out.append(x.take()).append("\n\n");
  }

  /// Ends the open block, with what it must not end without.
  void close(std::string& out) {
    if (open_ == block::none)
      return;
    if (open_ == block::thinking) {
      auto x = begin_delta("signature_delta");
      x.field("signature",
              seal({origin_, head_.signer, signed_thing::thought, signature_},
                   format_name, family));
      end_delta(x, out);
    }
    auto x = begin("content_block_stop");
    x.field("index", index_);
    emit("content_block_stop", x, out);
    open_ = block::none;
    signature_.clear();
    arguments_.clear();
    ++index_;
  }

  /// Opens a block of this kind for a part, unless it is open already. A block
  /// is opened when its first content comes, by the type that this has.
  bool enter(block what, uint32_t part, std::string& out) {
    if (open_ == what && part_ == part)
      return false;
    close(out);
    open_ = what;
    part_ = part;
    return true;
  }

  json_writer begin_start() const {
    auto x = begin("content_block_start");
    x.field("index", index_).key("content_block").begin_object();
    return x;
  }

  static void end_start(json_writer& x, std::string& out) {
    x.end_object();
    emit("content_block_start", x, out);
  }

  json_writer begin_delta(std::string_view type) const {
    auto x = begin("content_block_delta");
    x.field("index", index_).key("delta").begin_object().field("type", type);
    return x;
  }

  static void end_delta(json_writer& x, std::string& out) {
    x.end_object();
    emit("content_block_delta", x, out);
  }

  void write_text(const text_delta& delta, std::string& out) {
    if (enter(block::text, delta.index, out)) {
      auto x = begin_start();
      x.field("type", "text").field("text", "").key("citations").null();
      end_start(x, out);
    }
    auto x = begin_delta("text_delta");
    x.field("text", delta.text);
    end_delta(x, out);
  }

  void write_thinking(const thinking_delta& delta, std::string& out) {
    if (delta.redacted && delta.origin == format_name) {
      json_writer x;
      x.begin_object().field("type", "redacted_thinking");
      x.field("data", delta.signature).end_object();
      write_block(x.take(), out);
      return;
    }
    if (!delta.origin.empty())
      origin_ = delta.origin;
    // An unseen thought is opened by its signature alone.
    auto shown = shows(origin_, head_) && !delta.text.empty();
    if (!shown && delta.signature.empty())
      return;
    if (enter(block::thinking, delta.index, out)) {
      auto x = begin_start();
      x.field("type", "thinking").field("thinking", "").field("signature", "");
      end_start(x, out);
    }
    if (shown) {
      auto x = begin_delta("thinking_delta");
      x.field("thinking", delta.text);
      end_delta(x, out);
    }
    signature_ += delta.signature;
  }

  void write_call(const tool_call_delta& delta, std::string& out) {
    auto fresh = open_ != block::call || part_ != delta.index;
    if (!delta.signature.empty() && fresh) {
      close(out);
      json_writer x;
      write_thought(
        x, "",
        seal_of(tool_call_part{{}, {}, {}, delta.signature, head_.signer}));
      write_block(x.take(), out);
    }
    if (enter(block::call, delta.index, out)) {
      called_ = true;
      auto x = begin_start();
      x.field("type", "tool_use").field("id", portable_id(delta.id));
      x.field("name", delta.name).key("input").begin_object().end_object();
      end_start(x, out);
    }
    if (delta.arguments.empty())
      return;
    arguments_ += delta.arguments;
    auto x = begin_delta("input_json_delta");
    x.field("partial_json", delta.arguments);
    end_delta(x, out);
  }

  /// A block that is whole.
  void write_block(std::string_view json, std::string& out) {
    close(out);
    auto x = begin("content_block_start");
    x.field("index", index_).key("content_block").raw(json);
    emit("content_block_start", x, out);
    auto stop = begin("content_block_stop");
    stop.field("index", index_);
    emit("content_block_stop", stop, out);
    ++index_;
  }

  answer_head head_;
  block open_ = block::none;
  /// Part of the answer that the open block belongs to.
  uint32_t part_ = UINT32_MAX;
  /// Number of the open block, or of the next one.
  uint32_t index_ = 0;
  std::string origin_;
  std::string signature_;
  /// Of the open call, so far.
  std::string arguments_;
  std::vector<stream_event> waiting_;
  bool called_ = false;
};

} // namespace

std::unique_ptr<stream_writer> stream_client_anthropic(answer_head head) {
  return std::make_unique<writer>(std::move(head));
}

} // namespace smart_agents::codecs
