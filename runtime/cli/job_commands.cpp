#include "adapters/job_json.hpp"
#include "adapters/job_rules.hpp"
#include "adapters/job_store.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/job_render.hpp"
#include "runtime/cli/prompt.hpp"
#include "runtime/shutdown.hpp"

#include <boost/json/array.hpp>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <iostream>
#include <mutex>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

wall_time wall_now() {
  return std::chrono::system_clock::now();
}

/// The jobs of the database, without a runtime: what is asked of them needs no
/// provider.
std::unique_ptr<job_store> open_jobs(session& in, int& exit) {
  exit = wrong_usage;
  auto config = in.load();
  if (!config)
    return nullptr;
  auto store = open_sqlite_jobs(config->database);
  if (!store) {
    exit = in.give_up(store.error());
    return nullptr;
  }
  exit = done;
  return std::move(*store);
}

int show(session& in, const job& x) {
  if (in.args().json)
    return session::print(status_json(x));
  return session::print(job_text(x, wall_now(), in.out_style()));
}

/// The result to stdout, what it took to stderr.
int show_result(session& in, const job& x) {
  auto good = x.state == job_state::completed;
  if (in.args().json) {
    auto printed =
      session::print(is_final(x.state) ? result_json(x) : status_json(x));
    return printed != done ? printed : good ? done : failed;
  }
  if (!good) {
    std::cerr << job_text(x, wall_now(), in.err_style()) << std::flush;
    if (!is_final(x.state))
      in.complain(x.id + " is not over yet; watch it with: smart-agents watch");
    return failed;
  }
  auto text =
    isatty(STDOUT_FILENO) == 1 ? for_terminal(x.outcome.text) : x.outcome.text;
  if (text.empty() || text.back() != '\n')
    text += '\n';
  auto printed = session::print(text);
  std::cerr << "\n" << job_text(x, wall_now(), in.err_style()) << std::flush;
  if (x.outcome.simulated)
    std::cerr << in.err_style().yellow("SIMULATED") << "\n" << std::flush;
  return printed;
}

caf::expected<job_request> request_of(session& in, const settings& config) {
  const auto& task = in.args().task;
  const auto& how = in.args().job;
  job_request x;
  auto text = read_prompt(task.prompt, std::cin, config.max_prompt);
  if (!text)
    return text.error();
  auto material = read_material(task.files, task.diff, config.input.max_bytes);
  if (!material)
    return material.error();
  x.input = std::move(*text);
  if (!material->empty())
    x.input += "\n\n" + *material;
  x.thread = task.thread;
  x.skill = task.skill;
  x.system = task.system;
  x.model = task.model.empty() ? config.routing.default_model : task.model;
  x.type = task.type;
  x.complexity = task.complexity;
  x.max_output = task.max_output;
  x.budget = task.budget;
  x.origin = "cli";
  x.priority = how.priority;
  x.after = how.after;
  x.key = how.key;
  x.tries = how.tries;
  if (!how.at.empty())
    x.at = parse_time(how.at, wall_now()).value_or(wall_time{});
  if (auto strategy = parse_job_notify(how.notify))
    x.notify = *strategy;
  else if (!how.detached)
    x.notify = job_notify::verbose; // somebody watches
  if (!x.skill.empty())
    if (auto unknown = check_skill(config, x.skill))
      return unknown;
  if (auto wrong = check_job(x))
    return wrong;
  return x;
}

std::string new_job_id() {
  auto id = make_task_id();
  return "job_" + id.substr(id.find('_') + 1);
}

caf::expected<job_ptr> hand_in(job_store& store, const std::string& id,
                               job_request what) {
  add_job x;
  x.what.id = id;
  x.what.created = wall_now();
  x.what.what = std::move(what);
  auto made = store.apply({std::move(x)}, wall_now());
  if (!made)
    return std::move(made.error());
  if (made->front().failed)
    return made->front().failed;
  return made->front().now;
}

/// Hands a job in with what it is expected to take. Where no provider is known
/// nobody can tell, and another process's providers do the work.
caf::expected<job_ptr> hand_in_for_others(session& in, settings config,
                                          job_store& store, job_request what) {
  if (!has_provider(config))
    return hand_in(store, new_job_id(), std::move(what));
  auto agents = service::start(std::move(config), in.log());
  if (!agents)
    return std::move(agents.error());
  return (*agents)->submit_job(std::move(what));
}

/// The jobs and all that they wait for: what this process may run to get to
/// them.
std::vector<std::string> closure(job_store& store,
                                 std::vector<std::string> all) {
  for (size_t i = 0; i < all.size() && all.size() < 1000; ++i) {
    auto x = store.get(all[i]);
    if (!x || is_final((*x)->state))
      continue;
    for (const auto& need : (*x)->what.after)
      if (std::find(all.begin(), all.end(), need) == all.end())
        all.push_back(need);
  }
  return all;
}

/// Cancels a job on a signal, and ends at once while there is no service.
class cancel_job_on_signal {
public:
  void watch(service* running, const std::string& id) {
    std::lock_guard guard{mutex_};
    running_ = running;
    id_ = id;
  }

private:
  void came(int number) {
    std::lock_guard guard{mutex_};
    if (running_ == nullptr)
      _exit(128 + number);
    std::ignore = running_->cancel_job(id_);
  }

