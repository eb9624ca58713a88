#include "adapters/simulator/json_text.hpp"
#include "adapters/simulator/writer.hpp"

#include <algorithm>

namespace smart_agents::sim {

namespace {

/// Chat Completions, with the habits of OpenAI, xAI, Ollama and others.
class writer final : public answer_writer {
public:
  writer(const ask& asked, vendor whose, const turn& what)
    : asked_{asked}, whose_{whose}, turn_{what} {}

  std::string whole() override {
    std::string out;
    out.reserve(1024);
    head(out, "chat.completion");
    out += R"(,"choices":[{"index":0,"message":{"role":"assistant","content":)";
    auto text = joined(block::kind::text);
    if (text.empty() && turn_.has_calls())
      out += "null";
    else
      append_json(out, text);
    out += R"(,"refusal":null)";
    if (auto thought = joined(block::kind::thinking);
        !thought.empty() && whose_ != vendor::openai && whose_ != vendor::xai) {
      out += R"(,"reasoning":)";
      append_json(out, thought);
    }
    if (whose_ == vendor::openai)
      out += R"(,"annotations":[])";
    if (turn_.has_calls()) {
      out += R"(,"tool_calls":[)";
      auto comma = false;
      for (const auto& x : turn_.blocks)
        if (x.what == block::kind::call) {
          if (std::exchange(comma, true))
            out += ',';
          call(x, x.text, false, out);
        }
      out += ']';
    }
    out += '}';
    if (whose_ == vendor::openai)
      out += R"(,"logprobs":null)";
    out += R"(,"finish_reason":)";
    append_json(out, finish_reason());
    out += R"(}],"usage":)";
    usage(out);
    if (whose_ == vendor::openai)
      out += R"(,"service_tier":"default")";
    out += R"(,"system_fingerprint":"fp_simulated"})";
    reported_ = {turn_.input_tokens, turn_.output_tokens};
    return out;
  }

  void write(const step& x, std::string& out) override {
    switch (x.what) {
    case step::kind::head:
      // xAI and Ollama have no chunk of its own for the role.
      if (whose_ != vendor::xai && whose_ != vendor::ollama)
        chunk(R"({"role":"assistant","content":"","refusal":null})", "null",
              out);
      break;
    case step::kind::open:
      if (turn_.blocks[x.index].what == block::kind::call && !calls_whole())
        call_chunk(turn_.blocks[x.index], "", true, out);
      break;
    case step::kind::delta: delta(x, out); break;
    case step::kind::close:
      if (turn_.blocks[x.index].what == block::kind::call && calls_whole())
        call_chunk(turn_.blocks[x.index], turn_.blocks[x.index].text, true,
                   out);
      break;
    case step::kind::tail: tail(out); break;
    }
  }

  void fail(std::string& out) override {
    out +=
      whose_ == vendor::xai
        ? "data: {\"code\":\"Internal error\",\"error\":\"The model failed "
          "to answer.\"}\n\n"
        : "data: {\"error\":{\"message\":\"The server had an error while "
          "processing your request. Sorry about "
          "that!\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"
          "\n\n";
  }

  reported so_far() const override {
    return reported_;
  }

private:
  /// They send a call in one piece.
  bool calls_whole() const {
    return whose_ == vendor::xai || whose_ == vendor::ollama;
  }

  std::string joined(block::kind what) const {
    std::string result;
    for (const auto& x : turn_.blocks)
      if (x.what == what)
        result += x.text;
    return result;
  }

  const char* finish_reason() const {
    if (turn_.cut_by_length)
      return "length";
    return turn_.has_calls() ? "tool_calls" : "stop";
  }

  void head(std::string& out, std::string_view object) const {
    out += whose_ == vendor::xai ? R"({"id":")" : R"({"id":"chatcmpl-)";
    out += turn_.id;
    out += R"(","object":")";
    out += object;
    out += R"(","created":)" + std::to_string(turn_.created) + R"(,"model":)";
    append_json(out, turn_.model);
  }

  void chunk_head(std::string& out) const {
    out += "data: ";
    head(out, "chat.completion.chunk");
    if (whose_ == vendor::openai)
      out += R"(,"service_tier":"default")";
    out += R"(,"system_fingerprint":"fp_simulated")";
  }

  void chunk(std::string_view delta, std::string_view finish,
             std::string& out) const {
    chunk_head(out);
    out += R"(,"choices":[{"index":0,"delta":)";
    out += delta;
    if (whose_ == vendor::openai)
      out += R"(,"logprobs":null)";
    out += R"(,"finish_reason":)";
    out += finish;
    out += "}]";
    if (whose_ == vendor::openai) {
      if (asked_.include_usage)
        out += R"(,"usage":null)";
      out += R"(,"obfuscation":"x7Qp")";
    }
    out += "}\n\n";
  }

