#include "actors/front/host_front.hpp"
#include "messages/error.hpp"
#include "runtime/service_impl.hpp"
#include "runtime/smart_agents.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <future>
#include <utility>

namespace smart_agents {

namespace {

/// Long enough for an actor that is being restarted, short enough for a person.
constexpr auto patience = std::chrono::seconds{10};

template <class Reply, class Handle, class Request>
caf::expected<Reply> ask_actor(caf::actor_system& system, const Handle& who,
                               Request request) {
  caf::scoped_actor self{system};
  caf::expected<Reply> result{caf::sec::request_receiver_down};
  self->request(who, patience, std::move(request))
    .receive([&result](Reply& x) { result = std::move(x); },
             [&result](caf::error& why) { result = std::move(why); });
  return result;
}

/// Hands events to a function of the host's.
listener_actor::behavior_type
event_listener(listener_actor::pointer,
               std::function<void(const event&)> on_event) {
  return {[on_event = std::move(on_event)](const event& x) { on_event(x); }};
}

} // namespace

caf::expected<services_ptr> service::impl::handles() {
  auto in_force = parts();
  auto reply = ask_actor<services_changed>(
    in_force->system(), in_force->supervisor(), get_services{});
  if (!reply)
    return reply.error();
  return reply->now;
}

task_ptr service::impl::complete(task what) {
  auto in_force = parts();
  if (what.id.empty())
    what.id = make_task_id();
  if (what.deadline == instant::max())
    what.deadline = in_force->system().clock().now()
                    + in_force->configuration().request_timeout;
  return std::make_shared<const task>(std::move(what));
}

void service::impl::hand_in(task_ptr what, std::string skill,
                            stream_reader reader) {
  auto owed = std::make_shared<owed_reader>(what->id, std::move(reader));
  // A dead front drops the message, and with it the reader, which then
  // reports the failure by itself.
  caf::anon_send(
    parts()->host_front(),
    host_submit{std::move(what), std::move(skill), std::move(owed)});
}

outcome service::impl::wait_for(task what, std::string skill) {
  auto over = std::make_shared<std::promise<outcome>>();
  auto result = over->get_future();
  stream_reader reader;
  reader.finished = [over](answer_ptr x) { over->set_value(std::move(x)); };
  reader.failed = [over](const answer_failed& x) { over->set_value(x); };
  hand_in(complete(std::move(what)), std::move(skill), std::move(reader));
  return result.get();
}

service::service(std::unique_ptr<impl> pimpl) : impl_{std::move(pimpl)} {}

service::impl& service::details() {
  return *impl_;
}

service::~service() {
  shutdown(configuration().grace);
}

caf::expected<std::unique_ptr<service>>
service::impl::start(settings config, log_ptr log,
                     const std::vector<front_maker>& fronts) {
  auto parts = wiring::own(std::move(config), std::move(log), fronts);
  if (!parts)
    return parts.error();
  return std::unique_ptr<service>{
    new service{std::make_unique<impl>(std::move(*parts))}};
}

caf::expected<std::unique_ptr<service>> service::start(settings config,
                                                       log_ptr log) {
  return impl::start(std::move(config), std::move(log), {});
}

caf::expected<std::unique_ptr<service>>
service::start(settings config, log_ptr log, caf::actor_system& host) {
  auto parts = wiring::within(std::move(config), std::move(log), host);
  if (!parts)
    return parts.error();
  return std::unique_ptr<service>{
    new service{std::make_unique<impl>(std::move(*parts))}};
}

outcome service::ask(task what) {
  return impl_->wait_for(std::move(what), {});
}

outcome service::orchestrate(const std::string& skill, task what) {
  return impl_->wait_for(std::move(what), skill);
}

std::string service::submit(task what, stream_reader reader) {
  auto complete = impl_->complete(std::move(what));
  auto id = complete->id;
  impl_->hand_in(std::move(complete), {}, std::move(reader));
  return id;
}

void service::cancel(const std::string& task_id) {
  caf::anon_send(impl_->parts()->host_front(),
                 cancel_task{task_id, "cancelled by the host"});
}

caf::expected<decision_ptr> service::route(task what) {
  auto now = impl_->handles();
  if (!now)
    return now.error();
  auto reply = ask_actor<routed>(system(), (*now)->router,
                                 route_task{impl_->complete(std::move(what))});
  if (!reply)
    return reply.error();
  return reply->what;
}

caf::expected<quota_report> service::quota() {
  auto now = impl_->handles();
  if (!now)
    return now.error();
  return ask_actor<quota_report>(system(), (*now)->quota, get_quota{});
}

caf::expected<usage_report> service::spent(wall_time since,
                                           const std::string& by) {
  auto now = impl_->handles();
  if (!now)
    return now.error();
  return ask_actor<usage_report>(system(), (*now)->storage,
                                 get_usage{since, by});
}

caf::expected<storage_status> service::storage() {
  auto now = impl_->handles();
  if (!now)
    return now.error();
  return ask_actor<storage_status>(system(), (*now)->storage,
                                   get_storage_status{});
}

std::vector<provider_status> service::providers() {
  std::vector<provider_status> result;
  auto now = impl_->handles();
  if (!now)
    return result;
  for (const auto& x : configuration().providers) {
    auto i = (*now)->providers.find(x.name);
    if (i == (*now)->providers.end())
      continue;
    if (auto status = ask_actor<provider_status>(system(), i->second,
                                                 get_provider_status{}))
      result.push_back(std::move(*status));
  }
  return result;
}

std::vector<child_status> service::children() {
  auto reply =
    ask_actor<children_report>(system(), supervisor(), get_children{});
  return reply ? std::move(reply->children) : std::vector<child_status>{};
}

std::shared_ptr<void>
service::subscribe(std::function<void(const event&)> on_event) {
  auto now = impl_->handles();
  if (!now)
    return nullptr;
  auto listener = system().spawn(event_listener, std::move(on_event));
  caf::anon_send((*now)->events, smart_agents::subscribe{listener});
  // The event bus forgets a listener that is gone.
  return {nullptr, [listener](void*) {
            caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
          }};
}

namespace {

template <class Reply, class Request>
caf::expected<Reply> ask_jobs(service& of, service::impl& parts,
                              Request request) {
  auto now = parts.handles();
  if (!now)
    return now.error();
  return ask_actor<Reply>(of.system(), (*now)->jobs, std::move(request));
}

caf::expected<job_ptr> job_of(caf::expected<job_report> x) {
  if (!x)
    return std::move(x.error());
  return std::move(x->what);
}

} // namespace

caf::expected<job_ptr> service::submit_job(job_request what) {
  return job_of(ask_jobs<job_report>(
    *this, *impl_, smart_agents::submit_job{std::move(what)}));
}

caf::expected<job_ptr> service::job(const std::string& id) {
  return job_of(ask_jobs<job_report>(*this, *impl_, get_job{id}));
}

caf::expected<job_list> service::jobs(const job_filter& which) {
  return ask_jobs<job_list>(*this, *impl_, list_jobs{which});
}

caf::expected<job_ptr> service::cancel_job(const std::string& id) {
  return job_of(
    ask_jobs<job_report>(*this, *impl_, smart_agents::cancel_job{id}));
}

caf::expected<queue_report> service::pause_jobs(bool paused) {
  return ask_jobs<queue_report>(*this, *impl_,
                                smart_agents::pause_jobs{paused});
}

caf::expected<queue_report> service::queue() {
  return ask_jobs<queue_report>(*this, *impl_, get_queue{});
}

caf::actor_system& service::system() {
  return impl_->parts()->system();
}

services_ptr service::actors() {
  auto now = impl_->handles();
  return now ? *now : std::make_shared<const services>();
}

supervisor_actor service::supervisor() {
  return impl_->parts()->supervisor();
}

const settings& service::configuration() const {
  return impl_->parts()->configuration();
}

bool service::shutdown(caf::timespan grace) {
  return impl_->stop(grace);
}

} // namespace smart_agents
