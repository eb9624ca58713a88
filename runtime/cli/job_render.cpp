#include "runtime/cli/job_render.hpp"

#include <algorithm>
#include <cmath>

namespace smart_agents::cli {

namespace {

std::string percent_of(double share) {
  return std::to_string(static_cast<int>(std::lround(share * 100))) + " %";
}

std::string coloured(const job& x, const style& look) {
  auto state = x.cancelling ? "cancelling" : to_string(x.state);
  switch (x.state) {
  case job_state::completed: return look.green(state);
  case job_state::failed: return look.red(state);
  case job_state::running: return look.bold(state);
  default: return look.dim(state);
  }
}

std::string seconds_text(double seconds) {
  return elapsed(caf::timespan{static_cast<int64_t>(seconds * 1e9)});
}

/// What a reader should know of a job that waits, or runs, or is over.
std::string remark(const job& x, wall_time now) {
  if (x.state == job_state::pending && x.blocked > 0)
    return "waits for " + std::to_string(x.blocked) + " job"
           + (x.blocked == 1 ? "" : "s");
  if (x.state == job_state::pending && x.not_before > now)
    return "starts " + until(x.not_before, now)
           + (x.step.empty() ? "" : ": " + x.step);
  if (x.state == job_state::running && x.seconds_left >= 0)
    return x.step + (x.step.empty() ? "" : ", ") + "about "
           + seconds_text(x.seconds_left) + " left";
  if (x.state == job_state::completed)
    return x.outcome.provider
           + (x.outcome.model.empty() ? "" : "/" + x.outcome.model) + ", "
           + money(x.outcome.cost_usd);
  return is_final(x.state) ? x.outcome.error : x.step;
}

std::string one_line(std::string text) {
  text = for_terminal(text);
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

/// Cut to `width` characters; what is no ASCII counts one a character.
std::string cut(const std::string& text, size_t width) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80)
      continue;
    if (seen++ == width)
      return text.substr(0, i);
  }
  return text;
}

} // namespace

std::string bar(double share, size_t width) {
  auto full = static_cast<size_t>(
    std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  return std::string(full, '#') + std::string(width - full, '.');
}

std::string job_text(const job& x, wall_time now, const style& look) {
  std::string out =
    look.bold(x.id) + "  " + kind_of(x.what) + "  " + coloured(x, look);
  if (!is_final(x.state))
    out += "  [" + bar(x.progress, 20) + "] " + percent_of(x.progress);
  out += "\n";
  if (auto more = remark(x, now); !more.empty())
    out += "  " + one_line(more) + "\n";
  if (!x.expected.text.empty())
    out += "  " + one_line(x.expected.text) + "\n";
  out += "  handed in " + utc(x.created);
  if (x.ended != wall_time{})
    out += ", ended " + utc(x.ended);
  out += ", priority " + std::to_string(x.what.priority);
  if (x.failures > 0)
    out += ", failed " + std::to_string(x.failures) + " times";
  if (x.waits > 0)
    out += ", waited for room " + std::to_string(x.waits) + " times";
  out += "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& step : x.steps)
    rows.push_back(
      {one_line(step.title), to_string(step.at),
       step.provider.empty() ? "-" : one_line(step.provider + "/" + step.model),
       money(step.cost_usd), elapsed(step.elapsed), one_line(step.why)});
  if (!rows.empty())
    out += table({"STEP", "STATE", "MODEL", "COST", "TIME", "WHY"}, rows);
  return out;
}

std::string jobs_text(const job_list& x, wall_time now, const style& look) {
  if (x.jobs.empty())
    return "There are no such jobs.\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& job : x.jobs)
    rows.push_back({job->id, kind_of(job->what), coloured(*job, look),
                    percent_of(job->progress), utc(job->created),
                    cut(one_line(remark(*job, now)), 60)});
  auto out = table({"JOB", "KIND", "STATE", "DONE", "HANDED IN", ""}, rows);
  if (x.more)
    out += look.dim("There are more: --after " + x.jobs.back()->id) + "\n";
  return out;
}

std::string job_line(const job& x) {
  auto out = x.id + " " + to_string(x.state) + " " + percent_of(x.progress);
  if (auto more = remark(x, x.not_before); !more.empty())
    out += " " + one_line(more);
  return out;
}

std::vector<std::string> watch_frame(const watch_state& x, wall_time now,
                                     size_t width, size_t height,
                                     const style& look) {
  std::vector<std::string> out;
  width = std::max<size_t>(width, 20);
  auto line = [&](const std::string& text) {
    if (out.size() < height)
      out.push_back(cut(text, width));
  };
  auto count = [&x](job_state state) {
    return std::to_string(
      std::count_if(x.jobs.begin(), x.jobs.end(),
                    [state](const job_ptr& y) { return y->state == state; }));
  };
  double cost = 0;
  double saved = 0;
  for (const auto& sum : x.today.sums) {
    cost += sum.cost_usd;
    saved += sum.saved_usd;
  }
  line(count(job_state::running) + " running, " + count(job_state::pending)
       + " waiting   today " + money(cost) + " spent, " + money(saved)
       + " saved   " + utc(now));
  if (!x.trouble.empty())
    line("! " + one_line(x.trouble));
  line("");
  auto jobs = x.jobs;
  auto place = [](const job_ptr& y) {
    return y->state == job_state::running   ? 0
           : y->state == job_state::pending ? 1
                                            : 2;
  };
  std::stable_sort(jobs.begin(), jobs.end(), [&](const auto& a, const auto& b) {
    return place(a) < place(b);
  });
  auto bars = std::min<size_t>(20, width / 4);
  // The limits that are most taken are worth their lines, too.
  auto limits = x.quota.limits;
  auto taken = [](const auto& l) {
    return l.limit == 0 ? 0.0
                        : static_cast<double>(l.used + l.reserved)
                            / static_cast<double>(l.limit);
  };
  std::stable_sort(
    limits.begin(), limits.end(),
    [&](const auto& a, const auto& b) { return taken(a) > taken(b); });
  auto kept = std::min<size_t>({limits.size(), 5, height / 4});
  auto room = height > kept + 2 ? height - kept - 2 : height;
  for (const auto& job : jobs) {
    if (out.size() >= room)
      break;
    line("[" + bar(job->progress, bars) + "] " + percent_of(job->progress) + " "
         + kind_of(job->what) + " " + job->id + " " + to_string(job->state)
         + " " + one_line(remark(*job, now)));
  }
  if (jobs.empty())
    line("No jobs. smart-agents execute --async \"...\" hands one in.");
  if (kept > 0)
    line("");
  for (size_t i = 0; i < kept; ++i) {
    const auto& l = limits[i];
    line("[" + bar(taken(l), bars) + "] " + percent_of(taken(l)) + " of "
         + one_line(l.provider) + " " + l.kind + " a " + l.window + ", resets "
         + until(l.resets_at, now));
  }
  if (look.colour && !out.empty())
    out.front() = look.bold(out.front());
  return out;
}

} // namespace smart_agents::cli
