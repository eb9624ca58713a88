// What does a format cost? Of a provider: reading its streams (bytes a second,
// and allocations an event, the events' own strings included) and writing a
// request. Of a client: reading its request, and writing its stream, rendered
// or passed on as it came. And what does it cost to estimate tokens?

#include "adapters/client_codec.hpp"
#include "adapters/provider_codec.hpp"
#include "adapters/token_estimate.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

namespace {

std::atomic<uint64_t> allocations{0};

} // namespace

// Counts what the program allocates. Deletes must pair with malloc.
void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* result = std::malloc(size))
    return result;
  throw std::bad_alloc{};
}

void operator delete(void* x) noexcept {
  std::free(x);
}

void operator delete(void* x, size_t) noexcept {
  std::free(x);
}

namespace smart_agents {

namespace {

/// Events of text in one stream, of some 20 characters each as models send.
constexpr int pieces = 500;
constexpr const char* words = "about twenty letters";

std::string repeated(const std::string& piece) {
  std::string result;
  for (int i = 0; i < pieces; ++i)
    result += piece;
  return result;
}

std::string anthropic_stream() {
  auto event = [](const char* type, const std::string& rest) {
    return std::string{"event: "} + type + "\ndata: {\"type\":\"" + type + "\""
           + rest + "}\n\n";
  };
  return event("message_start",
               R"(,"message":{"id":"msg_1","model":"m","usage":)"
               R"({"input_tokens":9,"output_tokens":1}})")
         + event("content_block_start",
                 R"(,"index":0,"content_block":{"type":"text","text":""})")
         + repeated(event("content_block_delta",
                          std::string{R"(,"index":0,"delta":{"type":)"
                                      R"("text_delta","text":")"}
                            + words + "\"}"))
         + event("content_block_stop", R"(,"index":0)")
         + event("message_delta",
                 R"(,"delta":{"stop_reason":"end_turn"},"usage":)"
                 R"({"output_tokens":500})")
         + event("message_stop", "");
}

std::string openai_chat_stream() {
  auto chunk = [](const std::string& delta, const char* finish) {
    return R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk",)"
           R"("created":1795428000,"model":"m","choices":[{"index":0,"delta":)"
           + delta + R"(,"logprobs":null,"finish_reason":)" + finish
           + "}],\"usage\":null}\n\n";
  };
  return repeated(chunk(std::string{"{\"content\":\""} + words + "\"}", "null"))
         + chunk("{}", "\"stop\"")
         + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
           "\"completion_tokens\":500}}\n\ndata: [DONE]\n\n";
}

std::string openai_responses_stream() {
  auto event = [](const char* type, const std::string& rest) {
    return std::string{"event: "} + type + "\ndata: {\"type\":\"" + type + "\""
           + rest + "}\n\n";
  };
  return event("response.created", R"(,"response":{"id":"r","model":"m"})")
         + repeated(
           event("response.output_text.delta",
                 std::string{R"(,"sequence_number":11,"item_id":"msg_1",)"
                             R"("output_index":0,"content_index":0,"delta":")"}
                   + words + R"(","logprobs":[])"))
         + event("response.completed",
                 R"(,"response":{"status":"completed","usage":)"
                 R"({"input_tokens":9,"output_tokens":500}})");
}

std::string gemini_stream() {
  auto chunk = [](const char* finish) {
    return std::string{R"(data: {"candidates":[{"content":{"role":"model",)"
                       R"("parts":[{"text":")"}
           + words + "\"}]}" + finish
           + R"(,"index":0}],"usageMetadata":{"promptTokenCount":9,)"
             R"("candidatesTokenCount":500,"totalTokenCount":509},)"
             R"("modelVersion":"m","responseId":"r"})"
           + "\r\n\r\n";
  };
  return repeated(chunk("")) + chunk(R"(,"finishReason":"STOP")");
}

std::string ollama_stream() {
  auto line = [](const char* rest) {
    return std::string{R"({"model":"m","created_at":)"
                       R"("2026-11-23T10:15:00.000000Z","message":{"role":)"
                       R"("assistant","content":")"}
           + words + "\"}," + rest + "}\n";
  };
  return repeated(line(R"("done":false)"))
         + line(R"("done":true,"done_reason":"stop","prompt_eval_count":9,)"
                R"("eval_count":500)");
}

/// The body arrives in reads of `state.range(0)` bytes.
void decode_stream(benchmark::State& state, const char* format,
                   const std::string& body) {
  auto codec = make_codec(format);
  auto size = static_cast<size_t>(state.range(0));
  std::vector<stream_event> out;
  uint64_t events = 0;
  auto before = allocations.load();
  for ([[maybe_unused]] auto _ : state) {
    auto decoder = codec->stream();
    std::string_view rest = body;
    bool bad = false;
    while (!rest.empty() && !bad) {
      out.clear();
      bad = decoder->feed(rest.substr(0, size), out).has_value();
      rest.remove_prefix(std::min(size, rest.size()));
      events += out.size();
      benchmark::DoNotOptimize(out.data());
    }
    out.clear();
    if (bad || decoder->finish(out))
      state.SkipWithError("the stream was not understood");
    events += out.size();
  }
  state.SetBytesProcessed(
    static_cast<int64_t>(state.iterations() * body.size()));
  state.counters["allocations/event"] =
    static_cast<double>(allocations.load() - before)
    / static_cast<double>(events);
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events),
                                                  benchmark::Counter::kIsRate);
}

chat_request question(size_t size) {
  chat_request result;
  result.model = "some-model";
  result.max_output = 1000;
  result.stream = true;
  std::string text;
  while (text.size() < size)
    text += "A line of prose, with \"quotes\" and a café ☂.\n";
  result.messages = {text_message(role::system, "Be brief."),
                     text_message(role::user, std::move(text))};
  return result;
}

void encode_request(benchmark::State& state, const char* format) {
  auto codec = make_codec(format);
  auto request = question(static_cast<size_t>(state.range(0)));
  endpoint to;
  to.base_url = "http://127.0.0.1:1";
  to.api_key = "key";
  int64_t bytes = 0;
  auto before = allocations.load();
  for ([[maybe_unused]] auto _ : state) {
    auto sent = codec->encode(request, to);
    if (!sent)
      state.SkipWithError("the request was refused");
    else
      bytes += static_cast<int64_t>(sent->body.size());
  }
  state.SetBytesProcessed(bytes);
  state.counters["allocations"] =
    static_cast<double>(allocations.load() - before)
    / static_cast<double>(state.iterations());
}

/// A client's request of that format: what its provider would be sent.
void parse_request(benchmark::State& state, const char* format) {
  endpoint to;
  to.base_url = "http://127.0.0.1:1";
  auto body = make_codec(format)
                ->encode(question(static_cast<size_t>(state.range(0))), to)
                ->body.text();
  auto codec = make_client_codec(format);
  auto before = allocations.load();
  for ([[maybe_unused]] auto _ : state)
    if (!codec->parse(body))
      state.SkipWithError("the request was refused");
  state.SetBytesProcessed(
    static_cast<int64_t>(state.iterations() * body.size()));
  state.counters["allocations"] =
    static_cast<double>(allocations.load() - before)
    / static_cast<double>(state.iterations());
}

/// A provider's stream, decoded and written for a client of the same format:
/// rendered anew, or passed on (`pass`).
void relay_stream(benchmark::State& state, const char* format,
                  const std::string& body, bool pass) {
  auto provider = make_codec(format);
  auto client = make_client_codec(format);
  answer_head head;
  head.id = "req_1";
  head.model = "m";
  head.verbatim = pass;
  std::vector<stream_event> events;
  std::string out;
  uint64_t written = 0;
  auto before = allocations.load();
  for ([[maybe_unused]] auto _ : state) {
    auto decoder = provider->stream();
    if (pass)
      decoder->keep_wire(provider->format());
    auto writer = client->stream(head);
    writer->start(out);
    stream_end end;
    for (std::string_view rest = body; !rest.empty();) {
      auto piece = rest.substr(0, 1448);
      rest.remove_prefix(piece.size());
      events.clear();
      if (decoder->feed(piece, events))
        state.SkipWithError("the stream was not understood");
      for (const auto& x : events)
        if (const auto* last = std::get_if<stream_end>(&x))
          end = *last;
        else
          writer->write(x, out);
    }
    writer->finish(end.finish, end.tokens, out);
    written += out.size();
    out.clear();
  }
  benchmark::DoNotOptimize(written);
  state.SetBytesProcessed(
    static_cast<int64_t>(state.iterations() * body.size()));
  state.counters["allocations/piece"] =
    static_cast<double>(allocations.load() - before)
    / static_cast<double>(state.iterations() * pieces);
}

void estimate_text(benchmark::State& state) {
  auto request = question(static_cast<size_t>(state.range(0)));
  auto text = text_of(request.messages[1].parts);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(estimate_tokens(text));
  state.SetBytesProcessed(
    static_cast<int64_t>(state.iterations() * text.size()));
}

BENCHMARK(estimate_text)->Arg(1 << 10)->Arg(50 << 20);

const int registered = [] {
  const std::pair<const char*, std::string> streams[] = {
    {"anthropic", anthropic_stream()},
    {"openai-chat", openai_chat_stream()},
    {"openai-responses", openai_responses_stream()},
    {"gemini", gemini_stream()},
    {"ollama", ollama_stream()},
  };
  for (const auto& [format, body] : streams)
    benchmark::RegisterBenchmark(
      (std::string{"decode_stream/"} + format).c_str(),
      [format = format, body = body](benchmark::State& state) {
        decode_stream(state, format, body);
      })
      ->Arg(256)
      ->Arg(16384);
  for (const auto& [format, body] : streams)
    benchmark::RegisterBenchmark(
      (std::string{"encode_request/"} + format).c_str(),
      [format = format](benchmark::State& state) {
        encode_request(state, format);
      })
      ->Arg(1 << 10)
      ->Arg(64 << 10);
  for (const auto& [format, body] : streams) {
    if (!make_client_codec(format))
      continue;
    benchmark::RegisterBenchmark(
      (std::string{"parse_request/"} + format).c_str(),
      [format = format](benchmark::State& state) {
        parse_request(state, format);
      })
      ->Arg(1 << 10)
      ->Arg(64 << 10);
    for (bool pass : {false, true})
      benchmark::RegisterBenchmark(
        (std::string{pass ? "relay_passed/" : "relay_rendered/"} + format)
          .c_str(),
        [format = format, body = body, pass](benchmark::State& state) {
          relay_stream(state, format, body, pass);
        });
  }
  return 0;
}();

} // namespace

} // namespace smart_agents

BENCHMARK_MAIN();
