// Real processes on one SQLite file. They are forked before anything here opens
// it, and end by `_exit` or by SIGKILL.

#include "actors/quota/quota_book.hpp"
#include "adapters/ledger_store.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

std::vector<provider_quota> quotas(uint64_t requests) {
  quota_limit limit;
  limit.amount = requests;
  limit.window = quota_window::month;
  limit.source = limit_source::user;
  return {{"claude", {limit}, calendar{}}};
}

int64_t nanoseconds(auto t) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           t.time_since_epoch())
    .count();
}

/// One process: a book, a store, and its books of what it told the provider.
class worker {
public:
  worker(const std::string& path, uint64_t limit, int told)
    : book_{quotas(limit), {}, now(), 1, quota_authority::leased}, told_{told},
      writer_{"pid" + std::to_string(::getpid())} {
    auto opened = open_sqlite_ledger(path);
    if (!opened)
      ::_exit(3);
    store_ = std::move(opened->store);
    store_->live(writer_);
  }

  quota_now now() const {
    return {std::chrono::system_clock::now(),
            std::chrono::steady_clock::now() + waited_};
  }

  /// Reserves, "calls" the provider, settles. False when it is refused.
  bool serve() {
    reserve request;
    request.provider = "claude";
    auto granted = book_.try_hold(request, now());
    ask();
    for (int i = 0; !granted && i < 5; ++i) {
      granted = book_.try_hold(request, now());
      ask();
    }
    if (!granted || granted->refused)
      return false;
    // From here on the provider has served it.
    tell('s');
    settle truth;
    truth.id = granted->id;
    truth.provider = "claude";
    book_.close(truth, now());
    ledger_row row;
    row.at = std::chrono::system_clock::now();
    row.provider = "claude";
    row.outcome = "answered";
    rows_.push_back(std::move(row));
    return true;
  }

  void commit() {
    ledger_batch batch{writer_, ++batch_, std::exchange(rows_, {}),
                       book_.take_changes()};
    auto count = batch.rows.size();
    // The others may hold the file for long on a slow machine. As the service
    // does, the same batch goes again; the store knows it by its number.
    for (int tries = 1; store_->append(batch); ++tries)
      if (tries == most_tries)
        ::_exit(4);
    for (size_t i = 0; i < count; ++i)
      tell('a');
  }

  void give_back() {
    book_.give_back(true, now());
    commit();
  }

  /// As if some time had passed; the store's own clock goes on as it is.
  void wait(caf::timespan time) {
    waited_ += time;
  }

private:
  void ask() {
    auto asks = book_.take_asks();
    if (asks.empty())
      return;
    auto at = now();
    auto lease = [&] {
      return store_->lease(
        writer_, asks,
        {nanoseconds(at.wall), nanoseconds(std::chrono::steady_clock::now())});
    };
    auto grants = lease();
    for (int tries = 1; !grants; ++tries) {
      if (tries == most_tries)
        ::_exit(5);
      grants = lease();
    }
    book_.take(*grants, at);
  }

  void tell(char what) {
    if (::write(told_, &what, 1) != 1)
      ::_exit(6);
  }

  static constexpr int most_tries = 20;

  caf::timespan waited_{0};
  quota_book book_;
  int told_;
  std::string writer_;
  uint64_t batch_ = 0;
  std::vector<ledger_row> rows_;
  std::unique_ptr<ledger_store> store_;
};

} // namespace

class QuotaProcesses : public ::testing::Test {
protected:
  QuotaProcesses() {
    std::string name = std::filesystem::temp_directory_path() / "quotaXXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/ledger.db";
  }

  ~QuotaProcesses() override {
    std::filesystem::remove_all(folder_);
  }

  /// Runs `work` in a process of its own; what it tells can be read from
  /// `from`.
  template <class Work>
  pid_t fork_one(int& from, Work work) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    auto pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      work(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    from = ends[0];
    return pid;
  }

  /// Reads at most `most` signs, or until the other end is gone.
  void listen(int from, uint64_t most = UINT64_MAX) {
    char sign = 0;
    for (uint64_t i = 0; i < most && ::read(from, &sign, 1) == 1; ++i)
      ++(sign == 's' ? served_ : acknowledged_);
  }

  /// What the store says of the limit, and how many rows it has.
  void look(uint64_t limit, lease_grant& stand, uint64_t& rows) {
    ask(limit, 0, caf::timespan{0}, stand, &rows);
  }