  /// Position of a call among the calls.
  size_t call_index(const block& x) const {
    size_t result = 0;
    for (const auto& other : turn_.blocks) {
      if (&other == &x)
        break;
      result += other.what == block::kind::call;
    }
    return result;
  }

  void call(const block& x, std::string_view arguments, bool indexed,
            std::string& out) const {
    out += '{';
    if (indexed) {
      out += R"("index":)";
      append_json(out, call_index(x));
      out += ',';
    }
    out += R"("id":"call_)" + turn_.id + x.id
           + R"(","type":"function","function":{"name":)";
    append_json(out, x.name);
    out += R"(,"arguments":)";
    append_json(out, arguments);
    out += "}}";
  }

  void call_chunk(const block& x, std::string_view arguments, bool indexed,
                  std::string& out) const {
    std::string delta = calls_whole()
                          ? R"({"role":"assistant","content":"","tool_calls":[)"
                          : R"({"tool_calls":[)";
    call(x, arguments, indexed, delta);
    chunk(delta + "]}", "null", out);
  }

  void delta(const step& x, std::string& out) {
    const auto& part = turn_.blocks[x.index];
    std::string text;
    // Those without a chunk for the role send it with the first content.
    auto with_role = calls_whole() && !std::exchange(role_sent_, true);
    text += with_role ? R"({"role":"assistant",)" : "{";
    switch (part.what) {
    case block::kind::thinking:
      // OpenAI and xAI keep thoughts to themselves here.
      if (whose_ == vendor::openai || whose_ == vendor::xai) {
        role_sent_ = role_sent_ && !with_role;
        return;
      }
      text += whose_ == vendor::ollama ? R"("content":"","reasoning":)"
                                       : R"("reasoning":)";
      append_json(text, x.piece);
      break;
    case block::kind::text:
      text += R"("content":)";
      append_json(text, x.piece);
      break;
    case block::kind::call:
      if (calls_whole())
        return;
      text += R"("tool_calls":[{"index":)";
      append_json(text, call_index(part));
      text += R"(,"function":{"arguments":)";
      append_json(text, x.piece);
      text += "}}]";
      break;
    }
    chunk(text + "}", "null", out);
  }

  void tail(std::string& out) {
    std::string finish;
    append_json(finish, finish_reason());
    chunk(whose_ == vendor::xai ? R"({"content":""})" : "{}", finish, out);
    if (asked_.include_usage) {
      chunk_head(out);
      out += R"(,"choices":[],"usage":)";
      usage(out);
      if (whose_ == vendor::openai)
        out += R"(,"obfuscation":"")";
      out += "}\n\n";
      reported_ = {turn_.input_tokens, turn_.output_tokens};
    }
    out += "data: [DONE]\n\n";
  }

  void usage(std::string& out) const {
    // xAI alone counts thoughts beside the completion.
    auto apart = whose_ == vendor::xai ? turn_.thinking_tokens : 0;
    out += R"({"prompt_tokens":)";
    append_json(out, turn_.input_tokens);
    out += R"(,"completion_tokens":)";
    append_json(out, turn_.output_tokens - apart);
    out += R"(,"total_tokens":)";
    append_json(out, turn_.input_tokens + turn_.output_tokens);
    if (whose_ == vendor::ollama) {
      out += '}';
      return;
    }
    out += R"(,"prompt_tokens_details":{)";
    if (whose_ == vendor::xai) {
      out += R"("text_tokens":)";
      append_json(out, turn_.input_tokens);
      out += R"(,"audio_tokens":0,"image_tokens":0,"cached_tokens":)";
      append_json(out, turn_.cached_tokens);
    } else {
      out += R"("cached_tokens":)";
      append_json(out, turn_.cached_tokens);
      out += R"(,"cache_write_tokens":0,"audio_tokens":0)";
    }
    out += R"(},"completion_tokens_details":{"reasoning_tokens":)";
    append_json(out, turn_.thinking_tokens);
    out += R"(,"audio_tokens":0,"accepted_prediction_tokens":0,)"
           R"("rejected_prediction_tokens":0})";
    if (whose_ == vendor::xai) {
      out += R"(,"num_sources_used":0,"cost_in_usd_ticks":)";
      append_json(out,
                  turn_.input_tokens * 20'000 + turn_.output_tokens * 60'000);
    }
    out += '}';
  }

  const ask& asked_;
  vendor whose_;
  const turn& turn_;
  reported reported_;
  bool role_sent_ = false;
};

} // namespace

std::unique_ptr<answer_writer> chat_writer(const ask& asked, vendor whose,
                                           const turn& what) {
  return std::make_unique<writer>(asked, whose, what);
}

} // namespace smart_agents::sim