  std::mutex mutex_;
  service* running_ = nullptr;
  std::string id_;
  signal_watch watch_{[this](int number) { came(number); }};
};

/// True for what is worth a line: what is expected of a job, its parts, and
/// each of its states once.
bool is_news(const event& x, std::optional<job_state>& shown) {
  if (x.what == event::kind::step || x.what == event::kind::decided)
    return true;
  if (!x.work || shown == x.work->state)
    return false;
  shown = x.work->state;
  return true;
}

int run_here(session& in, settings config, job_store& store,
             job_request request, cancel_job_on_signal& signals) {
  auto id = new_job_id();
  auto needed = request.after;
  // One with a key may be there already.
  auto keyed = !request.key.empty();
  if (keyed) {
    auto made = hand_in(store, id, request);
    if (!made)
      return in.give_up(made.error());
    id = (*made)->id;
  }
  needed.push_back(id);
  config.runs_jobs = true;
  config.only_jobs = closure(store, std::move(needed));
  auto agents = service::start(std::move(config), in.log());
  if (!agents)
    return in.give_up(agents.error());
  auto over = std::make_shared<std::promise<void>>();
  auto once = std::make_shared<std::once_flag>();
  auto end = [over, once] {
    std::call_once(*once, [&over] { over->set_value(); });
  };
  auto listening = (*agents)->subscribe(
    [id, end, look = in.err_style(), quiet = in.args().json,
     shown = std::make_shared<std::optional<job_state>>()](const event& x) {
      if (x.task_id != id)
        return;
      if (!quiet && is_news(x, *shown))
        std::cerr << look.dim(x.work ? job_line(*x.work) : for_terminal(x.text))
                  << "\n"
                  << std::flush;
      if (x.work && is_final(x.work->state))
        end();
    });
  signals.watch(agents->get(), id);
  if (!keyed) {
    // Now that somebody listens, so that nothing of it is missed.
    if (auto made = hand_in(store, id, std::move(request)); !made)
      return in.give_up(made.error());
    std::ignore = (*agents)->pause_jobs(false); // looks at once
  }
  auto ended = over->get_future();
  // An end that came before we listened, or of which nobody is told.
  while (ended.wait_for(std::chrono::seconds{1}) != std::future_status::ready)
    if (auto x = store.get(id); !x || is_final((*x)->state))
      end();
  signals.watch(nullptr, {});
  listening = nullptr;
  auto x = store.get(id);
  if (!x)
    return in.give_up(x.error());
  return show_result(in, **x);
}

} // namespace

int run_execute(session& in) {
  // First, so that every thread inherits the mask.
  cancel_job_on_signal signals;
  auto detached = in.args().job.detached;
  auto config = detached ? in.load() : in.load_with_provider();
  if (!config)
    return wrong_usage;
  auto request = request_of(in, *config);
  if (!request)
    return in.give_up(request.error());
  auto store = open_sqlite_jobs(config->database);
  if (!store)
    return in.give_up(store.error());
  if (!detached)
    return run_here(in, std::move(*config), **store, std::move(*request),
                    signals);
  auto made =
    hand_in_for_others(in, std::move(*config), **store, std::move(*request));
  if (!made)
    return in.give_up(made.error());
  if (in.args().json)
    return session::print(status_json(**made));
  if (const auto& expected = (*made)->expected.text; !expected.empty())
    std::cerr << in.err_style().dim(for_terminal(expected)) << "\n";
  std::cerr << "It runs in a `smart-agents serve` or `mcp` on this machine, "
               "now or as soon as there is one.\n"
            << "Look at it: smart-agents status " << (*made)->id << "\n"
            << std::flush;
  return session::print((*made)->id + "\n");
}

int run_status(session& in) {
  int exit = done;
  auto store = open_jobs(in, exit);
  if (!store)
    return exit;
  auto x = store->get(in.args().job.id);
  return x ? show(in, **x) : in.give_up(x.error());
}

int run_result(session& in) {
  int exit = done;
  auto store = open_jobs(in, exit);
  if (!store)
    return exit;
  auto x = store->get(in.args().job.id);
  return x ? show_result(in, **x) : in.give_up(x.error());
}

int run_list(session& in) {
  int exit = done;
  auto store = open_jobs(in, exit);
  if (!store)
    return exit;
  job_filter which;
  const auto& args = in.args().job;
  which.state = parse_job_state(args.state);
  which.kind = args.kind;
  which.after = args.behind;
  which.limit = args.limit;
  auto found = store->list(which);
  if (!found)
    return in.give_up(found.error());
  if (!in.args().json)
    return session::print(jobs_text(*found, wall_now(), in.out_style()));
  json::array jobs;
  for (const auto& x : found->jobs)
    jobs.push_back(status_json(*x));
  return session::print(
    json::object{{"jobs", std::move(jobs)}, {"more", found->more}});
}

int run_cancel(session& in) {
  int exit = done;
  auto store = open_jobs(in, exit);
  if (!store)
    return exit;
  auto made = store->apply({stop_job{in.args().job.id}}, wall_now());
  if (!made)
    return in.give_up(made.error());
  if (made->front().failed)
    return in.give_up(made->front().failed);
  return show(in, *made->front().now);
}

} // namespace smart_agents::cli
