#include "adapters/simulator/json_text.hpp"
#include "adapters/simulator/writer.hpp"

namespace smart_agents::sim {

namespace {

/// Gemini's generateContent. Streamed, each event is a whole answer that adds
/// parts; without `alt=sse` the events are the elements of one array.
class writer final : public answer_writer {
public:
  writer(const ask& asked, const turn& what) : asked_{asked}, turn_{what} {}

  std::string whole() override {
    std::string parts;
    for (const auto& x : turn_.blocks)
      part(x, x.text, parts);
    told_ = turn_.output_tokens;
    thought_ = turn_.thinking_tokens;
    std::string out;
    out.reserve(512 + parts.size());
    response(parts, finish_reason(), out);
    return out;
  }

  void write(const step& x, std::string& out) override {
    switch (x.what) {
    case step::kind::head:
    case step::kind::open: break;
    case step::kind::delta: {
      const auto& from = turn_.blocks[x.index];
      told_ += x.tokens;
      if (from.what == block::kind::thinking)
        thought_ += x.tokens;
      // Calls come whole.
      if (from.what != block::kind::call)
        event(from, x.piece, out);
      break;
    }
    case step::kind::close:
      if (turn_.blocks[x.index].what == block::kind::call)
        event(turn_.blocks[x.index], turn_.blocks[x.index].text, out);
      break;
    case step::kind::tail: {
      std::string body;
      response(R"({"text":"","thoughtSignature":"c2ltdWxhdGVk"})",
               finish_reason(), body);
      frame(body, out);
      if (asked_.as_array)
        out += "]";
      break;
    }
    }
  }

  void fail(std::string& out) override {
    frame(R"({"error":{"code":503,"message":"The model is overloaded. Please )"
          R"(try again later.","status":"UNAVAILABLE"}})",
          out);
    if (asked_.as_array)
      out += "]";
  }

  reported so_far() const override {
    return reported_;
  }

  std::string_view stream_type() const override {
    return asked_.as_array ? "application/json; charset=UTF-8"
                           : "text/event-stream";
  }

private:
  const char* finish_reason() const {
    // Calls do not change it.
    return turn_.cut_by_length ? "MAX_TOKENS" : "STOP";
  }

  void frame(std::string_view body, std::string& out) {
    if (asked_.as_array) {
      out += std::exchange(begun_, true) ? ",\r\n" : "[";
      out += body;
    } else {
      out += "data: ";
      out += body;
      out += "\r\n\r\n";
    }
  }

  void event(const block& from, std::string_view text, std::string& out) {
    std::string parts;
    part(from, text, parts);
    std::string body;
    response(parts, nullptr, body);
    frame(body, out);
  }

  void part(const block& x, std::string_view text, std::string& out) const {
    if (!out.empty())
      out += ',';
    if (x.what == block::kind::call) {
      out += R"({"functionCall":{"id":"fc-)" + turn_.id + x.id + R"(","name":)";
      append_json(out, x.name);
      out += R"(,"args":)";
      out += text;
      // Of parallel calls the first alone bears a signature.
      out += first_call(x) ? R"(},"thoughtSignature":"c2ltdWxhdGVk"})" : "}}";
      return;
    }
    out += R"({"text":)";
    append_json(out, text);
    out += x.what == block::kind::thinking ? R"(,"thought":true})" : "}";
  }

  bool first_call(const block& x) const {
    for (const auto& other : turn_.blocks)
      if (other.what == block::kind::call)
        return &other == &x;
    return false;
  }

  void response(std::string_view parts, const char* finish, std::string& out) {
    out += R"({"candidates":[{"content":{"role":"model","parts":[)";
    out += parts;
    out += "]}";
    if (finish != nullptr) {
      out += R"(,"finishReason":)";
      append_json(out, finish);
    }
    out += R"(,"index":0}],"usageMetadata":)";
    usage(finish != nullptr, out);
    out += R"(,"modelVersion":)";
    append_json(out, turn_.model);
    out += R"(,"responseId":)";
    append_json(out, turn_.id);
    out += '}';
  }

  void usage(bool last, std::string& out) {
    reported_ = {turn_.input_tokens, told_};
    out += R"({"promptTokenCount":)";
    append_json(out, turn_.input_tokens);
    if (last || told_ > thought_) {
      out += R"(,"candidatesTokenCount":)";
      append_json(out, told_ - thought_);
    }
    out += R"(,"totalTokenCount":)";
    append_json(out, turn_.input_tokens + told_);
    if (turn_.cached_tokens > 0) {
      out += R"(,"cachedContentTokenCount":)";
      append_json(out, turn_.cached_tokens);
    }
    if (thought_ > 0) {
      out += R"(,"thoughtsTokenCount":)";
      append_json(out, thought_);
    }
    out += R"(,"promptTokensDetails":[{"modality":"TEXT","tokenCount":)";
    append_json(out, turn_.input_tokens);
    out += "}]";
    if (last && turn_.cached_tokens > 0) {
      out += R"(,"cacheTokensDetails":[{"modality":"TEXT","tokenCount":)";
      append_json(out, turn_.cached_tokens);
      out += "}]";
    }
    out += '}';
  }

  const ask& asked_;
  const turn& turn_;
  reported reported_;
  uint64_t told_ = 0;
  uint64_t thought_ = 0;
  bool begun_ = false;
};

} // namespace

std::unique_ptr<answer_writer> gemini_writer(const ask& asked,
                                             const turn& what) {
  return std::make_unique<writer>(asked, what);
}

} // namespace smart_agents::sim
