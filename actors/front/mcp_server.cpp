#include "actors/front/mcp_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// The client's capability that a request of ours needs; null when there is no
/// such request.
const char* capability_for(std::string_view method) {
  if (method == "elicitation/create")
    return "elicitation";
  if (method == "sampling/createMessage")
    return "sampling";
  if (method == "roots/list")
    return "roots";
  return nullptr;
}

/// The first capability that a client lacks for what it is asked; null when it
/// has all.
const char* lacking(const json::object& capabilities,
                    const json::object& questions) {
  for (const auto& [key, question] : questions) {
    const auto* needed =
      capability_for(text_field(question.as_object(), "method"));
    if (needed != nullptr && !capabilities.contains(needed))
      return needed;
  }
  return nullptr;
}

} // namespace

mcp_server::mcp_server(mcp_server_info info, mcp_offer offer, clock now)
  : protocol_{std::move(info), std::move(offer)}, now_{std::move(now)} {}

mcp_server::key mcp_server::key_of(const mcp_session& session,
                                   const json::value& id) {
  return {&session, json::serialize(id)};
}

void mcp_server::serve(mcp_host host) {
  host_ = std::move(host);
  // Copies, since works that can be answered at once leave the tables.
  std::vector<mcp_work_ptr> all;
  for (const auto& [id, work] : works_)
    all.push_back(work);
  for (const auto& [id, work] : task_works_)
    all.push_back(work);
  for (const auto& work : all)
    if (work->owed_ == 0
        && !(work->task_ && work->task_->status != mcp_task_status::working))
      begin(work);
}

void mcp_server::receive(const mcp_session_ptr& from, const mcp_link_ptr& link,
                         std::string_view message) {
  auto x = mcp_protocol::parse(message);
  if (auto* reply = std::get_if<mcp_reply>(&x))
    link->answer(std::move(*reply));
  else if (auto* good = std::get_if<mcp_message>(&x))
    receive(from, link, std::move(*good));
}

void mcp_server::receive(const mcp_session_ptr& from, const mcp_link_ptr& link,
                         mcp_message message) {
  auto step = protocol_.handle(std::move(message));
  if (auto* reply = std::get_if<mcp_reply>(&step)) {
    link->answer(std::move(*reply));
  } else if (auto* call = std::get_if<mcp_call>(&step)) {
    take(from, link, std::move(*call));
  } else if (const auto* taken_back = std::get_if<mcp_cancel>(&step)) {
    cancel(from, taken_back->id);
  } else if (auto* hello = std::get_if<mcp_hello>(&step)) {
    take_hello(from, link, std::move(*hello));
  } else if (auto* wish = std::get_if<mcp_set_level>(&step)) {
    from->log_level = wish->level;
    link->answer(std::move(wish->reply));
  } else if (auto* watch = std::get_if<mcp_watch>(&step)) {
    if (!watch->begin)
      from->watched.erase(watch->uri);
    else if (from->watched.size() < max_listeners)
      from->watched.insert(watch->uri);
    link->answer(std::move(watch->reply));
  } else if (auto* wishes = std::get_if<mcp_listen>(&step)) {
    listen(from, link, std::move(*wishes));
  } else if (auto* response = std::get_if<mcp_response>(&step)) {
    resolve(from, std::move(*response));
  } else if (const auto* about = std::get_if<mcp_task_request>(&step)) {
    serve_task(*from, link, *about);
  }
}

void mcp_server::take_hello(const mcp_session_ptr& from,
                            const mcp_link_ptr& link, mcp_hello hello) {
  from->version = std::move(hello.version);
  from->capabilities = std::move(hello.capabilities);
  std::erase_if(sessions_, [&from](const auto& x) {
    return x.expired() || x.lock() == from;
  });
  sessions_.push_back(from);
  link->answer(std::move(hello.reply));
}

void mcp_server::take(const mcp_session_ptr& from, const mcp_link_ptr& link,
                      mcp_call call) {
  auto refuse = [&](int code, const std::string& why,
                    const json::object& data = {}) {
    link->answer(mcp_protocol::refuse(call.id, call.modern, code, why, data));
  };
  auto id = key_of(*from, call.id);
  if (works_.contains(id))
    return refuse(mcp_error::invalid_request,
                  "a call with id " + id.second + " is still running");
  if (works_.size() >= max_works) {
    if (!call.tool.empty())
      return link->answer({protocol_.result(
        call, "Too many calls at once; wait for some to end.", true)});
    return refuse(mcp_error::internal, "too many calls at once");
  }
  if (!call.modern)
    call.capabilities = from->capabilities;
  const auto* tool = protocol_.offer().find_tool(call.tool);
  if (tool && tool->tasks == mcp_task_use::required
      && !(call.modern && has_tasks(call.capabilities)))
    return refuse(mcp_error::no_capability,
                  call.tool + " is for clients that declare the extension "
                    + mcp_tasks_extension,
                  missing_capability(mcp_tasks_extension));
  auto work = std::make_shared<mcp_work>();
  work->server_ = this;
  work->session_ = from;
  work->link_ = link;
  work->call_ = std::move(call);
  if (work->call_.sealed) {
    auto opened = sealer_.open(*work->call_.sealed, purpose_of(*work), now_());
    if (!opened)
      return link->answer(mcp_protocol::refuse(
        work->call_.id, true, mcp_error::invalid_params,
        "requestState is not what we gave for this call, or is too old"));
    work->call_.state = json::parse(*opened);
  }
  works_.emplace(std::move(id), work);
  work->hosts_ = 0;
  begin(work);
}

