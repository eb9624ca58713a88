#include "adapters/simulator/json_text.hpp"
#include "adapters/simulator/writer.hpp"

namespace smart_agents::sim {

namespace {

/// Where an item stands in the stream.
enum class phase : uint8_t { added, done };

/// OpenAI's Responses, which xAI speaks too.
class writer final : public answer_writer {
public:
  writer(const ask& asked, vendor whose, const turn& what)
    : asked_{asked}, whose_{whose}, turn_{what} {}

  std::string whole() override {
    std::string out;
    out.reserve(2048);
    response(final_status(), out);
    reported_ = {turn_.input_tokens, turn_.output_tokens};
    return out;
  }

  void write(const step& x, std::string& out) override {
    switch (x.what) {
    case step::kind::head:
      response_event("response.created", "in_progress", out);
      response_event("response.in_progress", "in_progress", out);
      break;
    case step::kind::open: open(x, out); break;
    case step::kind::delta: delta(x, out); break;
    case step::kind::close: close(x, out); break;
    case step::kind::tail:
      response_event(turn_.cut_by_length ? "response.incomplete"
                                         : "response.completed",
                     final_status(), out);
      reported_ = {turn_.input_tokens, turn_.output_tokens};
      break;
    }
  }

  void fail(std::string& out) override {
    response_event("response.failed", "failed", out);
  }

  reported so_far() const override {
    return reported_;
  }

private:
  const char* final_status() const {
    return turn_.cut_by_length ? "incomplete" : "completed";
  }

  std::string item_id(size_t index) const {
    static constexpr const char* prefixes[] = {"rs_", "msg_", "fc_"};
    auto what = turn_.blocks[index].what;
    return prefixes[static_cast<size_t>(what)] + turn_.id
           + std::to_string(index);
  }

  /// Begins an event: name, type and number.
  void begin(std::string_view name, std::string& out) {
    out += "event: ";
    out += name;
    out += "\ndata: {\"type\":\"";
    out += name;
    out += R"(","sequence_number":)";
    append_json(out, sequence_++);
  }

  void begin_item(std::string_view name, size_t index, std::string& out) {
    begin(name, out);
    out += R"(,"item_id":)";
    append_json(out, item_id(index));
    out += R"(,"output_index":)";
    append_json(out, index);
  }

  void response_event(std::string_view name, std::string_view status,
                      std::string& out) {
    begin(name, out);
    out += R"(,"response":)";
    response(status, out);
    out += "}\n\n";
  }

  void response(std::string_view status, std::string& out) const {
    auto ended = status == "completed" || status == "incomplete";
    auto created = std::to_string(turn_.created);
    out += R"({"id":"resp_)" + turn_.id + R"(","object":"response",)"
           + R"("created_at":)" + created + R"(,"status":)";
    append_json(out, status);
    out += R"(,"background":false,"completed_at":)";
    out += status == "completed" ? created : "null";
    out += R"(,"error":)";
    out += status == "failed" ? R"({"code":"server_error","message":)"
                                R"("The model failed to generate a response."})"
                              : "null";
    out += R"(,"incomplete_details":)";
    out +=
      status == "incomplete" ? R"({"reason":"max_output_tokens"})" : "null";
    out += R"(,"instructions":null,"max_output_tokens":)";
    if (asked_.max_output == 0)
      out += "null";
    else
      append_json(out, asked_.max_output);
    out += R"(,"max_tool_calls":null,"metadata":{},"model":)";
    append_json(out, turn_.model);
    out += R"(,"output":[)";
    if (ended)
      for (size_t i = 0; i < turn_.blocks.size(); ++i) {
        if (i > 0)
          out += ',';
        item(i, phase::done, out);
      }
    out += R"(],"parallel_tool_calls":true,"previous_response_id":null,)"
           R"("prompt_cache_key":null,"reasoning":{"effort":null,)"
           R"("summary":null},"safety_identifier":null,)"
           R"("service_tier":"default","temperature":1.0,)"
           R"("text":{"format":{"type":"text"},"verbosity":"medium"},)"
           R"("tool_choice":"auto","tools":[],"top_logprobs":0,)"
           R"("top_p":1.0,"truncation":"disabled","usage":)";
    if (ended)
      usage(out);
    else
      out += "null";
    out += R"(,"access_programs":null})";
  }

  void usage(std::string& out) const {
    out += R"({"input_tokens":)";
    append_json(out, turn_.input_tokens);
    out += R"(,"input_tokens_details":{"cached_tokens":)";
    append_json(out, turn_.cached_tokens);
    if (whose_ != vendor::xai)
      out += R"(,"cache_write_tokens":0)";
    out += R"(},"output_tokens":)";
    append_json(out, turn_.output_tokens);
    out += R"(,"output_tokens_details":{"reasoning_tokens":)";
    append_json(out, turn_.thinking_tokens);
    out += R"(},"total_tokens":)";
    append_json(out, turn_.input_tokens + turn_.output_tokens);
    if (whose_ == vendor::xai) {
      out += R"(,"num_sources_used":0,"num_server_side_tools_used":0,)"
             R"("cost_in_usd_ticks":)";
      append_json(out,
                  turn_.input_tokens * 20'000 + turn_.output_tokens * 60'000);
    }
    out += '}';
  }

