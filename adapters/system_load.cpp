#include "adapters/system_load.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace smart_agents {

namespace {

std::optional<double> number_of(const std::string& text) {
  std::istringstream in{text};
  double x = 0;
  return in >> x ? std::optional{x} : std::nullopt;
}

/// The number behind a name, as in `usage_usec 17`.
std::optional<double> field(const std::string& text, const std::string& name) {
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string key;
    double x = 0;
    if (words >> key >> x && (key == name || key == name + ":"))
      return x;
  }
  return std::nullopt;
}

} // namespace

std::string system_load::text(const std::string& path) const {
  std::ifstream in{root_ + path};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::optional<system_load::busy> system_load::group_cpu() const {
  // Version 2: `max 100000` or `150000 100000`.
  std::istringstream two{text("/sys/fs/cgroup/cpu.max")};
  std::string quota;
  double period = 0;
  if (two >> quota >> period) {
    auto granted = number_of(quota);
    auto used = field(text("/sys/fs/cgroup/cpu.stat"), "usage_usec");
    if (!granted || !used || period <= 0)
      return std::nullopt;
    return busy{*used / 1e6, *granted / period};
  }
  auto granted = number_of(text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  auto every = number_of(text("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  auto used = number_of(text("/sys/fs/cgroup/cpuacct/cpuacct.usage"));
  if (!granted || *granted <= 0 || !every || *every <= 0 || !used)
    return std::nullopt;
  return busy{*used / 1e9, *granted / *every};
}

std::optional<double> system_load::group_memory() const {
  auto share = [this](const std::string& most, const std::string& used,
                      const std::string& stat,
                      const char* cache) -> std::optional<double> {
    auto limit = number_of(text(most));
    auto now = number_of(text(used));
    // Version 1 says "no limit" by a number larger than any memory.
    if (!limit || !now || *limit <= 0 || *limit > 1e18)
      return std::nullopt;
    auto free = field(text(stat), cache).value_or(0);
    return std::max(0.0, *now - free) / *limit;
  };
  if (auto two =
        share("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current",
              "/sys/fs/cgroup/memory.stat", "inactive_file"))
    return two;
  return share("/sys/fs/cgroup/memory/memory.limit_in_bytes",
               "/sys/fs/cgroup/memory/memory.usage_in_bytes",
               "/sys/fs/cgroup/memory/memory.stat", "total_inactive_file");
}

std::optional<double> system_load::machine_cpu() {
  std::istringstream in{text("/proc/stat")};
  std::string name;
  in >> name;
  if (name != "cpu")
    return std::nullopt;
  double total = 0;
  double idle = 0;
  double x = 0;
  // user nice system idle iowait irq softirq steal
  for (int i = 0; i < 8 && in >> x; ++i) {
    total += x;
    if (i == 3 || i == 4)
      idle += x;
  }
  auto all = total - last_total_;
  auto rest = idle - last_idle_;
  auto first = last_total_ == 0;
  last_total_ = total;
  last_idle_ = idle;
  if (first || all <= 0)
    return std::nullopt;
  return std::clamp(1 - rest / all, 0.0, 1.0);
}

std::optional<double> system_load::machine_memory() const {
  auto info = text("/proc/meminfo");
  auto total = field(info, "MemTotal");
  auto free = field(info, "MemAvailable");
  if (!total || *total <= 0 || !free)
    return std::nullopt;
  return std::clamp(1 - *free / *total, 0.0, 1.0);
}

load_reading system_load::read(instant now) {
  load_reading result;
  if (auto group = group_cpu()) {
    auto passed = std::chrono::duration<double>(now - last_at_).count();
    if (last_seconds_ && passed > 0 && group->processors > 0)
      result.cpu = std::clamp((group->seconds - *last_seconds_) / passed
                                / group->processors,
                              0.0, 1.0);
    last_seconds_ = group->seconds;
    last_at_ = now;
  } else {
    result.cpu = machine_cpu();
  }
  result.memory = group_memory();
  if (!result.memory)
    result.memory = machine_memory();
  return result;
}

std::string too_busy(const load_reading& x, uint32_t max_cpu,
                     uint32_t max_memory) {
  auto over = [](const std::optional<double>& share, uint32_t bound) {
    return bound > 0 && share && *share * 100 > bound;
  };
  auto say = [](const char* what, double share, uint32_t bound) {
    return std::string{what} + " is at "
           + std::to_string(std::lround(share * 100)) + " %, over the "
           + std::to_string(bound) + " % at which new jobs wait";
  };
  if (over(x.memory, max_memory))
    return say("memory", *x.memory, max_memory);
  if (over(x.cpu, max_cpu))
    return say("the processor", *x.cpu, max_cpu);
  return {};
}

} // namespace smart_agents
