#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/client_responses.hpp"
#include "adapters/codecs/client_responses_shapes.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/wire.hpp"

#include <utility>

namespace smart_agents::codecs {

namespace {

using namespace responses_api;

constexpr std::string_view format_name = "openai-responses";
constexpr std::string_view family = "gpt";

class writer final : public stream_writer {
public:
  explicit writer(answer_head head) : head_{std::move(head)} {}

  void start(std::string& out) override {
    response_event("response.created", "in_progress", {}, nullptr, nullptr,
                   out);
    response_event("response.in_progress", "in_progress", {}, nullptr, nullptr,
                   out);
  }

  void write(const stream_event& event, std::string& out) override {
    if (const auto* text = std::get_if<text_delta>(&event)) {
      if (!text->text.empty())
        write_text(*text, out);
    } else if (const auto* thinking = std::get_if<thinking_delta>(&event)) {
      write_thinking(*thinking, out);
    } else if (const auto* call = std::get_if<tool_call_delta>(&event)) {
      write_call(*call, out);
    } else if (const auto* opaque = std::get_if<opaque_delta>(&event)) {
      if (opaque->format == format_name) {
        close_others(UINT32_MAX, out);
        auto& x = open(item::kind::kept, opaque->index, out, opaque->json);
        close(x, out);
      }
    }
  }

  void finish(finish_reason why, const usage& tokens,
              std::string& out) override {
    for (auto& x : items_)
      close(x, out);
    auto reason = incomplete(why);
    auto status = reason.empty() ? "completed" : "incomplete";
    response_event(std::string{"response."} + status, status, reason, nullptr,
                   &tokens, out);
  }

  void fail(const failure& why, std::string& out) override {
    response_event("response.failed", "failed", {}, &why, nullptr, out);
  }

  void ping(std::string& out) override {
    out += ": keep-alive\n\n";
  }

  void note(std::string_view name, std::string_view text,
            std::string& out) override {
    std::string type{"smart_agents."};
    type += name;
    auto x = begin(type);
    x.field("message", text);
    emit(type, x, out);
  }

private:
  json_writer begin(std::string_view type) {
    json_writer x{256};
    x.begin_object().field("type", type);
    x.field("sequence_number", sequence_++);
    return x;
  }

  static void emit(std::string_view type, json_writer& x, std::string& out) {
    x.end_object();
    out.append("event: ").append(type).append("\ndata: ");
    out.append(x.take()).append("\n\n");
  }

  void response_event(std::string_view type, std::string_view status,
                      std::string_view why_incomplete, const failure* error,
                      const usage* tokens, std::string& out) {
    auto x = begin(type);
    x.key("response");
    write_response(x, head_, status, why_incomplete, error,
                   tokens || error ? output_of(items_) : "[]", tokens);
    emit(type, x, out);
  }

  uint64_t number_of(const item& x) const {
    return static_cast<uint64_t>(&x - items_.data());
  }

  json_writer begin_in(std::string_view type, const item& x) {
    auto result = begin(type);
    result.field("item_id", x.id).field("output_index", number_of(x));
    return result;
  }

  void item_event(std::string_view type, const item& x, bool whole,
                  std::string& out) {
    auto event = begin(type);
    event.field("output_index", number_of(x)).key("item");
    write_item(event, x, whole);
    emit(type, event, out);
  }

  /// The open item of a part, or null.
  item* find_open(item::kind what, uint32_t part) {
    for (auto& x : items_)
      if (!x.done && x.what == what && x.part == part)
        return &x;
    return nullptr;
  }

  /// Begins an item. Fragments name their item by its number, so that a call
  /// stays open until it is whole, whatever comes between.
  item& open(item::kind what, uint32_t part, std::string& out,
             std::string text = {}) {
    item x;
    x.what = what;
    x.part = part;
    x.id = id_of(head_, what, items_.size());
    x.text = std::move(text);
    items_.push_back(std::move(x));
    auto& result = items_.back();
    if (what != item::kind::call)
      item_event("response.output_item.added", result, false, out);
    return result;
  }

  /// Ends what is whole once another part begins.
  void close_others(uint32_t part, std::string& out) {
    for (auto& x : items_)
      if (!x.done && x.part != part
          && (x.what != item::kind::call || is_json_object(x.text)))
        close(x, out);
  }

  void close(item& x, std::string& out) {
    if (std::exchange(x.done, true))
      return;
    if (x.what == item::kind::message)
      close_message(x, out);
    else if (x.what == item::kind::reasoning)
      close_summary(x, out);
    else if (x.what == item::kind::call)
      close_call(x, out);
    item_event("response.output_item.done", x, true, out);
  }