  void item(size_t index, phase at, std::string& out) const {
    const auto& x = turn_.blocks[index];
    auto done = at == phase::done;
    out += R"({"id":)";
    append_json(out, item_id(index));
    switch (x.what) {
    case block::kind::thinking:
      out += R"(,"type":"reasoning","summary":[)";
      if (done) {
        summary(x.text, out);
        out += R"(],"encrypted_content":"c2ltdWxhdGVk"})";
      } else {
        out += "]}";
      }
      break;
    case block::kind::text:
      out += R"(,"type":"message","status":)";
      append_json(out, done ? "completed" : "in_progress");
      out += R"(,"role":"assistant","phase":)";
      append_json(out, turn_.has_calls() ? "commentary" : "final_answer");
      out += R"(,"content":[)";
      if (done)
        text_part(x.text, out);
      out += "]}";
      break;
    case block::kind::call:
      out += R"(,"type":"function_call","status":)";
      append_json(out, done ? "completed" : "in_progress");
      out += R"(,"arguments":)";
      append_json(out, done ? x.text : "");
      out += R"(,"call_id":"call_)" + turn_.id + x.id + R"(","name":)";
      append_json(out, x.name);
      out += '}';
      break;
    }
  }

  static void summary(std::string_view text, std::string& out) {
    out += R"({"type":"summary_text","text":)";
    append_json(out, text);
    out += '}';
  }

  static void text_part(std::string_view text, std::string& out) {
    out += R"({"type":"output_text","text":)";
    append_json(out, text);
    out += R"(,"annotations":[],"logprobs":[]})";
  }

  void item_event(std::string_view name, size_t index, phase at,
                  std::string& out) {
    begin(name, out);
    out += R"(,"output_index":)";
    append_json(out, index);
    out += R"(,"item":)";
    item(index, at, out);
    out += "}\n\n";
  }

  void open(const step& x, std::string& out) {
    item_event("response.output_item.added", x.index, phase::added, out);
    if (turn_.blocks[x.index].what == block::kind::thinking) {
      begin_item("response.reasoning_summary_part.added", x.index, out);
      out += R"(,"summary_index":0,"part":)";
      summary("", out);
      out += "}\n\n";
    } else if (turn_.blocks[x.index].what == block::kind::text) {
      begin_item("response.content_part.added", x.index, out);
      out += R"(,"content_index":0,"part":)";
      text_part("", out);
      out += "}\n\n";
    }
  }

  void delta(const step& x, std::string& out) {
    switch (turn_.blocks[x.index].what) {
    case block::kind::thinking:
      begin_item("response.reasoning_summary_text.delta", x.index, out);
      out += R"(,"summary_index":0,"delta":)";
      append_json(out, x.piece);
      break;
    case block::kind::text:
      begin_item("response.output_text.delta", x.index, out);
      out += R"(,"content_index":0,"delta":)";
      append_json(out, x.piece);
      out += R"(,"logprobs":[])";
      break;
    case block::kind::call:
      begin_item("response.function_call_arguments.delta", x.index, out);
      out += R"(,"delta":)";
      append_json(out, x.piece);
      break;
    }
    out += "}\n\n";
  }

  void close(const step& x, std::string& out) {
    const auto& part = turn_.blocks[x.index];
    switch (part.what) {
    case block::kind::thinking:
      begin_item("response.reasoning_summary_text.done", x.index, out);
      out += R"(,"summary_index":0,"text":)";
      append_json(out, part.text);
      out += "}\n\n";
      begin_item("response.reasoning_summary_part.done", x.index, out);
      out += R"(,"summary_index":0,"part":)";
      summary(part.text, out);
      break;
    case block::kind::text:
      begin_item("response.output_text.done", x.index, out);
      out += R"(,"content_index":0,"text":)";
      append_json(out, part.text);
      out += R"(,"logprobs":[]})"
             "\n\n";
      begin_item("response.content_part.done", x.index, out);
      out += R"(,"content_index":0,"part":)";
      text_part(part.text, out);
      break;
    case block::kind::call:
      begin_item("response.function_call_arguments.done", x.index, out);
      out += R"(,"arguments":)";
      append_json(out, part.text);
      break;
    }
    out += "}\n\n";
    item_event("response.output_item.done", x.index, phase::done, out);
  }

  const ask& asked_;
  vendor whose_;
  const turn& turn_;
  reported reported_;
  uint64_t sequence_ = 0;
};

} // namespace

std::unique_ptr<answer_writer> responses_writer(const ask& asked, vendor whose,
                                                const turn& what) {
  return std::make_unique<writer>(asked, whose, what);
}

} // namespace smart_agents::sim
