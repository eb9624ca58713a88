#include "tests/actors/coordinator/coordinator_fixture.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace smart_agents {

namespace {

using enum failure_class;
using test::fails;
using test::hangs;
using test::streams;

class DispatchStream : public test::coordinator_fixture {};

TEST_F(DispatchStream, StreamsInOrder) {
  reply("claude", streams({"Hel", "lo"}));
  ASSERT_TRUE(run(hello("t1", true)));
  ASSERT_EQ(got_->only<answer_started>().size(), 1u);
  EXPECT_EQ(got_->only<answer_started>()[0].head->provider, "claude");
  EXPECT_EQ(got_->streamed(), "Hello");
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(text_of(got_->finished()->response.parts), "Hello");
  EXPECT_TRUE(std::holds_alternative<answer_started>(got_->all.front()));
  EXPECT_TRUE(std::holds_alternative<answer_finished>(got_->all.back()));
  EXPECT_GT(scripts_["claude"]->calls.size(), 0u);
  expect_all_over();
}

TEST_F(DispatchStream, HidesAFailureBeforeTheFirstContent) {
  auto broken = fails(broken_answer);
  broken.pieces = {stream_start{"r", "m"}, text_delta{0, ""}};
  reply("claude", broken);
  reply("chatgpt", streams({"from chatgpt"}));
  ASSERT_TRUE(run(hello("t1", true)));
  ASSERT_EQ(got_->only<answer_started>().size(), 1u);
  EXPECT_EQ(got_->only<answer_started>()[0].head->provider, "chatgpt");
  EXPECT_EQ(got_->streamed(), "from chatgpt");
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(text_of(got_->finished()->response.parts), "from chatgpt");
  expect_all_over();
}

TEST_F(DispatchStream, EndsHonestlyWhenAStreamBreaksAfterContent) {
  auto broken = fails(network, "connection reset");
  broken.pieces = {text_delta{0, "half an"}};
  reply("claude", broken);
  ASSERT_TRUE(run(hello("t1", true)));
  EXPECT_EQ(got_->streamed(), "half an");
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, network);
  EXPECT_THAT(got_->failed()->why.message,
              HasSubstr("claude failed in the middle of its answer"));
  EXPECT_TRUE(scripts_["chatgpt"]->calls.empty());
  // Content came, so it was served.
  EXPECT_TRUE(quota_->settled.at(0).served);
  EXPECT_GT(quota_->settled.at(0).tokens.output, 0u);
  expect_all_over();
}

TEST_F(DispatchStream, AnnouncesAnEmptyStreamToo) {
  reply("claude", streams({}));
  ASSERT_TRUE(run(hello("t1", true)));
  EXPECT_EQ(got_->only<answer_started>().size(), 1u);
  EXPECT_TRUE(got_->finished());
  expect_all_over();
}

TEST_F(DispatchStream, PassesTheProvidersOwnEventsOnWithTheFirstContent) {
  auto own = [](const char* text) { return wire_event{"anthropic", text}; };
  auto broken = fails(broken_answer);
  broken.verbatim = true;
  broken.pieces = {own("lost"), stream_start{"r", "m"}};
  reply("claude", broken);
  auto good = streams({});
  good.verbatim = true;
  good.pieces = {own("a"), stream_start{"r", "m"}, own("b"), text_delta{0, "x"},
                 own("c")};
  reply("chatgpt", good);
  ASSERT_TRUE(run(hello("t1", true)));
  auto started = got_->only<answer_started>();
  ASSERT_EQ(started.size(), 1u);
  EXPECT_TRUE(started[0].head->verbatim);
  EXPECT_EQ(started[0].head->losses, std::vector<std::string>{"stop"});
  std::string wire;
  for (const auto& delta : got_->only<answer_delta>())
    for (const auto& x : delta.events)
      if (const auto* event = std::get_if<wire_event>(&x))
        wire += event->text;
  EXPECT_EQ(wire, "abc") << "and nothing of the one that failed";
  expect_all_over();
}

TEST_F(DispatchStream, PassesTheProvidersOwnEventsOnWithoutAnyContent) {
  auto empty = streams({});
  empty.verbatim = true;
  empty.pieces = {wire_event{"anthropic", "all there is"}};
  reply("claude", empty);
  ASSERT_TRUE(run(hello("t1", true)));
  auto deltas = got_->only<answer_delta>();
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(std::get<wire_event>(deltas[0].events.at(0)).text, "all there is");
  EXPECT_TRUE(got_->finished());
  expect_all_over();
}