  /// Asks for `need` of the limit as if `later` had passed.
  void ask(uint64_t limit, uint64_t need, caf::timespan later,
           lease_grant& stand, uint64_t* rows = nullptr) {
    auto opened = open_sqlite_ledger(path_);
    ASSERT_TRUE(opened) << render(opened.error());
    auto wall = std::chrono::system_clock::now();
    auto steady = std::chrono::steady_clock::now() + later;
    quota_book book{
      quotas(limit), {}, {wall, steady}, 1, quota_authority::leased};
    auto asks = book.look({wall, steady});
    for (auto& x : asks) {
      x.number = need == 0 ? 0 : ++asked_;
      x.need = x.want = need;
    }
    auto grants = opened->store->lease(
      "reader", asks, {nanoseconds(wall), nanoseconds(steady)});
    ASSERT_TRUE(grants) << render(grants.error());
    stand = grants->at(0);
    if (rows == nullptr)
      return;
    auto sums = opened->store->sum(wall_time{}, "provider");
    ASSERT_TRUE(sums) << render(sums.error());
    *rows = sums->empty() ? 0 : sums->at(0).requests;
  }

  std::string folder_;
  std::string path_;
  uint64_t served_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t asked_ = 0;
};

TEST_F(QuotaProcesses, FourThatRaceForAThousandServeAThousandAtMost) {
  constexpr uint64_t limit = 1000;
  std::array<int, 4> from{};
  std::array<pid_t, 4> pids{};
  for (size_t i = 0; i < from.size(); ++i)
    pids[i] = fork_one(from[i], [&](int told) {
      worker one{path_, limit, told};
      for (int refused = 0; refused < 5;) {
        if (!one.serve()) {
          ++refused;
          one.wait(300ms);
        }
        one.commit();
      }
      one.give_back();
    });
  for (size_t i = 0; i < from.size(); ++i) {
    listen(from[i]);
    ::close(from[i]);
    int status = 0;
    ::waitpid(pids[i], &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_LE(served_, limit);
  EXPECT_GE(served_, 990u);
  RecordProperty("served", static_cast<int>(served_));
  lease_grant stand;
  uint64_t rows = 0;
  look(limit, stand, rows);
  EXPECT_EQ(stand.used, served_);
  EXPECT_EQ(stand.leased, 0u);
  EXPECT_EQ(rows, served_);
}

TEST_F(QuotaProcesses, KeepTheirLeaseWhileStoppedAndLoseItWhenKilled) {
  constexpr uint64_t limit = 80;
  int from = -1;
  auto pid = fork_one(from, [&](int told) {
    worker one{path_, limit, told};
    one.serve();
    ::pause();
  });
  listen(from, 1);
  ASSERT_EQ(served_, 1u);
  ::kill(pid, SIGSTOP);
  lease_grant stand;
  ask(limit, limit, 10 * lease_silence, stand);
  EXPECT_EQ(stand.granted, 0u);
  EXPECT_EQ(stand.used, 0u);
  auto held = stand.leased;
  EXPECT_GT(held, 0u);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  ::close(from);
  ask(limit, limit - held, 10 * lease_silence, stand);
  EXPECT_EQ(stand.granted, limit - held);
  EXPECT_EQ(stand.used, held);
}

TEST_F(QuotaProcesses, LoseNothingAndOverstepNothingWhenKilledTwoHundredTimes) {
  constexpr uint64_t limit = 4000;
  std::mt19937 random{1};
  auto pick = [&random](uint64_t most) {
    return std::uniform_int_distribution<uint64_t>{0, most}(random);
  };
  for (int round = 0; round < 200; ++round) {
    int from = -1;
    auto pid = fork_one(from, [&](int told) {
      worker one{path_, limit, told};
      for (int i = 0; i < 1000; ++i) {
        if (!one.serve())
          break;
        if (i % 4 == 3)
          one.commit();
      }
    });
    listen(from, pick(30));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    listen(from);
    ::close(from);
    lease_grant stand;
    uint64_t rows = 0;
    look(limit, stand, rows);
    ASSERT_GE(stand.used + stand.leased, served_) << "round " << round;
    ASSERT_LE(stand.used + stand.leased, limit) << "round " << round;
    ASSERT_GE(rows, acknowledged_) << "round " << round;
    ASSERT_LE(served_, limit) << "round " << round;
  }
  EXPECT_GT(served_, 1000u);
  RecordProperty("served", static_cast<int>(served_));
}

} // namespace smart_agents
