#include "adapters/simulator/json_text.hpp"
#include "adapters/simulator/writer.hpp"

namespace smart_agents::sim {

namespace {

/// Stands for an opaque signature; no provider would take it.
constexpr std::string_view signature = "c2ltdWxhdGVkLXNpZ25hdHVyZQ==";

class writer final : public answer_writer {
public:
  explicit writer(const turn& what) : turn_{what} {}

  std::string whole() override {
    std::string out;
    out.reserve(1024);
    message(out, true);
    reported_ = {turn_.input_tokens, turn_.output_tokens};
    return out;
  }

  void write(const step& x, std::string& out) override {
    switch (x.what) {
    case step::kind::head:
      out += "event: message_start\ndata: "
             R"({"type":"message_start","message":)";
      message(out, false);
      out += "}\n\n";
      reported_ = {turn_.input_tokens, 1};
      break;
    case step::kind::open: open(x, out); break;
    case step::kind::delta: delta(x, out); break;
    case step::kind::close: close(x, out); break;
    case step::kind::tail: tail(out); break;
    }
  }

  void fail(std::string& out) override {
    out += "event: error\ndata: "
           R"({"type":"error","error":{"type":"overloaded_error",)"
           R"("message":"Overloaded","details":null},"request_id":"req_011Sim)";
    out += turn_.id + "\"}\n\n";
  }

  reported so_far() const override {
    return reported_;
  }

private:
  const char* stop_reason() const {
    if (turn_.cut_by_length)
      return "max_tokens";
    return turn_.has_calls() ? "tool_use" : "end_turn";
  }

  std::string call_id(const block& x) const {
    return "toolu_01" + turn_.id + x.id;
  }

  void input_usage(std::string& out) const {
    out += R"("cache_creation_input_tokens":0,"cache_read_input_tokens":)";
    append_json(out, turn_.cached_tokens);
  }

  void message(std::string& out, bool complete) {
    out += R"({"id":"msg_01)" + turn_.id
           + R"(","type":"message","role":"assistant","model":)";
    append_json(out, turn_.model);
    out += R"(,"content":[)";
    if (complete)
      for (size_t i = 0; i < turn_.blocks.size(); ++i) {
        if (i > 0)
          out += ',';
        content(turn_.blocks[i], out);
      }
    out += R"(],"container":null,"diagnostics":null,"stop_reason":)";
    if (complete)
      append_json(out, stop_reason());
    else
      out += "null";
    out += R"(,"stop_details":null,"stop_sequence":null,"usage":)"
           R"({"cache_creation":{"ephemeral_1h_input_tokens":0,)"
           R"("ephemeral_5m_input_tokens":0},)";
    input_usage(out);
    out += R"(,"inference_geo":"global","input_tokens":)";
    append_json(out, turn_.input_tokens - turn_.cached_tokens);
    out += R"(,"output_tokens":)";
    append_json(out, complete ? turn_.output_tokens : 1);
    out += R"(,"output_tokens_details":{"thinking_tokens":)";
    append_json(out, complete ? turn_.thinking_tokens : 0);
    out += R"(},"server_tool_use":null,"service_tier":"standard",)"
           R"("speed":"standard"}})";
  }

  void content(const block& x, std::string& out) const {
    switch (x.what) {
    case block::kind::thinking:
      out += R"({"type":"thinking","thinking":)";
      append_json(out, x.text);
      out += R"(,"signature":)";
      append_json(out, signature);
      break;
    case block::kind::text:
      out += R"({"type":"text","text":)";
      append_json(out, x.text);
      out += R"(,"citations":null)";
      break;
    case block::kind::call:
      out += R"({"type":"tool_use","id":)";
      append_json(out, call_id(x));
      out += R"(,"name":)";
      append_json(out, x.name);
      out += R"(,"input":)" + x.text + R"(,"caller":{"type":"direct"})";
      break;
    }
    out += '}';
  }

  void open(const step& x, std::string& out) const {
    const auto& part = turn_.blocks[x.index];
    out += "event: content_block_start\ndata: "
           R"({"type":"content_block_start","index":)";
    append_json(out, x.index);
    out += R"(,"content_block":)";
    switch (part.what) {
    case block::kind::thinking:
      out += R"({"type":"thinking","thinking":"","signature":""})";
      break;
    case block::kind::text:
      out += R"({"type":"text","text":"","citations":null})";
      break;
    case block::kind::call:
      out += R"({"type":"tool_use","id":)";
      append_json(out, call_id(part));
      out += R"(,"name":)";
      append_json(out, part.name);
      out += R"(,"input":{},"caller":{"type":"direct"}})";
      break;
    }
    out += "}\n\n";
    if (x.index == 0)
      out += "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    if (part.what == block::kind::call)
      delta_event(x.index, R"("input_json_delta","partial_json":)", "", out);
  }

  static void delta_event(size_t index, std::string_view field,
                          std::string_view text, std::string& out) {
    out += "event: content_block_delta\ndata: "
           R"({"type":"content_block_delta","index":)";
    append_json(out, index);
    out += R"(,"delta":{"type":)";
    out += field;
    append_json(out, text);
    out += "}}\n\n";
  }

  void delta(const step& x, std::string& out) const {
    switch (turn_.blocks[x.index].what) {
    case block::kind::thinking:
      delta_event(x.index, R"("thinking_delta","thinking":)", x.piece, out);
      break;
    case block::kind::text:
      delta_event(x.index, R"("text_delta","text":)", x.piece, out);
      break;
    case block::kind::call:
      delta_event(x.index, R"("input_json_delta","partial_json":)", x.piece,
                  out);
      break;
    }
  }

  void close(const step& x, std::string& out) const {
    if (turn_.blocks[x.index].what == block::kind::thinking)
      delta_event(x.index, R"("signature_delta","signature":)", signature, out);
    out += "event: content_block_stop\ndata: "
           R"({"type":"content_block_stop","index":)";
    append_json(out, x.index);
    out += "}\n\n";
  }

  void tail(std::string& out) {
    out +=
      "event: message_delta\ndata: "
      R"({"type":"message_delta","delta":{"container":null,"stop_reason":)";
    append_json(out, stop_reason());
    out += R"(,"stop_details":null,"stop_sequence":null},"usage":)"
           R"({"input_tokens":)";
    append_json(out, turn_.input_tokens - turn_.cached_tokens);
    out += ',';
    input_usage(out);
    out += R"(,"output_tokens":)";
    append_json(out, turn_.output_tokens);
    out += R"(,"output_tokens_details":{"thinking_tokens":)";
    append_json(out, turn_.thinking_tokens);
    out += R"(},"server_tool_use":null}})"
           "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    reported_ = {turn_.input_tokens, turn_.output_tokens};
  }

  const turn& turn_;
  reported reported_;
};

} // namespace

std::unique_ptr<answer_writer> anthropic_writer(const turn& what) {
  return std::make_unique<writer>(what);
}

} // namespace smart_agents::sim
