#include "actors/front/mcp_front.hpp"

#include "actors/front/mcp_consent.hpp"
#include "actors/front/mcp_resources.hpp"
#include "actors/front/mcp_tools.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

/// Stream events between two notes of progress.
constexpr uint64_t pieces_a_note = 50;

/// How often streams are looked after.
constexpr auto tick_every = std::chrono::seconds{5};

/// Both ways of a client on a line channel.
class channel_link final : public mcp_link {
public:
  explicit channel_link(std::shared_ptr<line_channel> channel)
    : channel_{std::move(channel)} {}

  void tell(std::string message) override {
    channel_->write(std::move(message));
  }

  void answer(mcp_reply reply) override {
    channel_->write(std::move(reply.text));
  }

private:
  std::shared_ptr<line_channel> channel_;
};

} // namespace

mcp_front_actor::behavior_type
mcp_front_state::make_behavior(mcp_front_options options) {
  options_ = std::move(options);
  link_ = std::make_unique<coordinator_link<mcp_front_actor::base>>(
    self_, options_.supervisor);
  self_->set_down_handler([this](const caf::down_msg&) {
    // There is a new event bus soon.
    subscribe_to_events();
  });
  // Who speaks over a channel is there from the beginning.
  if (options_.channel)
    options_.memory->called = true;
  subscribe_to_events();
  make_server();
  self_->send(self_, mcp_lines{});
  return {
    [this](mcp_lines) { take_lines(); },
    [this](mcp_end x) { end(x); },
    [this](const mcp_http_incoming& x) {
      if (!std::exchange(options_.memory->called, true))
        listen();
      options_.memory->http->receive(*x.request, x.answer, now_of(self_));
    },
    [this](mcp_http_gone x) { options_.memory->http->gone(x.exchange); },
    [this](mcp_tick) { tick(); },
    [this](const event& x) { hear(x); },
    [this](const answer_started& x) {
      if (auto i = running_.find(x.task_id); i != running_.end())
        i->second.work->note(x.head->provider + "/" + x.head->model
                             + " is answering");
    },
    [this](const answer_delta& x) {
      auto i = running_.find(x.task_id);
      if (i == running_.end())
        return;
      auto& mine = i->second;
      auto before = mine.pieces / pieces_a_note;
      mine.pieces += x.events.size();
      if (mine.pieces / pieces_a_note != before)
        mine.work->note(std::to_string(mine.pieces) + " pieces so far");
      if (mine.dispatch)
        self_->send(mine.dispatch,
                    grant_credit{static_cast<uint32_t>(x.events.size())});
    },
    [this](const answer_finished& x) {
      if (auto done = running_.extract(x.task_id)) {
        auto& mine = done.mapped();
        if (mine.question.empty())
          tell_answer(mine.work, x.task_id, options_.answer_text(*x.what));
        else
          finish_in_thread(mine.work, x.task_id, mine.question, *x.what);
      }
      tell_end();
    },
    [this](const answer_failed& x) {
      if (auto done = running_.extract(x.task_id))
        done.mapped().work->finish(options_.failure_text(x), true);
      tell_end();
    },
  };
}

/// The first front makes what all its successors use.
void mcp_front_state::make_server() {
  auto& memory = *options_.memory;
  if (!options_.skills)
    options_.skills = std::make_shared<skill_shelf>();
  skills_ = options_.skills->all();
  if (!memory.server) {
    mcp_offer offer{mcp_tools(skills_), mcp_resources(), mcp_templates(),
                    mcp_prompts(skills_)};
    offer.resources_change = true;
    offer.tools_change = true;
    offer.prompts_change = true;
    offer.tasks = true;
    memory.server = std::make_unique<mcp_server>(
      mcp_server_info{"smart-agents", options_.version, mcp_instructions()},
      std::move(offer), options_.wall_clock);
    memory.session = std::make_shared<mcp_session>();
    if (options_.channel)
      memory.session->standing =
        std::make_shared<channel_link>(options_.channel);
    if (options_.http)
      memory.http = std::make_unique<mcp_http>(*memory.server, *options_.http);
  }
  remind(self_, tick_every, mcp_tick{});
  mcp_host host;
  host.begin = [this](const mcp_work_ptr& work) { begin(work); };
  host.cancel = [this](const mcp_work_ptr& work) { cancel(work); };
  host.find_task = [this](const std::string& id, const std::string& who,
                          const mcp_host::found& found) {
    find_task(id, who, found);
  };
  host.cancel_task = [this](const std::string& id, const std::string& who) {
    stop_job(id, who);
  };
  memory.server->serve(std::move(host));
}

