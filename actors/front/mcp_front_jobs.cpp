#include "actors/front/mcp_front.hpp"
#include "actors/front/mcp_jobs.hpp"
#include "actors/front/mcp_resources.hpp"
#include "actors/front/mcp_tools.hpp"
#include "adapters/job_json.hpp"

#include <boost/json/serialize.hpp>

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
  if (auto how = mcp_job(call)) {
    result.priority = how->priority;
    result.thread = how->thread;
  }
  result.budget = what.budget;
  result.client = what.key;
  result.stand_ins = what.stand_ins;
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

/// Asks the queue on behalf of a call, which a failure ends.
template <class Reply, class Request, class Use>
void mcp_front_state::ask_jobs(const mcp_work_ptr& work, Request request,
                               Use use) {
  with_jobs([this, work, request, use](const jobs_actor& jobs) {
    auto failed = [this, work](const caf::error& why) {
      work->finish(render(why), true);
      tell_end();
    };
    if (!jobs)
      return failed(
        make_error(ec::storage_failed, "there is no queue of jobs"));
    self_->request(jobs, patience, request)
      .then(
        [this, use](const Reply& x) {
          use(x);
          tell_end();
        },
        failed);
  });
}

/// A call with `background`.
void mcp_front_state::hand_in(const mcp_work_ptr& work, const task& what) {
  ask_jobs<job_report>(work, submit_job{request_of(work->call(), what)},
                       [work](const job_report& x) {
                         work->finish(accepted_text(*x.what), false);
                       });
}

/// The tool `jobs`.
void mcp_front_state::use_jobs(const mcp_work_ptr& work) {
  auto what = read_jobs_call(work->call());
  if (!what)
    return work->finish(render(what.error()), true);
  if (what->action == "list") {
    job_filter newest;
    newest.limit = 20;
    newest.client = work->principal();
    return ask_jobs<job_list>(
      work, list_jobs{newest},
      [work](const job_list& x) { work->finish(list_text(x), false); });
  }
  if (what->action == "cancel")
    return ask_jobs<job_report>(work, cancel_job{what->id, work->principal()},
                                [work](const job_report& x) {
                                  work->finish(status_text(*x.what), false);
                                });
  auto result = what->action == "result";
  ask_jobs<job_report>(work, get_job{what->id, work->principal()},
                       [work, result](const job_report& x) {
                         auto failed = result && is_final(x.what->state)
                                       && x.what->state != job_state::completed;
                         work->finish(result ? result_text(*x.what)
                                             : status_text(*x.what),
                                      failed);
                       });
}

/// The resource of a job.
void mcp_front_state::read_job(const mcp_work_ptr& work) {
  const auto& uri = work->call().uri;
  auto id = uri.substr(std::string_view{mcp_uri::job}.size());
  with_jobs([this, work, id](const jobs_actor& jobs) {
    auto failed = [this, work](const caf::error& why) {
      const auto& call = work->call();
      if (why == ec::not_found)
        work->refuse(
          call.modern ? mcp_error::invalid_params : mcp_error::no_resource,
          "there is no resource '" + call.uri + "'", {{"uri", call.uri}});
      else
        work->refuse(mcp_error::internal, "Not to be read now: " + render(why));
      tell_end();
    };
    if (!jobs)
      return failed(make_error(ec::not_found, id));
    self_->request(jobs, patience, get_job{id, work->principal()})
      .then(
        [this, work](const job_report& x) {
          work->finish(json_contents(
            work->call().uri, boost::json::serialize(result_json(*x.what))));
          tell_end();
        },
        failed);
  });
}

/// Puts what was said in the call's thread before in front of its question.
void mcp_front_state::run_in_thread(const mcp_work_ptr& work, task what) {
  auto asked = std::make_shared<task>(std::move(what));
  auto thread = mcp_job(work->call())->thread;
  ask_jobs<thread_report>(
    work, get_thread{thread, work->principal()},
    [this, work, asked](const thread_report& x) {
      if (!work->open())
        return;
      auto& messages = asked->request.messages.edit();
      auto last = std::move(messages.back());
      messages.pop_back();
      auto question = text_of(last.parts);
      for (const auto& turn : x.turns)
        messages.push_back(
          text_message(turn.answer ? role::assistant : role::user, turn.text));
      messages.push_back(std::move(last));
      auto id = asked->id;
      run(work, std::move(*asked));
      if (auto i = running_.find(id); i != running_.end())
        i->second.question = std::move(question);
    });
}

/// Keeps question and answer before the client has the answer: whoever goes on
/// in the thread, in whatever process, finds them there.
void mcp_front_state::finish_in_thread(const mcp_work_ptr& work,
                                       const std::string& id,
                                       const std::string& question,
                                       const answer& what) {
  keep_turns kept{
    mcp_job(work->call())->thread,
    {{false, question, {}, {}},
     {true, text_of(what.response.parts), what.provider, what.model}},
    work->principal()};
  auto text = options_.answer_text(what);
  with_jobs([this, work, id, kept, text](const jobs_actor& jobs) {
    auto lost = [this, work, id, text](const caf::error& why) {
      tell_answer(work, id,
                  text + "\nnote  the thread was not kept: " + render(why)
                    + "\n");
      tell_end();
    };
    if (!jobs)
      return lost(make_error(ec::storage_failed, "there is no queue of jobs"));
    self_->request(jobs, patience, kept)
      .then(
        [this, work, id, text] {
          tell_answer(work, id, text);
          tell_end();
        },
        lost);
  });
}

void mcp_front_state::look_after(const mcp_work_ptr& work,
                                 const std::string& id) {
  jobs_[id] = work;
  // It may be over already.
  end_job(id);
}

void mcp_front_state::hear(const job& x) {
  options_.memory->server->resource_changed(mcp_uri::job + x.id, x.what.client);
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
    return work->finish(job_result(x));
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
    result.status = mcp_task_status::completed;
    if (x.state == job_state::failed)
      result.result = {
        {"content", boost::json::array{mcp_text(x.outcome.error)}},
        {"isError", true}};
    else
      result.result = job_result(x);
    result.result["resultType"] = "complete";
  }
  return result;
}

/// A job that another process, or an earlier one of ours, accepted.
void mcp_front_state::find_task(const std::string& id, const std::string& who,
                                const mcp_host::found& found) {
  with_jobs([this, id, who, found](const jobs_actor& jobs) {
    if (!jobs)
      return found(std::nullopt);
    self_->request(jobs, patience, get_job{id, who})
      .then([this, found](const job_report& x) { found(to_task(*x.what)); },
            [found](const caf::error&) { found(std::nullopt); });
  });
}

void mcp_front_state::stop_job(const std::string& id, const std::string& who) {
  with_jobs([this, id, who](const jobs_actor& jobs) {
    if (jobs)
      self_->request(jobs, patience, cancel_job{id, who})
        .then([](const job_report&) {}, [](const caf::error&) {});
  });
}

} // namespace smart_agents
