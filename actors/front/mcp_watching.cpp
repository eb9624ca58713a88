#include "actors/front/mcp_server.hpp"

#include <algorithm>

/// The server's long-lived parts: tasks, and those who listen.

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr const char* key_subscription =
  "io.modelcontextprotocol/subscriptionId";

/// True when a session may know of what an owner has; empty for everybody.
bool may_know(const mcp_session& who, const std::string& owner) {
  return who.principal.empty() || owner.empty() || who.principal == owner;
}

bool contains(const std::vector<std::string>& all, const std::string& x) {
  return std::find(all.begin(), all.end(), x) != all.end();
}

} // namespace

// -- subscriptions ------------------------------------------------------------

void mcp_server::listen(const mcp_session_ptr& from, const mcp_link_ptr& link,
                        mcp_listen wish) {
  if (listeners_.size() >= max_listeners)
    return link->answer(mcp_protocol::refuse(wish.id, true, mcp_error::internal,
                                             "too many subscriptions"));
  json::object honoured;
  if (wish.tools)
    honoured["toolsListChanged"] = true;
  if (wish.prompts)
    honoured["promptsListChanged"] = true;
  if (!wish.uris.empty())
    honoured["resourceSubscriptions"] =
      json::array(wish.uris.begin(), wish.uris.end());
  if (!wish.tasks.empty())
    honoured["taskIds"] = json::array(wish.tasks.begin(), wish.tasks.end());
  link->tell(mcp_protocol::notification(
    "notifications/subscriptions/acknowledged",
    {{"notifications", std::move(honoured)},
     {"_meta", json::object{{key_subscription, wish.id}}}}));
  listeners_.push_back({from, link, std::move(wish)});
}

template <class Wants>
void mcp_server::tell_listeners(std::string_view method, json::object params,
                                Wants wants) {
  for (const auto& x : listeners_) {
    if (!wants(x))
      continue;
    params["_meta"] = json::object{{key_subscription, x.wish.id}};
    x.link->tell(mcp_protocol::notification(method, params));
  }
}

void mcp_server::change(std::vector<mcp_tool> tools,
                        std::vector<mcp_prompt> prompts) {
  auto now = protocol_.offer();
  now.tools = std::move(tools);
  now.prompts = std::move(prompts);
  protocol_.offer(std::move(now));
  tools_changed();
  prompts_changed();
}

void mcp_server::tools_changed() {
  constexpr const char* method = "notifications/tools/list_changed";
  tell_listeners(method, {}, [](const auto& x) { return x.wish.tools; });
  for (const auto& x : sessions_)
    if (auto session = x.lock(); session && session->standing)
      session->standing->tell(mcp_protocol::notification(method, {}));
}

void mcp_server::prompts_changed() {
  constexpr const char* method = "notifications/prompts/list_changed";
  tell_listeners(method, {}, [](const auto& x) { return x.wish.prompts; });
  for (const auto& x : sessions_)
    if (auto session = x.lock(); session && session->standing)
      session->standing->tell(mcp_protocol::notification(method, {}));
}

void mcp_server::resource_changed(const std::string& uri,
                                  const std::string& owner) {
  constexpr const char* method = "notifications/resources/updated";
  tell_listeners(method, {{"uri", uri}}, [&](const auto& x) {
    return contains(x.wish.uris, uri) && may_know(*x.session, owner);
  });
  for (const auto& x : sessions_)
    if (auto session = x.lock(); session && session->standing
                                 && session->watched.contains(uri)
                                 && may_know(*session, owner))
      session->standing->tell(
        mcp_protocol::notification(method, {{"uri", uri}}));
}

// -- tasks --------------------------------------------------------------------