TEST_F(DispatchStream, SendsNoMoreThanTheReaderGranted) {
  reply("claude", streams(std::vector<std::string>(200, "x")));
  auto accepted = run(hello("t1", true));
  ASSERT_TRUE(accepted);
  // 200 texts and the head.
  EXPECT_EQ(got_->pieces(), initial_credit);
  EXPECT_EQ(got_->ends(), 0u);
  EXPECT_TRUE(quota_->open.empty()) << "a slow reader holds no reservation";
  tell(accepted->dispatch, grant_credit{100});
  EXPECT_EQ(got_->pieces(), 164u);
  EXPECT_EQ(got_->ends(), 0u);
  tell(accepted->dispatch, grant_credit{100});
  EXPECT_EQ(got_->pieces(), 201u);
  EXPECT_TRUE(got_->finished());
  expect_all_over();
}

TEST_F(DispatchStream, PassesCreditOnToTheUpstream) {
  auto slow = hangs();
  slow.pieces = {stream_start{"r", "m"}, text_delta{0, "a"}};
  reply("claude", slow);
  auto accepted = run(hello("t1", true));
  ASSERT_TRUE(accepted);
  tell(accepted->dispatch, grant_credit{2});
  EXPECT_EQ(scripts_["claude"]->upstreams.at(0)->granted, 2u);
}

/// A stream that breaks after a text.
test::fake_reply breaks_after(const std::string& text) {
  auto result = test::fails(broken_answer);
  result.pieces = {stream_start{"r", "m"}, text_delta{0, text}};
  return result;
}

TEST_F(DispatchStream, HasTheNextOneGoOnWithATextThatBreaks) {
  const std::string begin = "Once upon a time there was a fox who";
  reply("claude", breaks_after(begin));
  // It repeats the last words, as models do.
  reply("chatgpt", streams({"there was a fox who", " liked ", "grapes."}));
  auto task = hello("t1", true);
  task->continues = true;
  ASSERT_TRUE(run(task));
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(got_->streamed(), begin + " liked grapes.");
  EXPECT_EQ(text_of(got_->finished()->response.parts),
            begin + " liked grapes.");
  EXPECT_EQ(got_->finished()->continued,
            "claude broke off (broken_answer); chatgpt went on");
  EXPECT_EQ(got_->only<answer_started>().size(), 1u);
  // What was told is the context.
  const auto& asked = scripts_["chatgpt"]->calls.at(0).request->messages;
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[1], text_message(role::assistant, begin));
  // Both are billed.
  EXPECT_EQ(outcomes(), (std::vector<std::string>{"claude broken_answer",
                                                  "chatgpt answered"}));
  EXPECT_TRUE(ledger_->rows.at(0).served);
  ASSERT_EQ(quota_->settled.size(), 2u);
  const auto& first = quota_->settled[0].tokens;
  const auto& second = quota_->settled[1].tokens;
  const auto& told = got_->finished()->response.tokens;
  EXPECT_GT(first.output, 0u);
  EXPECT_EQ(told.input(), first.input() + second.input());
  EXPECT_EQ(told.output, first.output + second.output);
  expect_all_over();
}

TEST_F(DispatchStream, GoesOnAgainWhenTheNextOneBreaksToo) {
  const std::string begin = "Once upon a time there was a fox who";
  reply("claude", breaks_after(begin));
  reply("chatgpt", breaks_after(" liked " + std::string(400, '.')));
  reply("ollama", streams({"grapes."}));
  auto task = hello("t1", true);
  task->continues = true;
  ASSERT_TRUE(run(task));
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(got_->streamed(),
            begin + " liked " + std::string(400, '.') + "grapes.");
  EXPECT_EQ(ledger_->rows.size(), 3u);
  expect_all_over();
}

TEST_F(DispatchStream, TellsAFailureWhenNobodyCanGoOn) {
  reply("claude", breaks_after("Once upon"));
  reply("chatgpt", fails(overloaded));
  reply("ollama", fails(network));
  auto task = hello("t1", true);
  task->continues = true;
  ASSERT_TRUE(run(task));
  // The second round, after a rest.
  advance(3s);
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, broken_answer);
  EXPECT_NE(got_->failed()->why.message.find("nobody could go on"),
            std::string::npos);
  EXPECT_EQ(got_->streamed(), "Once upon");
  EXPECT_FALSE(ledger_->rows.at(1).served) << "it did nothing";
}

TEST_F(DispatchStream, GoesOnWithNothingUnlessItIsAskedToAndPlainText) {
  reply("claude", breaks_after("Once upon"));
  ASSERT_TRUE(run(hello("t1", true)));
  EXPECT_TRUE(got_->failed());
  auto tools = hello("t2", true);
  tools->continues = true;
  tools->request.tools.edit().resize(1);
  ASSERT_TRUE(run(tools));
  EXPECT_EQ(got_->only<answer_failed>().size(), 2u);
  EXPECT_TRUE(scripts_["chatgpt"]->calls.empty());
}

} // namespace

} // namespace smart_agents
