#include "actors/front/mcp_front.hpp"
#include "actors/front/mcp_tools.hpp"

#include <cmath>
#include <utility>

/// How the MCP front has calls done as background jobs, which are in the store
/// before their task is announced and outlive this process.

namespace smart_agents {

namespace {

constexpr auto patience = std::chrono::seconds{10};

/// How long a finished job can surely be asked for.
constexpr auto kept = std::chrono::hours{24};

job_request request_of(const mcp_call& call, const task& what) {
  job_request result;
  result.skill = mcp_skill(call);
  for (const auto& x : what.request.messages)
    (x.from == role::system ? result.system : result.input) = text_of(x.parts);
  result.model = what.model;
  result.type = what.type;
  result.complexity = what.complexity;
  result.max_output = what.request.max_output.value_or(0);
  result.origin = what.origin;
  result.priority = what.priority;
  result.notify = job_notify::verbose;
  return result;
}

std::string story_of(const job& x) {
  auto percent = std::to_string(std::lround(x.progress * 100)) + " %";
  return x.step.empty() ? percent : percent + ": " + x.step;
}

} // namespace

/// Runs `use` with the queue, or with null when there is none.
template <class Use>
void mcp_front_state::with_jobs(Use use) {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then([use](const services_changed& x) { use(x.now->jobs); },
          [use](const caf::error&) { use(jobs_actor{}); });
}

void mcp_front_state::submit(const mcp_work_ptr& work, task what) {
  auto asked = std::make_shared<task>(std::move(what));
  with_jobs([this, work, asked](const jobs_actor& jobs) {
    if (!jobs)
      return run(work, std::move(*asked));
    self_->request(jobs, patience, submit_job{request_of(work->call(), *asked)})
      .then(
        [this, work](const job_report& x) {
          mcp_task task;
          task.id = x.what->id;
          task.keep = kept;
          // When it cannot become one, its client waits for the end.
          work->become(std::move(task));
          look_after(work, x.what->id);
        },
        [this, work](const caf::error& why) {
          work->finish(render(why), true);
          tell_end();
        });
  });
}

void mcp_front_state::look_after(const mcp_work_ptr& work,
                                 const std::string& id) {
  jobs_[id] = work;
  // It may be over already.
  end_job(id);
}

void mcp_front_state::hear(const job& x) {
  auto i = jobs_.find(x.id);
  if (i == jobs_.end())
    return;
  if (is_final(x.state))
    end_job(x.id);
  else
    i->second->note(story_of(x));
}

/// Finishes the work of a job that is over; events have no long texts.
void mcp_front_state::end_job(const std::string& id) {
  with_jobs([this, id](const jobs_actor& jobs) {
    if (!jobs)
      return;
    self_->request(jobs, patience, get_job{id})
      .then(
        [this, id](const job_report& x) {
          if (!is_final(x.what->state))
            return;
          if (auto done = jobs_.extract(id))
            finish(done.mapped(), *x.what);
          tell_end();
        },
        [this, id](const caf::error& why) {
          if (why != ec::not_found)
            return; // the next event tries again
          if (auto done = jobs_.extract(id))
            done.mapped()->finish(render(why), true);
          tell_end();
        });
  });
}

void mcp_front_state::finish(const mcp_work_ptr& work, const job& x) const {
  if (x.state == job_state::completed)
    return work->finish(
      options_.job_text ? options_.job_text(x) : x.outcome.text, false);
  work->finish(x.state == job_state::cancelled ? "The job was cancelled."
                                               : x.outcome.error,
               true);
}

mcp_task mcp_front_state::to_task(const job& x) const {
  mcp_task result;
  result.id = x.id;
  result.created = x.created;
  result.updated = is_final(x.state) ? x.ended : options_.wall_clock();
  result.keep = kept;
  result.message = story_of(x);
  if (x.state == job_state::cancelled) {
    result.status = mcp_task_status::cancelled;
  } else if (is_final(x.state)) {
    auto failed = x.state == job_state::failed;
    auto text = failed              ? x.outcome.error
                : options_.job_text ? options_.job_text(x)
                                    : x.outcome.text;
    result.status = mcp_task_status::completed;
    result.result = {{"content", boost::json::array{mcp_text(text)}},
                     {"resultType", "complete"}};
    if (failed)
      result.result["isError"] = true;
  }
  return result;
}

/// A job that another process, or an earlier one of ours, accepted.
void mcp_front_state::find_task(const std::string& id,
                                const mcp_host::found& found) {
  with_jobs([this, id, found](const jobs_actor& jobs) {
    if (!jobs)
      return found(std::nullopt);
    self_->request(jobs, patience, get_job{id})
      .then([this, found](const job_report& x) { found(to_task(*x.what)); },
            [found](const caf::error&) { found(std::nullopt); });
  });
}

void mcp_front_state::stop_job(const std::string& id) {
  with_jobs([this, id](const jobs_actor& jobs) {
    if (jobs)
      self_->request(jobs, patience, cancel_job{id})
        .then([](const job_report&) {}, [](const caf::error&) {});
  });
}

} // namespace smart_agents
