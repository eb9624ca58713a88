#include "actors/front/host_front.hpp"

namespace smart_agents {

owed_reader::owed_reader(std::string task_id, stream_reader reader)
  : task_id_{std::move(task_id)}, reader_{std::move(reader)} {}

owed_reader::~owed_reader() {
  failure why;
  why.message = "the front that held this task was restarted; ask again";
  failed({task_id_, std::move(why), {}});
}

void owed_reader::started(const answer& head) {
  if (reader_.started)
    reader_.started(head);
}

void owed_reader::piece(const stream_event& event) {
  if (reader_.piece)
    reader_.piece(event);
}

void owed_reader::finished(answer_ptr what) {
  if (!std::exchange(done_, true) && reader_.finished)
    reader_.finished(std::move(what));
}

void owed_reader::failed(const answer_failed& why) {
  if (!std::exchange(done_, true) && reader_.failed)
    reader_.failed(why);
}

host_front_actor::behavior_type
host_front_state::make_behavior(supervisor_actor supervisor) {
  link_ = std::make_unique<coordinator_link<host_front_actor::base>>(
    self_, std::move(supervisor));
  return {
    [this](const host_submit& work) { submit(work); },
    [this](const cancel_task& which) { cancel(which); },
    [this](const answer_started& x) {
      if (auto i = running_.find(x.task_id); i != running_.end())
        i->second.reader->started(*x.head);
    },
    [this](const answer_delta& delta) { deliver(delta); },
    [this](const answer_finished& x) {
      if (auto i = running_.extract(x.task_id))
        i.mapped().reader->finished(x.what);
    },
    [this](const answer_failed& x) {
      if (auto i = running_.extract(x.task_id))
        i.mapped().reader->failed(x);
    },
  };
}

void host_front_state::submit(const host_submit& work) {
  auto id = work.what->id;
  running_[id] = {work.reader, dispatch_actor{}, false};
  auto accepted = [this](const task_accepted& x) {
    auto i = running_.find(x.task_id);
    if (i == running_.end())
      return;
    i->second.dispatch = x.dispatch;
    if (i->second.cancelled)
      self_->send(x.dispatch, cancel_task{x.task_id, "cancelled by the host"});
  };
  auto refused = [this, id](const failure& why) {
    if (auto i = running_.extract(id))
      i.mapped().reader->failed({id, why, {}});
  };
  auto sink = caf::actor_cast<sink_actor>(self_);
  if (work.skill.empty())
    link_->submit(run_task{work.what, sink}, accepted, refused);
  else
    link_->submit(run_skill{work.skill, work.what, sink}, accepted, refused);
}

void host_front_state::cancel(const cancel_task& which) {
  auto i = running_.find(which.task_id);
  if (i == running_.end())
    return;
  i->second.cancelled = true;
  if (i->second.dispatch)
    self_->send(i->second.dispatch, which);
}

void host_front_state::deliver(const answer_delta& delta) {
  auto i = running_.find(delta.task_id);
  if (i == running_.end())
    return;
  for (const auto& event : delta.events)
    i->second.reader->piece(event);
  if (i->second.dispatch)
    self_->send(i->second.dispatch,
                grant_credit{static_cast<uint32_t>(delta.events.size())});
}

host_front_actor::behavior_type
host_front(self_of<host_front_actor, host_front_state> self,
           supervisor_actor supervisor) {
  return state_of(self).make_behavior(std::move(supervisor));
}

} // namespace smart_agents