void mcp_front_state::tick() {
  if (options_.memory->http)
    options_.memory->http->tick(now_of(self_));
  look_at_skills();
  remind(self_, tick_every, mcp_tick{});
}

void mcp_front_state::look_at_skills() {
  auto now = options_.skills->all();
  if (now == skills_)
    return;
  skills_ = std::move(now);
  options_.memory->server->change(mcp_tools(skills_), mcp_prompts(skills_));
}

void mcp_front_state::take_lines() {
  auto& memory = *options_.memory;
  while (auto line = memory.pop())
    memory.server->receive(memory.session, memory.session->standing, *line);
  tell_end();
}

void mcp_front_state::hear(const event& x) {
  auto& server = *options_.memory->server;
  switch (x.what) {
  case event::kind::circuit: server.resource_changed(mcp_uri::providers); break;
  case event::kind::quota: server.resource_changed(mcp_uri::quotas); break;
  case event::kind::answered: server.resource_changed(mcp_uri::usage); break;
  default: break;
  }
  if (x.work)
    hear(*x.work);
  else if (auto j = jobs_.find(x.task_id);
           j != jobs_.end() && x.what == event::kind::step)
    j->second->note(x.text);
  auto i = running_.find(x.task_id);
  if (i == running_.end())
    return;
  auto failed = x.what == event::kind::failed_over;
  if (!failed && x.what != event::kind::decided && x.what != event::kind::step)
    return;
  i->second.work->note(x.text);
  i->second.work->log(failed ? mcp_level::warning : mcp_level::info,
                      boost::json::value(clean_text(x.text)));
}

void mcp_front_state::begin(const mcp_work_ptr& work) {
  const auto& call = work->call();
  // A predecessor handed it in.
  if (auto job = work->task(); !job.empty())
    return look_after(work, job);
  if (call.uri.starts_with(mcp_uri::job))
    return read_job(work);
  if (call.uri.starts_with(mcp_uri::answer))
    return read_answer(work);
  if (!call.uri.empty())
    return gather(work);
  auto good = check_mcp_arguments(call);
  if (!good)
    return work->finish(render(good.error()), true);
  if (call.tool == "usage")
    return gather(work);
  if (call.tool == "jobs")
    return use_jobs(work);
  if (call.tool == "feedback")
    return rate(work);
  auto what = mcp_task_of(call);
  if (!what)
    return work->finish(render(what.error()), true);
  what->id = options_.make_id();
  what->deadline = now_of(self_) + options_.timeout;
  what->key = work->principal();
  if (options_.may_ask && !options_.may_ask(what->key, what->model))
    return work->finish(
      "the key " + what->key + " may not ask for " + what->model, true);
  if (options_.stand_ins)
    what->stand_ins = options_.stand_ins(what->key);
  if (call.tool == "route")
    return route(work, std::move(*what));
  auto media = mcp_media(call);
  if (!media)
    return work->finish(render(media.error()), true);
  auto input = mcp_input(call);
  if (!input)
    return work->finish(render(input.error()), true);
  if (auto how = mcp_job(call); !how)
    return work->finish(render(how.error()), true);
  else if (how->background && !media->empty())
    return work->finish("media: not with background; leave one out", true);
  if (media->empty() && input->files.empty() && !input->diff)
    return perform(work, std::move(*what));
  load(work, std::move(*what),
       {std::move(*media), options_.media, std::move(*input), options_.input});
}

void mcp_front_state::perform(const mcp_work_ptr& work, task what) {
  if (!consents(work, what))
    return;
  const auto& call = work->call();
  auto how = *mcp_job(call);
  if (how.background)
    return hand_in(work, what);
  if (call.tool == "orchestrate" && call.modern && has_tasks(call.capabilities))
    return submit(work, std::move(what));
  // Pieces are only wanted where somebody watches them.
  what.request.stream = call.tool == "ask" && call.progress_token.has_value();
  if (how.thread.empty())
    run(work, std::move(what));
  else
    run_in_thread(work, std::move(what));
}

