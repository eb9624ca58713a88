#include "adapters/mcp/stdio_channel.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace smart_agents {

using namespace std::chrono_literals;

/// What a channel told, to be waited for.
class heard {
public:
  line_handler handler() {
    line_handler result;
    result.on_line = [this](std::string line) {
      change([&] { lines_.push_back(std::move(line)); });
    };
    result.on_too_long = [this] {
      change([&] { lines_.push_back("<long>"); });
    };
    result.on_end = [this] { change([&] { ended_ = true; }); };
    return result;
  }

  /// All lines, once the channel said that there are no more.
  std::vector<std::string> until_end() {
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, 30s, [this] { return ended_; }))
      << "the channel did not end";
    return lines_;
  }

  bool ended() {
    std::lock_guard guard{mutex_};
    return ended_;
  }

private:
  template <class Change>
  void change(Change what) {
    {
      std::lock_guard guard{mutex_};
      EXPECT_FALSE(ended_) << "the end is the last call";
      what();
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  bool ended_ = false;
};

/// A channel between two pipes, or between two sockets, as clients on Node
/// make them; `near` ends are the channel's.
class StdioChannel : public ::testing::TestWithParam<bool> {
protected:
  StdioChannel() {
    std::signal(SIGPIPE, SIG_IGN); // as the program does
    make(in_);
    make(out_);
    std::swap(out_[0], out_[1]);
  }

  ~StdioChannel() override {
    channel_.reset();
    for (auto fd : {in_[0], in_[1], out_[0], out_[1]})
      if (fd >= 0)
        ::close(fd);
  }

  static void make(std::array<int, 2>& fds) {
    ASSERT_EQ(GetParam() ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data())
                         : ::pipe(fds.data()),
              0);
  }

  void open(line_channel_limits limits = {}) {
    channel_ = open_line_channel(in_[0], out_[0], heard_.handler(), limits);
  }

  /// The client says something.
  void say(std::string_view text) const {
    while (!text.empty()) {
      auto n = ::write(in_[1], text.data(), text.size());
      ASSERT_GT(n, 0);
      text.remove_prefix(static_cast<size_t>(n));
    }
  }

  void stop_saying() {
    ::close(std::exchange(in_[1], -1));
  }

  void stop_reading() {
    ::close(std::exchange(out_[1], -1));
  }

  /// All that the client can read until the other side closes.
  std::string read_all() const {
    std::string result;
    std::array<char, 65536> buffer;
    for (;;) {
      auto n = ::read(out_[1], buffer.data(), buffer.size());
      if (n <= 0)
        return result;
      result.append(buffer.data(), static_cast<size_t>(n));
    }
  }

  void close_channel() {
    channel_.reset();
    ::close(std::exchange(out_[0], -1));
  }

  std::array<int, 2> in_{-1, -1};
  std::array<int, 2> out_{-1, -1};
  heard heard_;
  std::unique_ptr<line_channel> channel_;
};

TEST_P(StdioChannel, ReadsLinesHoweverTheyAreCut) {
  open();
  using namespace std::string_literals;
  for (char c : "one\r\ntwo\n\nth"s)
    say({&c, 1});
  say("ree\n\0nul\n\xff\xfe\nlast"s);
  stop_saying();
  std::vector<std::string> expected{"one",    "two",      "",    "three",
                                    "\0nul"s, "\xff\xfe", "last"};
  EXPECT_EQ(heard_.until_end(), expected);
}

TEST_P(StdioChannel, SkipsLinesThatAreTooLongAndReadsOn) {
  open();
  std::string fits(max_line, 'a');
  say(fits + "\n" + fits + "b\nshort\n");
  stop_saying();
  auto lines = heard_.until_end();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0] == fits);
  EXPECT_EQ(lines[1], "<long>");
  EXPECT_EQ(lines[2], "short");
}

TEST_P(StdioChannel, NamesALongLineThatNeverEnds) {
  open();
  say(std::string(max_line + 1, 'a'));
  stop_saying();
  EXPECT_EQ(heard_.until_end(), std::vector<std::string>{"<long>"});
}

TEST_P(StdioChannel, WritesWholeLinesFromAllThreads) {
  open();
  std::string read;
  std::thread client{[&] { read = read_all(); }};
  std::vector<std::thread> writers;
  for (char c : {'a', 'b', 'c', 'd'})
    writers.emplace_back([this, c] {
      for (int i = 0; i < 100; ++i)
        channel_->write(std::string(10'000, c));
    });
  for (auto& x : writers)
    x.join();
  // What is queued is still written.
  close_channel();
  client.join();
  EXPECT_EQ(read.size(), 400u * 10'001);
  for (size_t at = 0; at < read.size(); at += 10'001)
    ASSERT_EQ(read.substr(at, 10'001), std::string(10'000, read[at]) + "\n");
}

TEST_P(StdioChannel, EndsWhenTheClientStopsReading) {
  open();
  stop_reading();
  channel_->write("anybody there?");
  EXPECT_TRUE(heard_.until_end().empty());
}

TEST_P(StdioChannel, CountsAClientThatNeverReadsAsGone) {
  line_channel_limits limits;
  limits.queued = 1 << 20;
  open(limits);
  for (int i = 0; i < 100; ++i)
    channel_->write(std::string(100'000, 'x')); // never blocks
  EXPECT_TRUE(heard_.until_end().empty());
}

TEST_P(StdioChannel, ClosesBesideAClientThatDoesNotRead) {
  line_channel_limits limits;
  limits.farewell = 1ms;
  open(limits);
  channel_->write(std::string(10 << 20, 'x'));
  close_channel();
  EXPECT_LT(read_all().size(), 10u << 20);
  EXPECT_FALSE(heard_.ended()) << "closing is our doing, not the client's";
}

INSTANTIATE_TEST_SUITE_P(Between, StdioChannel, ::testing::Bool(),
                         [](const auto& x) {
                           return x.param ? "Sockets" : "Pipes";
                         });

} // namespace smart_agents
