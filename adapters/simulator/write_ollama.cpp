#include "adapters/simulator/json_text.hpp"
#include "adapters/simulator/writer.hpp"

namespace smart_agents::sim {

namespace {

/// Ollama's own format: /api/chat and /api/generate, NDJSON when streamed.
class writer final : public answer_writer {
public:
  writer(const ask& asked, const turn& what)
    : turn_{what}, generate_{asked.format == wire::ollama_generate} {}

  std::string whole() override {
    std::string out;
    begin(out);
    auto text = joined(block::kind::text);
    auto thought = joined(block::kind::thinking);
    content(text, thought, out);
    if (turn_.has_calls() && !generate_) {
      out += R"(,"tool_calls":[)";
      for (size_t i = 0, n = 0; i < turn_.blocks.size(); ++i)
        if (turn_.blocks[i].what == block::kind::call) {
          if (n++ > 0)
            out += ',';
          call(i, out);
        }
      out += ']';
    }
    end_content(out);
    done(out);
    return out;
  }

  void write(const step& x, std::string& out) override {
    switch (x.what) {
    case step::kind::head:
    case step::kind::open: break;
    case step::kind::delta: {
      auto what = turn_.blocks[x.index].what;
      if (what == block::kind::call)
        break;
      auto thinking = what == block::kind::thinking;
      begin(out);
      content(thinking ? std::string_view{} : x.piece,
              thinking ? x.piece : std::string_view{}, out);
      end_content(out);
      out += ",\"done\":false}\n";
      break;
    }
    case step::kind::close:
      // Calls come whole, one a line.
      if (turn_.blocks[x.index].what != block::kind::call || generate_)
        break;
      begin(out);
      content("", "", out);
      out += R"(,"tool_calls":[)";
      call(x.index, out);
      out += ']';
      end_content(out);
      out += ",\"done\":false}\n";
      break;
    case step::kind::tail:
      begin(out);
      content("", "", out);
      end_content(out);
      done(out);
      out += '\n';
      break;
    }
  }

  void fail(std::string& out) override {
    out += "{\"error\":\"an error was encountered while running the "
           "model\"}\n";
  }

  reported so_far() const override {
    return reported_;
  }

  std::string_view stream_type() const override {
    return "application/x-ndjson";
  }

private:
  std::string joined(block::kind what) const {
    std::string result;
    for (const auto& x : turn_.blocks)
      if (x.what == what)
        result += x.text;
    return result;
  }

  void begin(std::string& out) const {
    out += R"({"model":)";
    append_json(out, turn_.model);
    out += R"(,"created_at":)";
    append_json(out, rfc3339(turn_.created * 1'000'000'000, 6));
  }

  void content(std::string_view text, std::string_view thought,
               std::string& out) const {
    out += generate_ ? R"(,"response":)"
                     : R"(,"message":{"role":"assistant","content":)";
    append_json(out, text);
    if (!thought.empty()) {
      out += R"(,"thinking":)";
      append_json(out, thought);
    }
  }

  void end_content(std::string& out) const {
    if (!generate_)
      out += '}';
  }

  void call(size_t index, std::string& out) const {
    const auto& x = turn_.blocks[index];
    size_t position = 0;
    for (size_t i = 0; i < index; ++i)
      position += turn_.blocks[i].what == block::kind::call;
    out += R"({"id":"call_)" + turn_.id + x.id + R"(","function":{"index":)";
    append_json(out, position);
    out += R"(,"name":)";
    append_json(out, x.name);
    out += R"(,"arguments":)" + x.text + "}}";
  }

  void done(std::string& out) {
    out += R"(,"done":true,"done_reason":)";
    if (turn_.load_only) {
      out += R"("load"})";
      return;
    }
    append_json(out, turn_.cut_by_length ? "length" : "stop");
    // Made-up speeds: 1 ms a token read, 20 ms a token written.
    auto read = turn_.input_tokens * 1'000'000;
    auto written = turn_.output_tokens * 20'000'000;
    out += R"(,"total_duration":)";
    append_json(out, read + written + 1'334'875);
    out += R"(,"load_duration":1334875,"prompt_eval_count":)";
    append_json(out, turn_.input_tokens);
    out += R"(,"prompt_eval_duration":)";
    append_json(out, read);
    out += R"(,"eval_count":)";
    append_json(out, turn_.output_tokens);
    out += R"(,"eval_duration":)";
    append_json(out, written);
    out += '}';
    reported_ = {turn_.input_tokens, turn_.output_tokens};
  }

  const turn& turn_;
  bool generate_;
  reported reported_;
};

} // namespace

std::unique_ptr<answer_writer> ollama_writer(const ask& asked,
                                             const turn& what) {
  return std::make_unique<writer>(asked, what);
}

std::unique_ptr<answer_writer> make_writer(const ask& asked, vendor whose,
                                           const turn& what) {
  switch (asked.format) {
  case wire::anthropic: return anthropic_writer(what);
  case wire::chat: return chat_writer(asked, whose, what);
  case wire::responses: return responses_writer(asked, whose, what);
  case wire::gemini: return gemini_writer(asked, what);
  case wire::ollama_chat:
  case wire::ollama_generate: return ollama_writer(asked, what);
  }
  return nullptr;
}

} // namespace smart_agents::sim
