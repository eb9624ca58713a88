#include "actors/storage/database_worker.hpp"

#include "actors/storage/storage.hpp"
#include "adapters/memory_ledger_store.hpp"
#include "tests/contracts/ledger_store_contract.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <filesystem>

using namespace std::chrono_literals;

namespace smart_agents::test {

/// The storage as it runs in the program: on threads, on a file.
class DetachedDatabase : public ::testing::Test {
protected:
  DetachedDatabase() {
    auto name =
      (std::filesystem::temp_directory_path() / "smart-agents-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    auto opened = open_sqlite_ledger((folder_ / "ledger.db").string());
    EXPECT_TRUE(opened) << render(opened.error());
    store_ = std::move(opened->store);
  }

  ~DetachedDatabase() override {
    std::filesystem::remove_all(folder_);
  }

  static caf::actor_system_config& on_two_threads(caf::actor_system_config& x) {
    x.set("scheduler.max-threads", size_t{2});
    return x;
  }

  storage_actor spawn() {
    storage_options options;
    options.database = detached_database(system_, store_);
    options.spool = spool_;
    options.path = store_->path();
    return system_.spawn(storage, options);
  }

  void end(const storage_actor& who, caf::exit_reason how) {
    self_->monitor(who);
    self_->send_exit(who, how);
    self_->receive([](caf::down_msg&) {},
                   caf::after(60s) >> [] { FAIL() << "it does not end"; });
  }

  uint64_t requests() {
    auto sums = store_->sum(noon, "provider");
    return sums && !sums->empty() ? sums->at(0).requests : 0;
  }

  std::filesystem::path folder_;
  std::shared_ptr<ledger_store> store_;
  std::shared_ptr<ledger_spool> spool_ = std::make_shared<ledger_spool>();
  caf::actor_system_config config_;
  caf::actor_system system_{on_two_threads(config_)};
  caf::scoped_actor self_{system_};
};

TEST_F(DetachedDatabase, HasEveryRowOnceTheStorageIsFlushed) {
  auto storage = spawn();
  for (int i = 0; i < 3000; ++i)
    self_->send(storage, record{make_row()});
  bool ok = false;
  self_->request(storage, 60s, flush{})
    .receive([&ok](flushed& x) { ok = x.ok; },
             [](caf::error& e) { FAIL() << render(e); });
  EXPECT_TRUE(ok);
  EXPECT_EQ(requests(), 3000u);
  end(storage, caf::exit_reason::user_shutdown);
}

TEST_F(DetachedDatabase, HasEveryRowOnceTheStorageHasEnded) {
  auto storage = spawn();
  for (int i = 0; i < 3000; ++i)
    self_->send(storage, record{make_row()});
  end(storage, caf::exit_reason::user_shutdown);
  EXPECT_EQ(requests(), 3000u);
}

TEST_F(DetachedDatabase, LosesAndRepeatsNothingThatAKilledStorageHadTaken) {
  for (int round = 0; round < 20; ++round) {
    auto storage = spawn();
    for (int i = 0; i < 600; ++i)
      self_->send(storage, record{make_row()});
    // Killed in the middle of its work; unread rows die with its mailbox.
    end(storage, caf::exit_reason::kill);
  }
  auto last = spawn();
  end(last, caf::exit_reason::user_shutdown);
  EXPECT_EQ(spool_->pending(), 0u);
  EXPECT_EQ(requests(), spool_->taken());
}

} // namespace smart_agents::test