/// Has media and files loaded, then goes on with the task. The folders that a
/// client names count only where it is a program of this machine's user.
void mcp_front_state::load(const mcp_work_ptr& work, task what,
                           load_all request) {
  auto reads = !request.input.files.empty() || request.input.diff;
  if (!options_.make_loader)
    return work->finish(
      reads ? "files: are not taken here" : "media: are not taken here", true);
  const auto& call = work->call();
  auto local = reads
               || std::any_of(request.sources.begin(), request.sources.end(),
                              is_local_media);
  if (local && options_.channel && call.capabilities.contains("roots")) {
    const auto* roots = answer_in(call, "roots");
    if (roots == nullptr)
      return work->ask(
        {{"roots", boost::json::object{{"method", "roots/list"},
                                       {"params", boost::json::object{}}}}});
    auto folders = folders_of_roots(*roots);
    request.rules.folders.insert(request.rules.folders.end(), folders.begin(),
                                 folders.end());
    request.bounds.folders.insert(request.bounds.folders.begin(),
                                  folders.begin(), folders.end());
  }
  if (loaders_ >= max_loaders)
    return work->finish("Too many files are being loaded; try again.", true);
  ++loaders_;
  auto patience = media_patience * static_cast<int>(request.sources.size())
                  + request.bounds.patience + std::chrono::seconds{10};
  self_
    ->request(options_.make_loader(self_->system()), patience,
              std::move(request))
    .then(
      [this, work, what](const all_loaded& x) mutable {
        --loaders_;
        auto& parts = what.request.messages.edit().back().parts;
        parts.insert(parts.end(), x.parts.begin(), x.parts.end());
        if (auto* said =
              parts.empty() ? nullptr : std::get_if<text_part>(&parts.front());
            said != nullptr && !x.text.empty())
          said->text += (said->text.empty() ? "" : "\n\n") + x.text;
        if (work->open())
          perform(work, std::move(what));
      },
      [this, work](const caf::error& why) {
        --loaders_;
        work->finish(render(why), true);
        tell_end();
      });
}

void mcp_front_state::run(const mcp_work_ptr& work, task what) {
  const auto& call = work->call();
  auto id = what.id;
  running_[id].work = work;
  auto accepted = [this](const task_accepted& x) {
    auto i = running_.find(x.task_id);
    if (i == running_.end())
      return;
    i->second.dispatch = x.dispatch;
    if (i->second.cancelled)
      self_->send(x.dispatch,
                  cancel_task{x.task_id, "cancelled by the client"});
  };
  auto refused = [this, id](const failure& why) {
    if (auto done = running_.extract(id))
      done.mapped().work->finish(why.message, true);
    tell_end();
  };
  auto sink = caf::actor_cast<sink_actor>(self_);
  auto handed = std::make_shared<const task>(std::move(what));
  if (call.tool == "orchestrate")
    link_->submit(run_skill{mcp_skill(call), std::move(handed), sink}, accepted,
                  refused);
  else
    link_->submit(run_task{std::move(handed), sink}, accepted, refused);
}

/// Runs `use` with the current handles, or answers the call with the reason
/// that there are none.
template <class Use>
void mcp_front_state::with_services(Use use, const mcp_work_ptr& work) {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then([use](const services_changed& x) { use(*x.now); },
          [this, work](const caf::error& why) {
            work->finish("The service is not ready: " + render(why), true);
            tell_end();
          });
}

void mcp_front_state::route(const mcp_work_ptr& work, task what) {
  auto asked = std::make_shared<const task>(std::move(what));
  with_services(
    [this, work, asked](const services& now) {
      self_->request(now.router, std::chrono::seconds{10}, route_task{asked})
        .then(
          [this, work](const routed& x) {
            auto text = options_.decision_text(*x.what);
            if (options_.decision_data)
              work->finish(
                {{"content", boost::json::array{mcp_text(text)}},
                 {"structuredContent", options_.decision_data(*x.what)}});
            else
              work->finish(text, false);
            tell_end();
          },
          [this, work](const caf::error& why) {
            work->finish(render(why), true);
            tell_end();
          });
    },
    work);
}

void mcp_front_state::rate(const mcp_work_ptr& work) const {
  auto said = mcp_verdict_of(work->call());
  if (!said)
    return work->finish(render(said.error()), true);
  if (!options_.rate)
    return work->finish("Answers are not rated here.", true);
  auto whose = options_.rate(said->id, said->good);
  if (!whose)
    return work->finish(render(whose.error()), true);
  work->finish("Noted: " + *whose + (said->good ? " did well." : " did badly."),
               false);
}

