#pragma once

#include "adapters/beast/io_threads.hpp"
#include "adapters/simulator/simulator.hpp"
#include "messages/error.hpp"
#include "runtime/settings.hpp"
#include "runtime/smart_agents.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace smart_agents::bench {

/// The value, or the end of the program with the reason on stderr.
template <class T>
T must(caf::expected<T> x) {
  if (x)
    return std::move(*x);
  std::fprintf(stderr, "%s\n", render(x.error()).c_str());
  std::exit(1);
}

/// The whole runtime before the provider simulator, on real sockets and with a
/// ledger on the disk, in a folder that goes with it.
class simulated_service {
public:
  /// Limits are lifted; `change` sees the settings before the start.
  explicit simulated_service(const std::function<void(settings&)>& change = {})
    : folder_{std::filesystem::temp_directory_path()
              / ("smart-agents-bench-" + make_task_id())},
      providers_{must(simulator::start(io_))} {
    std::filesystem::create_directories(folder_);
    settings_source source;
    auto no_environment = [](std::string_view) { return std::nullopt; };
    auto base = must(parse_settings("{}", "bench", no_environment, source));
    auto all = simulated_settings(base, providers_->base_urls());
    all.database = database().string();
    for (auto& x : all.providers)
      x.limits = {};
    if (change)
      change(all);
    agents_ = must(service::start(std::move(all), make_silent_log()));
  }

  ~simulated_service() {
    agents_ = nullptr;
    providers_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  simulated_service(const simulated_service&) = delete;
  simulated_service& operator=(const simulated_service&) = delete;

  service& agents() {
    return *agents_;
  }

  simulator& providers() {
    return *providers_;
  }

  std::filesystem::path database() const {
    return folder_ / "ledger.db";
  }

  /// Changes how a provider behaves by the keys of docs/SIMULATOR.md.
  void behave(std::string_view provider, std::string_view how) {
    if (auto bad = providers_->update(provider, how)) {
      std::fprintf(stderr, "%s\n", render(bad).c_str());
      std::exit(1);
    }
  }

private:
  std::filesystem::path folder_;
  io_threads io_{1};
  std::unique_ptr<simulator> providers_;
  std::unique_ptr<service> agents_;
};

/// A question of one sentence, as a host program asks it.
inline task question(std::string text, std::optional<task_type> type = {},
                     int complexity = 0) {
  task result;
  result.request.messages = {text_message(role::user, std::move(text))};
  result.type = type;
  result.complexity = complexity;
  result.origin = "bench";
  return result;
}

} // namespace smart_agents::bench