void mcp_server::begin(const mcp_work_ptr& work) {
  // Before the first host there is nobody to begin.
  if (!host_.begin)
    return;
  if (++work->hosts_ > max_hosts)
    return work->finish("Internal error: the MCP front failed with this call "
                        "in hand, again and again; the log says why.",
                        true);
  host_.begin(work);
}

/// A request that was taken back gets no reply.
void mcp_server::cancel(const mcp_session_ptr& from, const json::value& id) {
  std::erase_if(listeners_, [&](const listener& x) {
    return x.session == from && x.wish.id == id;
  });
  auto i = works_.find(key_of(*from, id));
  if (i == works_.end())
    return;
  auto work = i->second;
  drop(*work);
  if (host_.cancel)
    host_.cancel(work);
}

void mcp_server::lost(const mcp_link_ptr& link) {
  std::erase_if(listeners_,
                [&link](const listener& x) { return x.link == link; });
  std::vector<mcp_work_ptr> gone;
  for (const auto& [id, work] : works_)
    if (work->link_ == link)
      gone.push_back(work);
  for (const auto& work : gone)
    cancel(work->session_, work->call_.id);
}

void mcp_server::leave(const mcp_session_ptr& session) {
  std::erase_if(listeners_,
                [&](const listener& x) { return x.session == session; });
  std::vector<mcp_work_ptr> gone;
  for (const auto& [id, work] : works_)
    if (work->session_ == session)
      gone.push_back(work);
  for (const auto& work : gone)
    cancel(session, work->call_.id);
  session->asked.clear();
  session->standing = nullptr;
  std::erase_if(sessions_, [&session](const auto& x) {
    return x.expired() || x.lock() == session;
  });
}

void mcp_server::leave_all() {
  listeners_.clear();
  while (!works_.empty()) {
    auto work = works_.begin()->second;
    cancel(work->session_, work->call_.id);
  }
}

void mcp_server::resolve(const mcp_session_ptr& from, mcp_response response) {
  if (!response.id.is_string())
    return;
  auto asked = from->asked.extract(std::string{response.id.get_string()});
  if (!asked)
    return;
  auto& [work, question] = asked.mapped();
  if (!work->open_)
    return;
  if (response.failed || !response.outcome.is_object())
    work->call_.answers[question] =
      json::object{{"action", "cancel"}, {"error", response.outcome}};
  else
    work->call_.answers[question] = std::move(response.outcome);
  if (--work->owed_ == 0) {
    work->hosts_ = 0;
    begin(work);
  }
}

// -- for works ----------------------------------------------------------------

void mcp_server::drop(mcp_work& work) {
  work.open_ = false;
  works_.erase(key_of(*work.session_, work.call_.id));
  std::erase_if(work.session_->asked, [&work](const auto& x) {
    return x.second.first.get() == &work;
  });
}

void mcp_server::end(mcp_work& work, mcp_reply reply) {
  auto kept = work.shared_from_this();
  drop(work);
  work.link_->answer(std::move(reply));
}

std::string mcp_server::purpose_of(const mcp_work& work) const {
  const auto& call = work.call_;
  return work.session_->principal + "\n" + call.tool + "\n" + call.uri + "\n"
         + call.prompt + "\n" + json::serialize(call.arguments);
}

void mcp_server::ask(mcp_work& work, json::object questions,
                     json::value state) {
  auto kept = work.shared_from_this();
  const auto& call = work.call_;
  if (const auto* missing = lacking(call.capabilities, questions)) {
    auto why = std::string{"this needs a client that declares the capability '"}
               + missing + "'";
    if (call.modern)
      return work.refuse(mcp_error::no_capability, why,
                         missing_capability(missing));
    return work.finish(why, true);
  }
  if (work.task_) {
    work.call_.state = std::move(state);
    work.task_->questions = std::move(questions);
    work.task_->status = mcp_task_status::input_required;
    return touch(*work.task_);
  }
  if (call.modern) {
    json::object result;
    if (!state.is_null() || questions.empty())
      result["requestState"] = sealer_.seal(
        json::serialize(state), purpose_of(work), now_() + patience);
    if (!questions.empty())
      result["inputRequests"] = std::move(questions);
    return end(work, {protocol_.complete(call.id, true, std::move(result),
                                         "input_required")});
  }
  // A legacy client is asked while its call waits.
  work.call_.state = std::move(state);
  work.owed_ = questions.size();
  std::vector<std::string> requests;
  for (auto& [name, question] : questions) {
    auto id = "q" + std::to_string(++last_question_);
    auto& x = question.as_object();
    requests.push_back(mcp_protocol::request(id, text_field(x, "method"),
                                             object_field(x, "params")));
    work.session_->asked[id] = {kept, std::string{name}};
  }
  for (auto& x : requests)
    work.link_->tell(std::move(x));
}

} // namespace smart_agents
