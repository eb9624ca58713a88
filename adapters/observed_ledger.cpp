#include "adapters/observed_ledger.hpp"

#include <caf/expected.hpp>

#include <mutex>
#include <utility>

namespace smart_agents {

namespace {

class observed_ledger final : public ledger_store {
public:
  observed_ledger(std::shared_ptr<ledger_store> store,
                  std::function<void(const ledger_row&)> observe)
    : store_{std::move(store)}, observe_{std::move(observe)} {}

  caf::error append(const ledger_batch& batch) override {
    if (auto bad = store_->append(batch))
      return bad;
    std::lock_guard guard{mutex_};
    // One that is repeated because its confirmation was lost was shown.
    if (batch.writer == writer_ && batch.number <= number_)
      return {};
    writer_ = batch.writer;
    number_ = batch.number;
    for (const auto& row : batch.rows)
      observe_(row);
    return {};
  }

  void live(const std::string& owner) override {
    store_->live(owner);
  }

  caf::expected<std::vector<lease_grant>>
  lease(const std::string& owner, const std::vector<lease_ask>& asks,
        lease_clock now) override {
    return store_->lease(owner, asks, now);
  }

  caf::expected<std::vector<usage_sum>> sum(wall_time since,
                                            const std::string& by) override {
    return store_->sum(since, by);
  }

  std::string path() const override {
    return store_->path();
  }

private:
  std::shared_ptr<ledger_store> store_;
  std::function<void(const ledger_row&)> observe_;
  std::mutex mutex_;
  /// Of the last batch.
  std::string writer_;
  uint64_t number_ = 0;
};

} // namespace

std::shared_ptr<ledger_store>
observe_ledger(std::shared_ptr<ledger_store> store,
               std::function<void(const ledger_row&)> observe) {
  return std::make_shared<observed_ledger>(std::move(store),
                                           std::move(observe));
}

} // namespace smart_agents