bool mcp_server::adopt(mcp_work& work, mcp_task task) {
  const auto& call = work.call_;
  if (!protocol_.offer().tasks || !call.modern || !has_tasks(call.capabilities))
    return false;
  if (tasks_.size() >= max_tasks)
    sweep();
  if (tasks_.size() >= max_tasks || tasks_.contains(task.id))
    return false;
  auto kept = work.shared_from_this();
  if (task.id.empty())
    task.id = random_name();
  task.owner = work.principal();
  task.created = task.updated = now_();
  works_.erase(key_of(*work.session_, call.id));
  work.task_ = std::make_shared<mcp_task>(std::move(task));
  tasks_.emplace(work.task_->id, work.task_);
  task_works_.emplace(work.task_->id, kept);
  work.link_->answer(
    {protocol_.complete(call.id, true, task_head(*work.task_), "task")});
  return true;
}

void mcp_server::touch(mcp_task& task) {
  task.updated = now_();
  tell_listeners("notifications/tasks", task_view(task),
                 [&task](const auto& x) {
                   return contains(x.wish.tasks, task.id)
                          && may_know(*x.session, task.owner);
                 });
}

void mcp_server::end_task(mcp_work& work, mcp_task_status how,
                          json::object what) {
  auto kept = work.shared_from_this();
  auto task = work.task_;
  work.open_ = false;
  task_works_.erase(task->id);
  task->status = how;
  task->questions.clear();
  if (how == mcp_task_status::completed) {
    what["resultType"] = "complete";
    task->result = std::move(what);
  } else if (how == mcp_task_status::failed) {
    task->error = std::move(what);
  }
  touch(*task);
}

void mcp_server::serve_task(const mcp_session& from, const mcp_link_ptr& link,
                            const mcp_task_request& x) {
  auto tell = [this, link, id = x.id](const mcp_task& task) {
    link->answer({protocol_.complete(id, true, task_view(task))});
  };
  auto unknown = [link, id = x.id, name = x.task] {
    link->answer(mcp_protocol::refuse(id, true, mcp_error::invalid_params,
                                      "there is no task '" + name + "'"));
  };
  auto acknowledge = [this, link, id = x.id] {
    link->answer({protocol_.complete(id, true, {})});
  };
  auto i = tasks_.find(x.task);
  if (i != tasks_.end() && !may_know(from, i->second->owner))
    return unknown();
  if (i == tasks_.end()) {
    if (!host_.find_task)
      return unknown();
    return host_.find_task(
      x.task, from.principal,
      [=, this, what = x.what, name = x.task,
       who = from.principal](std::optional<mcp_task> found) {
        if (!found)
          return unknown();
        if (what == mcp_task_request::kind::get)
          return tell(*found);
        if (what == mcp_task_request::kind::cancel && host_.cancel_task
            && !is_over(found->status))
          host_.cancel_task(name, who);
        acknowledge();
      });
  }
  auto task = i->second;
  if (x.what == mcp_task_request::kind::get)
    return tell(*task);
  acknowledge();
  if (is_over(task->status))
    return;
  if (x.what == mcp_task_request::kind::cancel)
    cancel(task);
  else
    update(task, x);
}

void mcp_server::update(const mcp_task_ptr& task, const mcp_task_request& x) {
  auto answered = false;
  for (const auto& [key, value] : x.answers)
    if (task->questions.erase(key) > 0) {
      task->answers[key] = value;
      answered = true;
    }
  if (!answered)
    return;
  if (!task->questions.empty())
    return touch(*task);
  auto i = task_works_.find(task->id);
  if (i == task_works_.end())
    return;
  auto work = i->second;
  task->status = mcp_task_status::working;
  touch(*task);
  work->call_.answers = std::exchange(task->answers, {});
  work->hosts_ = 0;
  begin(work);
}

void mcp_server::cancel(const mcp_task_ptr& task) {
  auto i = task_works_.find(task->id);
  if (i == task_works_.end())
    return;
  auto work = i->second;
  end_task(*work, mcp_task_status::cancelled, {});
  if (host_.cancel)
    host_.cancel(work);
}

void mcp_server::sweep() {
  auto now = now_();
  std::vector<mcp_task_ptr> late;
  for (const auto& [id, task] : tasks_)
    if (now - task->created >= task->keep)
      late.push_back(task);
  for (const auto& task : late) {
    cancel(task);
    tasks_.erase(task->id);
  }
}

} // namespace smart_agents
