#include "actors/front/mcp_task.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr std::array status_names{"working", "input_required", "completed",
                                  "failed", "cancelled"};

int64_t milliseconds(caf::timespan x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
}

} // namespace

bool is_over(mcp_task_status x) {
  return x != mcp_task_status::working && x != mcp_task_status::input_required;
}

json::object task_head(const mcp_task& x) {
  json::object result{
    {"taskId", x.id},
    {"status", status_names.at(static_cast<size_t>(x.status))},
    {"createdAt", iso_time(x.created)},
    {"lastUpdatedAt", iso_time(x.updated)},
    {"ttlMs", milliseconds(x.keep)},
    {"pollIntervalMs", milliseconds(x.poll)}};
  if (!x.message.empty())
    result["statusMessage"] = x.message;
  return result;
}

json::object task_view(const mcp_task& x) {
  auto result = task_head(x);
  if (x.status == mcp_task_status::completed)
    result["result"] = x.result;
  if (x.status == mcp_task_status::failed)
    result["error"] = x.error;
  if (x.status == mcp_task_status::input_required)
    result["inputRequests"] = x.questions;
  return result;
}

std::string iso_time(wall_time x) {
  auto whole = std::chrono::floor<std::chrono::milliseconds>(x);
  auto seconds = std::chrono::floor<std::chrono::seconds>(whole);
  auto time = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%FT%T", &parts);
  std::array<char, 8> rest{};
  std::snprintf(rest.data(), rest.size(), ".%03dZ",
                static_cast<int>((whole - seconds).count()));
  return std::string{text.data()} + rest.data();
}

} // namespace smart_agents
