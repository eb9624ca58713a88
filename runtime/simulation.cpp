#include "runtime/simulation.hpp"

#include "adapters/beast/io_threads.hpp"
#include "adapters/simulator/simulator.hpp"
#include "messages/error.hpp"

namespace smart_agents {

namespace {

class running_simulation final : public simulation {
public:
  caf::error start(simulator_options options) {
    auto started = simulator::start(io_, std::move(options));
    if (!started)
      return started.error();
    simulator_ = std::move(*started);
    return {};
  }

  std::map<std::string, std::string> base_urls() const override {
    return simulator_->base_urls();
  }

private:
  io_threads io_{1};
  // Goes before its threads.
  std::unique_ptr<simulator> simulator_;
};

} // namespace

caf::expected<std::unique_ptr<simulation>>
start_simulation(const simulation_options& options) {
  std::map<sim::fault, double> faults;
  double sum = 0;
  auto add = [&](sim::fault what, double share) {
    sum += share;
    if (share > 0)
      faults[what] = share;
  };
  add(sim::fault::rate_limited, options.rate_limited);
  add(sim::fault::server_error, options.server_errors);
  add(sim::fault::hang, options.hangs);
  add(sim::fault::reset, options.resets);
  add(sim::fault::truncate, options.truncated);
  if (sum > 1)
    return make_error(ec::bad_input,
                      "the shares of faults add up to more than 1");
  simulator_options all;
  all.seed = options.seed;
  uint16_t port = options.first_port;
  for (auto& x : all.providers) {
    // Whatever model the user configured is there.
    x.behaviour.models.clear();
    x.behaviour.latency_ms = options.latency_ms;
    x.behaviour.tokens_per_second = options.tokens_per_second;
    x.behaviour.faults = faults;
    x.port = port;
    port += port > 0 ? 1 : 0;
  }
  auto result = std::make_unique<running_simulation>();
  if (auto error = result->start(std::move(all)))
    return error;
  return std::unique_ptr<simulation>{std::move(result)};
}

} // namespace smart_agents
