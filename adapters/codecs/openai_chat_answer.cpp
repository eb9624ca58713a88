#include "adapters/codecs/openai_chat_answer.hpp"

#include "adapters/codecs/answer_stream.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace smart_agents::codecs {

namespace {

// Found beside those for objects of simdjson.
using codecs::count_at;
using codecs::find;
using codecs::maybe_count_at;
using codecs::object_at;

/// An object that simdjson read, or none; asked like one of Boost's.
struct quick_object {
  std::optional<simdjson::dom::object> of = {};
};

std::optional<simdjson::dom::element> find(const quick_object& from,
                                           std::string_view key) {
  simdjson::dom::element result;
  if (!from.of || from.of->at_key(key).get(result) || result.is_null())
    return std::nullopt;
  return result;
}

quick_object object_at(const quick_object& from, std::string_view key) {
  simdjson::dom::object result;
  if (auto x = find(from, key); x && !x->get(result))
    return {result};
  return {};
}

std::optional<uint64_t> maybe_count_at(const quick_object& from,
                                       std::string_view key) {
  auto x = find(from, key);
  if (!x)
    return std::nullopt;
  if (x->is_int64())
    return static_cast<uint64_t>(
      std::max<int64_t>(x->get_int64().value_unsafe(), 0));
  if (double y = 0; x->is_double() && !x->get(y) && y >= 0 && y < 1e15)
    return static_cast<uint64_t>(y);
  return std::nullopt;
}

uint64_t count_at(const quick_object& from, std::string_view key) {
  return maybe_count_at(from, key).value_or(0);
}

std::optional<double> number_at(const quick_object& from,
                                std::string_view key) {
  double result = 0;
  if (auto x = find(from, key); x && !x->get(result))
    return result;
  return std::nullopt;
}

std::optional<double> number_at(const json::object& from,
                                std::string_view key) {
  const auto* x = find(from, key);
  return x && x->is_number() ? std::optional{x->to_number<double>()}
                             : std::nullopt;
}

template <class Object>
usage usage_of(const Object& x, bool reasoning_excluded) {
  usage result;
  const auto& input = object_at(x, "prompt_tokens_details");
  // DeepSeek and Moonshot put it elsewhere.
  for (auto cached :
       {count_at(input, "cached_tokens"),
        count_at(x, "prompt_cache_hit_tokens"), count_at(x, "cached_tokens")})
    if (result.cache_read == 0)
      result.cache_read = cached;
  result.cache_write = count_at(input, "cache_write_tokens");
  auto prompt = count_at(x, "prompt_tokens");
  auto cached = result.cache_read + result.cache_write;
  result.uncached_input = prompt - std::min(prompt, cached);
  result.output = count_at(x, "completion_tokens");
  result.reasoning =
    count_at(object_at(x, "completion_tokens_details"), "reasoning_tokens");
  if (auto cost = number_at(x, "cost"))
    result.charged_usd = cost; // OpenRouter
  else if (auto ticks = maybe_count_at(x, "cost_in_usd_ticks"))
    result.charged_usd = static_cast<double>(*ticks) / 1e10; // xAI
  // xAI counts reasoning beside the completion, as its total shows.
  auto beside =
    result.reasoning > 0
    && count_at(x, "total_tokens") >= prompt + result.output + result.reasoning;
  if (reasoning_excluded || beside)
    result.output += result.reasoning;
  return result;
}

std::optional<finish_reason> finish_of(std::string_view x) {
  if (x == "stop")
    return finish_reason::stop;
  if (x == "length")
    return finish_reason::length;
  if (x == "tool_calls" || x == "function_call")
    return finish_reason::tool_calls;
  if (x == "content_filter")
    return finish_reason::filtered;
  return std::nullopt;
}

/// What is known of an answer, from one document or many chunks.
class chat_answer {
public:
  explicit chat_answer(bool reasoning_excluded)
    : reasoning_excluded_{reasoning_excluded} {}

  /// Takes a whole answer or a chunk.
  std::optional<failure> take(const json::object& x, events& out) {
    if (find(x, "error"))
      return classify_error(read_error(x));
    if (!started_) {
      started_ = true;
      id_ = text_at(x, "id");
      out.emplace_back(stream_start{id_, string_at(x, "model")});
    }
    if (const auto& now = object_at(x, "usage"); !now.empty())
      tokens_ = usage_of(now, reasoning_excluded_);
    for (const auto& item : array_at(x, "choices")) {
      const auto& choice = as_object(item);
      if (count_at(choice, "index") != 0)
        continue; // we never ask for more than one
      take_message(object_at(choice, "delta"), out);
      take_message(object_at(choice, "message"), out);
      if (auto why = text_at(choice, "finish_reason"); !why.empty()) {
        finish_ = finish_of(why);
        if (!finish_)
          return broken("the provider ended the answer with '"
                        + std::string{why.substr(0, 40)} + "'");
      }
    }
    return std::nullopt;
  }

