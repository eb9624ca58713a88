// A disk that fills up under a ledger in use, and is freed again.

#include "actors/quota/quota_book.hpp"
#include "adapters/ledger_store.hpp"
#include "messages/error.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

// 2026-11-23 12:00 UTC: `date -u -d '2026-11-23 12:00' +%s`.
constexpr wall_time noon{1795435200s};

/// No file of this process may grow beyond a size: what a full disk does to
/// writes.
class full_disk {
public:
  explicit full_disk(rlim_t bytes) : before_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    auto tight = limit_;
    tight.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

private:
  void (*before_)(int);
  rlimit limit_{};
};

class DiskFaults : public ::testing::Test {
protected:
  DiskFaults() {
    auto name =
      (std::filesystem::temp_directory_path() / "disk-faults-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    auto opened = open_sqlite_ledger(folder_ + "/ledger.db");
    EXPECT_TRUE(opened) << render(opened.error());
    store_ = std::move(opened->store);
  }

  ~DiskFaults() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  ledger_batch rows(uint64_t number, size_t count) {
    ledger_row row;
    row.at = noon;
    row.task_id = std::string(200, 'x');
    row.provider = "claude";
    row.outcome = "answered";
    return {"w", number, std::vector<ledger_row>(count, row), {}};
  }

  uint64_t stored() {
    auto sums = store_->sum(wall_time{}, "provider");
    EXPECT_TRUE(sums) << render(sums.error());
    return sums && !sums->empty() ? sums->at(0).requests : 0;
  }

  std::string folder_;
  std::unique_ptr<ledger_store> store_;
};

} // namespace

TEST_F(DiskFaults, AppendsNothingWhileTheDiskIsFullAndAllOnceItIsNot) {
  ASSERT_FALSE(store_->append(rows(1, 10)));
  auto batch = rows(2, 2000);
  {
    full_disk none{4096};
    for (int i = 0; i < 3; ++i) {
      auto failed = store_->append(batch);
      ASSERT_TRUE(failed);
      EXPECT_NE(render(failed).find("ledger.db"), std::string::npos);
    }
    EXPECT_EQ(stored(), 10u) << "what was acknowledged is there, no more";
  }
  ASSERT_FALSE(store_->append(batch));
  ASSERT_FALSE(store_->append(batch)) << "a repeated batch";
  EXPECT_EQ(stored(), 2010u);
}

TEST_F(DiskFaults, LetsABookGoOnWithinTheLeaseThatItHolds) {
  provider_quota claude;
  claude.provider = "claude";
  claude.limits.push_back({quota_kind::requests,
                           quota_window::day,
                           100,
                           caf::timespan{0},
                           {},
                           {},
                           {},
                           limit_action::block,
                           limit_source::user});
  quota_now now{noon, instant{100h}};
  quota_book book{{claude}, {}, now, 1, quota_authority::leased};
  auto ask = [&] {
    auto asks = book.take_asks();
    auto grants = store_->lease(
      "w", asks,
      {std::chrono::nanoseconds{noon.time_since_epoch()}.count(),
       std::chrono::nanoseconds{now.steady.time_since_epoch()}.count()});
    if (grants)
      book.take(*grants, now);
    else
      book.asks_failed(asks);
    return static_cast<bool>(grants);
  };
  reserve request;
  request.provider = "claude";
  std::vector<uint64_t> granted;
  // A busy process gets larger leases.
  for (int i = 0; i < 20; ++i) {
    auto x = book.try_hold(request, now);
    ASSERT_TRUE(ask());
    if (!x)
      x = book.try_hold(request, now);
    ASSERT_TRUE(x && !x->refused);
    granted.push_back(x->id);
  }
  {
    full_disk none{4096};
    // More only as far as the lease goes; then it waits, and oversteps nothing.
    size_t more = 0;
    while (more < 200) {
      auto x = book.try_hold(request, now);
      if (!x)
        break;
      ASSERT_FALSE(x->refused);
      granted.push_back(x->id);
      ++more;
    }
    EXPECT_GT(more, 0u);
    EXPECT_LT(granted.size(), 100u);
    EXPECT_FALSE(ask());
    EXPECT_FALSE(book.try_hold(request, now));
  }
  // The rest once there is room on the disk again.
  for (int i = 0; i < 200; ++i) {
    auto x = book.try_hold(request, now);
    if (x && x->refused)
      break;
    if (x)
      granted.push_back(x->id);
    else if (!ask())
      break;
    now.steady += 1s;
  }
  EXPECT_EQ(granted.size(), 100u);
}

} // namespace smart_agents
