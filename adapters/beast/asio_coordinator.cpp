#include "adapters/beast/asio_coordinator.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

namespace smart_agents {

namespace {

/// Actors resumed in one go before the sockets get their turn.
constexpr size_t actors_per_turn = 64;

/// Messages that one of them takes in its turn, at most. CAF has no bound of
/// its own unless configured, and an actor that never runs out would keep the
/// thread to itself.
constexpr size_t messages_per_turn = 100;

/// The run queue of one I/O thread.
class asio_unit final : public caf::execution_unit {
public:
  asio_unit(caf::actor_system& system, boost::asio::io_context& context,
            size_t max_throughput)
    : caf::execution_unit{&system}, context_{context}, max_throughput_{
                                                         max_throughput} {}

  /// From this thread. Takes over one reference.
  void exec_later(caf::resumable* job) override {
    ready_.push_back(job);
    wake();
  }

  /// From any other thread. Takes over one reference.
  void enqueue_remote(caf::resumable* job) {
    bool first = false;
    {
      std::lock_guard guard{mutex_};
      first = arrived_.empty();
      arrived_.push_back(job);
    }
    if (first)
      boost::asio::post(context_, [this] { take_arrived(); });
  }

  /// Takes out what never ran; the thread has ended.
  std::deque<caf::resumable*> leftovers() {
    std::lock_guard guard{mutex_};
    auto result = std::exchange(ready_, {});
    result.insert(result.end(), arrived_.begin(), arrived_.end());
    arrived_.clear();
    return result;
  }

private:
  void take_arrived() {
    std::deque<caf::resumable*> jobs;
    {
      std::lock_guard guard{mutex_};
      jobs.swap(arrived_);
    }
    ready_.insert(ready_.end(), jobs.begin(), jobs.end());
    wake();
  }

  void wake() {
    if (!std::exchange(awake_, true))
      boost::asio::post(context_, [this] { run_some(); });
  }

  void run_some() {
    for (size_t i = 0; i < actors_per_turn && !ready_.empty(); ++i) {
      auto* job = ready_.front();
      ready_.pop_front();
      switch (job->resume(this, max_throughput_)) {
      case caf::resumable::resume_later: ready_.push_back(job); break;
      case caf::resumable::awaiting_message:
      case caf::resumable::done: intrusive_ptr_release(job); break;
      case caf::resumable::shutdown_execution_unit: break;
      }
    }
    awake_ = false;
    if (!ready_.empty())
      wake();
  }

  boost::asio::io_context& context_;
  size_t max_throughput_;
  std::deque<caf::resumable*> ready_;
  bool awake_ = false;
  std::mutex mutex_;
  std::deque<caf::resumable*> arrived_;
};

/// CAF's clock wakes its thread each time that an actor ends, whether or not
/// the actor ever set a time-out; with an actor a request that is a third of
/// all system calls. This one remembers who may have set some.
class quiet_clock final : public caf::detail::thread_safe_actor_clock {
public:
  using super = caf::detail::thread_safe_actor_clock;

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                            caf::atom_value type, uint64_t id) override {
    mark_of(self) = true;
    super::set_ordinary_timeout(t, self, type, id);
  }

  void set_request_timeout(time_point t, caf::abstract_actor* self,
                           caf::message_id id) override {
    mark_of(self) = true;
    super::set_request_timeout(t, self, id);
  }

  void set_multi_timeout(time_point t, caf::abstract_actor* self,
                         caf::atom_value type, uint64_t id) override {
    mark_of(self) = true;
    super::set_multi_timeout(t, self, type, id);
  }

  void cancel_timeouts(caf::abstract_actor* self) override {
    // Actors that share a mark may lose a cancellation: then a time-out fires
    // for an actor that has ended, and nobody notices.
    if (auto& mark = mark_of(self); mark.load(std::memory_order_relaxed)) {
      mark = false;
      super::cancel_timeouts(self);
    }
  }

private:
  std::atomic<bool>& mark_of(const caf::abstract_actor* who) {
    return marks_[who->id() % marks_.size()];
  }

  std::array<std::atomic<bool>, 4096> marks_{};
};

class asio_coordinator final : public caf::scheduler::abstract_coordinator {
public:
  using super = caf::scheduler::abstract_coordinator;

  explicit asio_coordinator(caf::actor_system& system) : super{system} {}

  static caf::actor_system::module* make(caf::actor_system& system,
                                         caf::detail::type_list<>) {
    return new asio_coordinator{system};
  }

  void enqueue(caf::resumable* job) override {
    auto index = io_->here();
    if (io_->inside())
      units_[index]->exec_later(job);
    else
      units_[index]->enqueue_remote(job);
  }

  void start() override {
    io_ = std::make_unique<io_threads>(
      num_workers(), [this](size_t) { system().thread_started(); },
      [this](size_t) { system().thread_terminates(); });
    for (size_t i = 0; i < io_->size(); ++i)
      units_.push_back(std::make_unique<asio_unit>(
        system(), io_->context(i),
        std::min(max_throughput(), messages_per_turn)));
    timer_ = std::thread{[this] { clock_.run_dispatch_loop(); }};
    super::start();
  }

  void stop() override {
    stop_actors();
    io_->stop();
    end_leftovers();
    clock_.cancel_dispatch_loop();
    timer_.join();
  }

  caf::actor_clock& clock() noexcept override {
    return clock_;
  }

  io_threads& io() {
    return *io_;
  }

private:
  /// Ending an actor may wake others, so until nobody is left.
  void end_leftovers() {
    for (auto again = true; std::exchange(again, false);)
      for (auto& unit : units_)
        for (auto* job : unit->leftovers()) {
          cleanup_and_release(job);
          again = true;
        }
  }

  std::unique_ptr<io_threads> io_;
  std::vector<std::unique_ptr<asio_unit>> units_;
  std::thread timer_;
  quiet_clock clock_;
};

} // namespace

void use_asio_scheduler(caf::actor_system_config& config, size_t threads) {
  if (threads > 0)
    config.set("scheduler.max-threads", threads);
  config.load<asio_coordinator>();
}

io_threads* io_threads_of(caf::actor_system& system) {
  auto* ours = dynamic_cast<asio_coordinator*>(&system.scheduler());
  return ours ? &ours->io() : nullptr;
}

} // namespace smart_agents
