#include "runtime/cli/commands.hpp"
#include "runtime/cli/job_render.hpp"
#include "runtime/shutdown.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <map>

namespace smart_agents::cli {

namespace {

using namespace std::chrono_literals;

watch_state look_at(service& agents) {
  watch_state x;
  job_filter running;
  running.state = job_state::running;
  job_filter waiting;
  waiting.state = job_state::pending;
  job_filter newest;
  newest.limit = 100;
  for (const auto& which : {running, waiting, newest}) {
    auto jobs = agents.jobs(which);
    if (!jobs) {
      x.trouble = render(jobs.error());
      continue;
    }
    for (const auto& job : jobs->jobs) {
      auto same = [&job](const job_ptr& y) { return y->id == job->id; };
      if (std::none_of(x.jobs.begin(), x.jobs.end(), same))
        x.jobs.push_back(job);
    }
  }
  if (auto quota = agents.quota())
    x.quota = std::move(*quota);
  auto midnight =
    std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  if (auto today = agents.spent(midnight, "provider"))
    x.today = std::move(*today);
  return x;
}

/// Rows and columns as they are now: asked for each frame, so that a terminal
/// may change its size at any time, over ssh too.
std::pair<size_t, size_t> size_of_terminal() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0
      || size.ws_col == 0)
    return {24, 80};
  return {size.ws_row, size.ws_col};
}

void draw(const watch_state& x, const style& look) {
  auto [rows, columns] = size_of_terminal();
  // Home, then each line with what was behind it erased, then what was below:
  // nothing flickers and nothing of a larger frame stays. The last row is left
  // empty, so that nothing scrolls.
  std::string out = "\033[H";
  for (const auto& line : watch_frame(x, std::chrono::system_clock::now(),
                                      columns, rows > 1 ? rows - 1 : 1, look))
    out += line + "\033[K\r\n";
  out += "\033[J";
  std::cout << out << std::flush;
}

/// What changed since the last look, a line a job.
void tell(const watch_state& x, std::map<std::string, std::string>& told) {
  for (auto i = x.jobs.rbegin(); i != x.jobs.rend(); ++i) {
    auto line = job_line(**i);
    auto& last = told[(*i)->id];
    if (last != line)
      std::cout << line << "\n";
    last = std::move(line);
  }
  std::cout << std::flush;
}

} // namespace

int run_watch(session& in) {
  auto over = std::make_shared<std::promise<void>>();
  signal_watch signals{[over](int) { over->set_value(); }};
  int exit = done;
  auto agents = in.start(exit);
  if (!agents)
    return exit;
  auto ended = over->get_future();
  auto terminal = isatty(STDOUT_FILENO) == 1 && !in.args().json;
  std::map<std::string, std::string> told;
  if (terminal)
    // A screen of its own, without cursor.
    std::cout << "\033[?1049h\033[?25l" << std::flush;
  do {
    auto now = look_at(*agents);
    if (terminal)
      draw(now, in.out_style());
    else
      tell(now, told);
    if (in.args().job.once)
      break;
  } while (std::cout && ended.wait_for(500ms) != std::future_status::ready);
  if (terminal)
    std::cout << "\033[?25h\033[?1049l" << std::flush;
  if (terminal && in.args().job.once)
    for (const auto& line :
         watch_frame(look_at(*agents), std::chrono::system_clock::now(), 100,
                     50, in.out_style()))
      std::cout << line << "\n";
  return std::cout ? done : failed;
}

} // namespace smart_agents::cli