void mcp_front_state::gather(const mcp_work_ptr& work) {
  auto parts = std::make_shared<gathering>();
  auto wall = options_.wall_clock();
  parts->since = std::chrono::floor<std::chrono::days>(wall);
  if (work->call().uri.empty()) {
    auto asked = mcp_usage_of(work->call());
    if (!asked)
      return work->finish(render(asked.error()), true);
    parts->by = std::move(asked->by);
    if (!asked->since.empty()) {
      auto since = options_.parse_since
                     ? options_.parse_since(asked->since, wall)
                     : std::nullopt;
      if (!since)
        return work->finish("since: '" + asked->since
                              + "' is none of today, month, 24h, 7d, "
                                "YYYY-MM-DD",
                            true);
      parts->since = *since;
    }
  }
  auto came = [this, work, parts] {
    if (--parts->missing > 0)
      return;
    gathered(work, *parts);
  };
  auto failed = [parts, came](const caf::error& why) {
    parts->failed = render(why);
    came();
  };
  with_services(
    [this, parts, came, failed](const services& now) {
      constexpr auto patience = std::chrono::seconds{10};
      parts->missing = 2 + now.providers.size();
      self_->request(now.quota, patience, get_quota{})
        .then(
          [parts, came](const quota_report& x) {
            parts->quota = x;
            came();
          },
          failed);
      self_->request(now.storage, patience, get_usage{parts->since, parts->by})
        .then(
          [parts, came](const usage_report& x) {
            parts->spent = x;
            came();
          },
          failed);
      for (const auto& [name, who] : now.providers)
        self_->request(who, patience, get_provider_status{})
          .then(
            [parts, came](const provider_status& x) {
              parts->providers.push_back(x);
              came();
            },
            failed);
    },
    work);
}

void mcp_front_state::gathered(const mcp_work_ptr& work, gathering& parts) {
  std::sort(parts.providers.begin(), parts.providers.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto& call = work->call();
  // In a report for people the other parts are worth showing; a document must
  // not say that there is nothing.
  if (!call.uri.empty() && !parts.failed.empty()) {
    work->refuse(mcp_error::internal, "Not to be read now: " + parts.failed);
  } else if (call.uri.empty()) {
    auto text = options_.usage_text(parts.quota, parts.providers, parts.spent,
                                    parts.since, parts.by);
    if (options_.usage_data)
      work->finish({{"content", boost::json::array{mcp_text(text)}},
                    {"structuredContent",
                     options_.usage_data(parts.quota, parts.providers,
                                         parts.spent, parts.since, parts.by)}});
    else
      work->finish(text, false);
  } else {
    auto text = model_resource(call.uri);
    if (text.empty())
      text = options_.resource_text(call.uri, parts.quota, parts.providers,
                                    parts.spent);
    if (text.empty())
      work->refuse(
        call.modern ? mcp_error::invalid_params : mcp_error::no_resource,
        "there is no resource '" + call.uri + "'", {{"uri", call.uri}});
    else
      work->finish(json_contents(call.uri, text));
  }
  tell_end();
}

/// The work's client wants nothing of it any more.
void mcp_front_state::cancel(const mcp_work_ptr& work) {
  if (auto job = work->task(); !job.empty()) {
    jobs_.erase(job);
    return stop_job(job, work->principal());
  }
  for (auto& [id, x] : running_) {
    if (x.cancelled || x.work != work)
      continue;
    x.cancelled = true;
    if (x.dispatch)
      self_->send(x.dispatch, cancel_task{id, "cancelled by the client"});
    return;
  }
}

void mcp_front_state::end(mcp_end how) {
  take_lines();
  if (how.finish)
    return;
  options_.memory->server->leave_all();
  tell_end();
}

void mcp_front_state::tell_end() {
  if (options_.memory->drained() && options_.memory->server->calls() == 0
      && options_.on_end)
    options_.on_end();
}

void mcp_front_state::subscribe_to_events() {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then(
      [this](const services_changed& x) {
        // The same again would be a bus whose end is not yet known.
        if (!x.now->events || x.now->events == events_)
          return;
        events_ = x.now->events;
        self_->monitor(events_);
        listen();
        // What ended meanwhile was told to nobody.
        for (const auto& [id, work] : jobs_)
          end_job(id);
      },
      [](const caf::error&) {}); // then there is no progress, only answers
}

void mcp_front_state::listen() {
  if (events_ && options_.memory->called)
    self_->send(events_, subscribe{caf::actor_cast<listener_actor>(self_)});
}

mcp_front_actor::behavior_type
mcp_front(self_of<mcp_front_actor, mcp_front_state> self,
          mcp_front_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