  void close_message(const item& x, std::string& out) {
    auto text = begin_in("response.output_text.done", x);
    text.field("content_index", uint64_t{0}).field("text", x.text);
    text.key("logprobs").begin_array().end_array();
    emit("response.output_text.done", text, out);
    auto part = begin_in("response.content_part.done", x);
    part.field("content_index", uint64_t{0}).key("part");
    write_text_part(part, x.text);
    emit("response.content_part.done", part, out);
  }

  void close_summary(const item& x, std::string& out) {
    if (x.text.empty())
      return;
    auto text = begin_in("response.reasoning_summary_text.done", x);
    text.field("summary_index", uint64_t{0}).field("text", x.text);
    emit("response.reasoning_summary_text.done", text, out);
    auto part = begin_in("response.reasoning_summary_part.done", x);
    part.field("summary_index", uint64_t{0}).key("part");
    write_summary_part(part, x.text);
    emit("response.reasoning_summary_part.done", part, out);
  }

  void close_call(item& x, std::string& out) {
    // A call without arguments would leave invalid JSON behind.
    if (x.text.empty())
      add_arguments(x, "{}", out);
    auto event = begin_in("response.function_call_arguments.done", x);
    event.field("name", x.name).field("arguments", x.text);
    emit("response.function_call_arguments.done", event, out);
  }

  void write_text(const text_delta& delta, std::string& out) {
    auto* x = find_open(item::kind::message, delta.index);
    if (x == nullptr) {
      close_others(delta.index, out);
      x = &open(item::kind::message, delta.index, out);
      auto part = begin_in("response.content_part.added", *x);
      part.field("content_index", uint64_t{0}).key("part");
      write_text_part(part, "");
      emit("response.content_part.added", part, out);
    }
    x->text += delta.text;
    auto event = begin_in("response.output_text.delta", *x);
    event.field("content_index", uint64_t{0}).field("delta", delta.text);
    event.key("logprobs").begin_array().end_array();
    emit("response.output_text.delta", event, out);
  }

  void write_thinking(const thinking_delta& delta, std::string& out) {
    if (!delta.origin.empty())
      origin_ = delta.origin;
    auto shown = head_.show_thoughts && !delta.text.empty();
    if (!shown && delta.signature.empty())
      return;
    auto* x = find_open(item::kind::reasoning, delta.index);
    if (x == nullptr) {
      close_others(delta.index, out);
      x = &open(item::kind::reasoning, delta.index, out);
    }
    if (shown) {
      if (x->text.empty()) {
        auto part = begin_in("response.reasoning_summary_part.added", *x);
        part.field("summary_index", uint64_t{0}).key("part");
        write_summary_part(part, "");
        emit("response.reasoning_summary_part.added", part, out);
      }
      x->text += delta.text;
      auto event = begin_in("response.reasoning_summary_text.delta", *x);
      event.field("summary_index", uint64_t{0}).field("delta", delta.text);
      emit("response.reasoning_summary_text.delta", event, out);
    }
    if (!delta.signature.empty()) {
      signature_ =
        x->sealed.empty() ? delta.signature : signature_ + delta.signature;
      x->sealed =
        seal({origin_, head_.signer, signed_thing::thought, signature_},
             format_name, family);
    }
  }

  void write_call(const tool_call_delta& delta, std::string& out) {
    auto* x = find_open(item::kind::call, delta.index);
    if (x == nullptr) {
      close_others(delta.index, out);
      if (!delta.signature.empty()) {
        auto& state = open(item::kind::reasoning, UINT32_MAX, out);
        state.sealed = seal_of_call(delta.signature, head_.signer);
        close(state, out);
      }
      x = &open(item::kind::call, delta.index, out);
      x->call_id = portable_id(delta.id);
      x->name = delta.name;
      item_event("response.output_item.added", *x, false, out);
    }
    if (!delta.arguments.empty())
      add_arguments(*x, delta.arguments, out);
  }

  void add_arguments(item& x, std::string_view text, std::string& out) {
    x.text += text;
    auto event = begin_in("response.function_call_arguments.delta", x);
    event.field("delta", text);
    emit("response.function_call_arguments.delta", event, out);
  }

  answer_head head_;
  std::vector<item> items_;
  std::string origin_;
  std::string signature_;
  uint64_t sequence_ = 0;
};

} // namespace

std::unique_ptr<stream_writer> stream_client_responses(answer_head head) {
  return std::make_unique<writer>(std::move(head));
}

} // namespace smart_agents::codecs