  /// Ends the answer. Some servers leave out the finish reason, but then
  /// something must have come.
  std::optional<failure> end(events& out) {
    flush_details(out);
    if (!finish_ && !has_text_ && calls_.empty())
      return broken("the answer is empty and has no finish reason");
    auto finish = finish_.value_or(finish_reason::stop);
    if (!calls_.empty() && finish == finish_reason::stop)
      finish = finish_reason::tool_calls;
    if (refused_ && finish == finish_reason::stop)
      finish = finish_reason::filtered;
    ended_ = true;
    out.emplace_back(stream_end{finish, tokens_});
    return std::nullopt;
  }

  bool ended() const {
    return ended_;
  }

  bool started() const {
    return started_;
  }

  const usage& tokens() const {
    return tokens_;
  }

private:
  struct call {
    uint32_t wire_index = 0;
    uint32_t part = 0;
    std::string id;
  };

  void take_message(const json::object& x, events& out) {
    if (x.empty())
      return;
    const auto& details = array_at(x, "reasoning_details");
    auto reasoning = text_at(x, "reasoning_content");
    if (reasoning.empty())
      reasoning = text_at(x, "reasoning");
    add_thinking(reasoning, out);
    for (const auto& item : details)
      add_detail(as_object(item), reasoning.empty(), out);
    add_text(text_at(x, "content"), out);
    for (const auto& item : array_at(x, "content"))
      add_block(as_object(item), out);
    if (auto refusal = text_at(x, "refusal"); !refusal.empty()) {
      refused_ = true;
      add_text(refusal, out);
    }
    for (const auto& item : array_at(x, "tool_calls"))
      add_call(as_object(item), out);
  }

  /// Mistral's content may be a list of blocks.
  void add_block(const json::object& x, events& out) {
    add_text(text_at(x, "text"), out);
    for (const auto& item : array_at(x, "thinking"))
      add_thinking(text_at(as_object(item), "text"), out);
  }

  /// OpenRouter tells a model's reasoning a second time, with its opaque state.
  /// Fragments of one item are joined, and all items kept as a signature, since
  /// they must go back as they came.
  void add_detail(const json::object& x, bool tell, events& out) {
    if (x.empty())
      return;
    auto type = text_at(x, "type");
    auto continues =
      !details_.empty() && text_at(details_.back(), "type") == type
      && index_at(details_.back(), "index") == index_at(x, "index");
    if (!continues)
      details_.emplace_back();
    auto& to = details_.back();
    for (const auto& [key, value] : x) {
      if (value.is_null() && to.contains(key))
        continue;
      auto& field = to[key];
      auto grows = key == "text" || key == "summary" || key == "data";
      if (grows && field.is_string() && value.is_string())
        field.get_string().append(value.get_string());
      else
        field = value;
    }
    if (tell)
      add_thinking(text_at(x, type == "reasoning.summary" ? "summary" : "text"),
                   out);
  }

  /// The state is told where the thought ends, before what it led to.
  void flush_details(events& out) {
    if (details_.empty())
      return;
    std::string state;
    for (const auto& x : std::exchange(details_, {}))
      state.append(state.empty() ? "" : ",").append(text_of_json(x));
    auto fresh = false;
    auto index = parts_.grow(part_counter::kind::thinking, fresh);
    out.emplace_back(thinking_delta{
      index, {}, std::move(state), false, fresh ? "openai-chat" : ""});
  }

  void add_text(std::string_view text, events& out) {
    if (text.empty())
      return;
    flush_details(out);
    has_text_ = true;
    auto fresh = false;
    auto index = parts_.grow(part_counter::kind::text, fresh);
    out.emplace_back(text_delta{index, std::string{text}});
  }

  void add_thinking(std::string_view text, events& out) {
    if (text.empty())
      return;
    auto fresh = false;
    auto index = parts_.grow(part_counter::kind::thinking, fresh);
    out.emplace_back(thinking_delta{
      index, std::string{text}, {}, false, fresh ? "openai-chat" : ""});
  }

  /// Fragments belong together by index. A new id under a known index is
  /// another call: some servers number all of them 0, or none.
  void add_call(const json::object& x, events& out) {
    const auto& function = object_at(x, "function");
    auto index = index_at(x, "index");
    auto id = text_at(x, "id");
    auto known = std::find_if(calls_.rbegin(), calls_.rend(),
                              [&](auto& c) { return c.wire_index == index; });
    if (known != calls_.rend() && (id.empty() || id == known->id)) {
      out.emplace_back(tool_call_delta{
        known->part, {}, {}, string_at(function, "arguments"), {}});
      return;
    }
    flush_details(out);
    auto name = string_at(function, "name");
    call fresh{index, parts_.open(part_counter::kind::call), std::string{id}};
    if (fresh.id.empty())
      fresh.id =
        made_up_call_id(id_, name, static_cast<uint32_t>(calls_.size()));
    // Google's extension: a Gemini call's state.
    const auto& extra = object_at(object_at(x, "extra_content"), "google");
    out.emplace_back(tool_call_delta{fresh.part, fresh.id, std::move(name),
                                     string_at(function, "arguments"),
                                     string_at(extra, "thought_signature")});
    calls_.push_back(std::move(fresh));
  }

