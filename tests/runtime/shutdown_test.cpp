#include "runtime/shutdown.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <future>

using namespace smart_agents;
using testing::ExitedWithCode;

// Each runs in a process of its own: signals belong to the whole process.

TEST(SignalWatchDeathTest, HandsTheFirstSignalToItsWaiter) {
  EXPECT_EXIT(
    {
      until_signal signal;
      kill(getpid(), SIGTERM);
      std::_Exit(signal.wait() == SIGTERM ? 0 : 1);
    },
    ExitedWithCode(0), "");
}

TEST(SignalWatchDeathTest, EndsAtOnceOnTheSecondSignal) {
  EXPECT_EXIT(
    {
      until_signal signal;
      kill(getpid(), SIGTERM);
      signal.wait();
      kill(getpid(), SIGINT);
      for (;;)
        pause();
    },
    ExitedWithCode(128 + SIGINT), "");
}

TEST(SignalWatchDeathTest, TakesHangupsAsNoticesWhereTheyAreWanted) {
  EXPECT_EXIT(
    {
      std::promise<void> twice;
      int hangups = 0;
      until_signal signal{[&] {
        if (++hangups == 2)
          twice.set_value();
        else
          kill(getpid(), SIGHUP);
      }};
      kill(getpid(), SIGHUP);
      twice.get_future().wait();
      kill(getpid(), SIGTERM);
      std::_Exit(signal.wait() == SIGTERM ? 0 : 1);
    },
    ExitedWithCode(0), "");
}

TEST(SignalWatchDeathTest, EndsWithoutASignal) {
  EXPECT_EXIT(
    {
      {
        signal_watch watch{[](int) {}};
      }
      std::_Exit(0);
    },
    ExitedWithCode(0), "");
}

TEST(SignalWatchDeathTest, SurvivesAReaderThatWentAway) {
  EXPECT_EXIT(
    {
      block_signals();
      int ends[2];
      if (pipe(ends) != 0)
        std::_Exit(1);
      close(ends[0]);
      std::_Exit(write(ends[1], "x", 1) == -1 ? 0 : 1);
    },
    ExitedWithCode(0), "");
}
