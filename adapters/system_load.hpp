#pragma once

#include "messages/dialect.hpp"

#include <optional>
#include <string>

/// How busy the machine is, or the part of it that this process was given.

namespace smart_agents {

/// Shares in use, 0 to 1; unset for what cannot be read.
struct load_reading {
  std::optional<double> cpu;
  std::optional<double> memory;
};

/// Reads the load of the control group (version 2 or 1) if it has a limit of
/// its own, else of the machine. What the page cache could give back counts as
/// free. The processors' share is that since the last reading, so the first
/// has none. Not thread-safe.
class system_load {
public:
  /// `root` stands for `/` in tests.
  explicit system_load(std::string root = {}) : root_{std::move(root)} {}

  load_reading read(instant now);

private:
  struct busy {
    double seconds = 0;
    double processors = 0;
  };

  std::optional<busy> group_cpu() const;
  std::optional<double> group_memory() const;
  std::optional<double> machine_cpu();
  std::optional<double> machine_memory() const;
  std::string text(const std::string& path) const;

  std::string root_;
  std::optional<double> last_seconds_;
  instant last_at_{};
  double last_total_ = 0;
  double last_idle_ = 0;
};

/// Why no more work should begin, as a sentence; empty when it may. Bounds in
/// percent, 0 for none.
std::string too_busy(const load_reading& x, uint32_t max_cpu,
                     uint32_t max_memory);

} // namespace smart_agents
