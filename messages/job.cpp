#include "messages/job.hpp"

#include <array>

namespace smart_agents {

namespace {

constexpr std::array states{"pending", "running", "completed", "failed",
                            "cancelled"};
constexpr std::array strategies{"silent", "completion", "milestone", "verbose"};
constexpr std::array phases{"running", "answered", "failed"};

template <class Enum, size_t N>
std::optional<Enum> find(const std::array<const char*, N>& names,
                         std::string_view name) {
  for (size_t i = 0; i < N; ++i)
    if (name == names[i])
      return static_cast<Enum>(i);
  return std::nullopt;
}

} // namespace

std::string to_string(job_state x) {
  return states.at(static_cast<size_t>(x));
}

std::optional<job_state> parse_job_state(std::string_view name) {
  return find<job_state>(states, name);
}

bool is_final(job_state x) {
  return x != job_state::pending && x != job_state::running;
}

std::string to_string(job_notify x) {
  return strategies.at(static_cast<size_t>(x));
}

std::optional<job_notify> parse_job_notify(std::string_view name) {
  return find<job_notify>(strategies, name);
}

std::string to_string(job_step::phase x) {
  return phases.at(static_cast<size_t>(x));
}

std::string kind_of(const job_request& x) {
  return x.skill.empty() ? "ask" : x.skill;
}

std::string provider_of(const job_request& x) {
  auto slash = x.model.find('/');
  return slash == std::string::npos ? "" : x.model.substr(0, slash);
}

} // namespace smart_agents
