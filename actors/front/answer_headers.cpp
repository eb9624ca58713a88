#include "actors/front/answer_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace smart_agents {

namespace {

std::string dollars(double x) {
  std::array<char, 32> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), x,
                           std::chars_format::fixed, 6);
  return end.ec == std::errc{} ? std::string{text.data(), end.ptr} : "0";
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    result.append(result.empty() ? "" : ", ").append(name);
  return result;
}

} // namespace

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  return text;
}

http_headers story_headers(const answer& x, http_headers headers) {
  headers.emplace_back("x-smart-agents-provider", x.provider);
  headers.emplace_back("x-smart-agents-model", x.model);
  headers.emplace_back("x-smart-agents-reason", one_line(x.reason));
  headers.emplace_back("x-smart-agents-complexity",
                       std::to_string(x.complexity));
  headers.emplace_back("x-smart-agents-task-type", to_string(x.type));
  headers.emplace_back("x-smart-agents-attempts",
                       std::to_string(x.attempts.size()));
  headers.emplace_back("x-smart-agents-cost-usd", dollars(x.cost_usd));
  headers.emplace_back("x-smart-agents-saved-usd", dollars(x.saved_usd));
  headers.emplace_back("x-smart-agents-request-id", x.task_id);
  if (x.simulated)
    headers.emplace_back("x-smart-agents-simulated", "true");
  return headers;
}

http_headers story_headers(const answer_failed& x, http_headers headers) {
  if (!x.attempts.empty()) {
    const auto& last = x.attempts.back();
    headers.emplace_back("x-smart-agents-provider", last.provider);
    headers.emplace_back("x-smart-agents-model", last.model);
  }
  headers.emplace_back("x-smart-agents-reason", to_string(x.why.what));
  if (x.type) {
    headers.emplace_back("x-smart-agents-complexity",
                         std::to_string(x.complexity));
    headers.emplace_back("x-smart-agents-task-type", to_string(*x.type));
  }
  headers.emplace_back("x-smart-agents-attempts",
                       std::to_string(x.attempts.size()));
  double cost = 0;
  for (const auto& tried : x.attempts)
    cost += tried.cost_usd;
  headers.emplace_back("x-smart-agents-cost-usd", dollars(cost));
  headers.emplace_back("x-smart-agents-saved-usd", dollars(0));
  if (!x.task_id.empty())
    headers.emplace_back("x-smart-agents-request-id", x.task_id);
  return headers;
}

void add_losses(std::vector<std::string> losses, const answer& x,
                http_headers& headers) {
  if (x.verbatim)
    return;
  for (const auto& name : x.losses)
    if (std::find(losses.begin(), losses.end(), name) == losses.end())
      losses.push_back(name);
  if (!losses.empty())
    headers.emplace_back("x-smart-agents-losses", one_line(joined(losses)));
}

void append_comment(const http_headers& headers, std::string& out) {
  for (const auto& [name, value] : headers)
    out.append(": ").append(name).append(": ").append(value).append("\n");
  out.append("\n");
}

} // namespace smart_agents