  std::string id_;
  usage tokens_;
  part_counter parts_;
  std::vector<call> calls_;
  /// Items of reasoning that were not told yet.
  std::vector<json::object> details_;
  std::optional<finish_reason> finish_;
  bool reasoning_excluded_ = false;
  bool started_ = false;
  bool has_text_ = false;
  bool refused_ = false;
  bool ended_ = false;
};

class chat_stream final : public sse_decoder {
public:
  explicit chat_stream(bool reasoning_excluded) : answer_{reasoning_excluded} {}

  usage so_far() const override {
    return answer_.tokens();
  }

private:
  std::optional<failure> on_event(std::string_view data, json_reader& reader,
                                  events& out) override {
    if (data == "[DONE]")
      return answer_.end(out);
    const auto* x = reader.parse_object(data);
    if (x == nullptr)
      return broken("an event of the stream is not JSON");
    return answer_.take(*x, out);
  }

  std::optional<failure> on_end(events&) override {
    return broken(answer_.started() ? "the stream broke off before [DONE]"
                                    : "the stream is empty");
  }

  bool ended() const override {
    return answer_.ended();
  }

  chat_answer answer_;
};

/// Reads the answer of nearly every request, one choice that is one text,
/// without building a tree. False leaves it to `chat_answer`, which knows all
/// else and says what is wrong.
class plain_answer {
public:
  static bool read(std::string_view body, bool reasoning_excluded,
                   chat_response& out) {
    // Its buffers stay with the thread.
    constexpr size_t most = 64u << 10;
    thread_local simdjson::dom::parser parser;
    simdjson::dom::object root;
    if (body.size() > most || parser.parse(body.data(), body.size()).get(root))
      return false;
    plain_answer x;
    for (auto [key, value] : root)
      if (!value.is_null() && !x.take(key, value, reasoning_excluded))
        return false;
    if (!x.finish_ || x.text_.empty())
      return false;
    out = {};
    out.id = x.id_;
    out.model = x.model_;
    out.parts.emplace_back(text_part{std::string{x.text_}});
    out.finish = *x.finish_;
    out.tokens = x.tokens_;
    return true;
  }

private:
  bool take(std::string_view key, simdjson::dom::element value,
            bool reasoning_excluded) {
    if (key == "id")
      return !value.get(id_);
    if (key == "model")
      return !value.get(model_);
    if (key == "choices")
      return take_choices(value);
    if (key == "usage") {
      simdjson::dom::object counts;
      if (value.get(counts))
        return false;
      tokens_ = usage_of(quick_object{counts}, reasoning_excluded);
    }
    return key != "error";
  }

  bool take_choices(simdjson::dom::element value) {
    simdjson::dom::array all;
    if (finish_ || value.get(all) || all.size() != 1)
      return false;
    simdjson::dom::object choice;
    if (all.at(0).get(choice))
      return false;
    for (auto [key, field] : choice) {
      if (field.is_null())
        continue;
      if (key == "index") {
        int64_t index = 0;
        if (field.get(index) || index != 0)
          return false;
      } else if (key == "finish_reason") {
        std::string_view why;
        if (field.get(why) || (why != "stop" && why != "length"))
          return false;
        finish_ = finish_of(why);
      } else if (key == "message") {
        if (!take_message(field))
          return false;
      } else if (key == "delta") {
        return false;
      }
    }
    return true;
  }

  /// Of what `chat_answer` knows only the text.
  bool take_message(simdjson::dom::element value) {
    simdjson::dom::object message;
    if (value.get(message))
      return false;
    for (auto [key, field] : message) {
      if (field.is_null())
        continue;
      if (key == "content") {
        if (!text_.empty() || field.get(text_))
          return false;
      } else if (key == "reasoning_content" || key == "reasoning"
                 || key == "reasoning_details" || key == "refusal"
                 || key == "tool_calls") {
        return false;
      }
    }
    return true;
  }

  std::string_view id_;
  std::string_view model_;
  std::string_view text_;
  std::optional<finish_reason> finish_;
  usage tokens_;
};

} // namespace

std::optional<failure> decode_openai_chat(std::string_view body,
                                          bool reasoning_excluded,
                                          chat_response& out) {
  if (plain_answer::read(body, reasoning_excluded, out))
    return std::nullopt;
  json_reader reader;
  const auto* x = reader.parse_object(body);
  if (x == nullptr)
    return broken("the answer is not a JSON object");
  chat_answer answer{reasoning_excluded};
  events parts;
  if (auto bad = answer.take(*x, parts))
    return bad;
  if (array_at(*x, "choices").empty())
    return broken("the answer has no choices");
  if (auto bad = answer.end(parts))
    return bad;
  build(parts, out);
  return std::nullopt;
}

std::unique_ptr<stream_decoder> stream_openai_chat(bool reasoning_excluded) {
  return std::make_unique<chat_stream>(reasoning_excluded);
}

} // namespace smart_agents::codecs
