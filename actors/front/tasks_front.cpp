#include "actors/front/tasks_front.hpp"

#include "adapters/job_json.hpp"
#include "messages/services.hpp"

#include <caf/send.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr std::string_view base = "/v1/tasks";

void send(const http_responder_ptr& answer, int status, const json::object& x) {
  answer->send(status, {{"Content-Type", "application/json"}},
               json::serialize(x) + "\n");
}

void refuse(const http_responder_ptr& answer, int status, const char* type,
            const std::string& why) {
  send(answer, status,
       {{"error", json::object{{"type", type}, {"message", why}}}});
}

void refuse(const http_responder_ptr& answer, const caf::error& why) {
  auto text = render(why);
  if (why == ec::bad_input)
    refuse(answer, 400, "bad_request", text);
  else if (why == ec::not_found)
    refuse(answer, 404, "not_found", text);
  else if (why == ec::overloaded)
    refuse(answer, 429, "overloaded", text);
  else
    refuse(answer, 503, "unavailable", text);
}

json::object queue_json(const queue_report& x) {
  json::object result{{"paused", x.paused},
                      {"draining", x.draining},
                      {"running_here", x.running}};
  if (!x.held.empty())
    result["held"] = x.held;
  if (!x.trouble.empty())
    result["trouble"] = x.trouble;
  return result;
}

/// Whose jobs the client may see; empty for everybody's.
std::string owner_of(const tasks_asked& in) {
  return in.key ? in.key->name : std::string{};
}

/// What may stand in a query; an error names what is wrong.
caf::expected<job_filter> filter_of(std::string_view query) {
  job_filter result;
  if (auto x = query_value(query, "state")) {
    result.state = parse_job_state(*x);
    if (!result.state)
      return make_error(ec::bad_input,
                        "state: '" + *x
                          + "' is none of pending, running, completed, "
                            "failed, cancelled");
  }
  result.kind = query_value(query, "kind").value_or("");
  result.thread = query_value(query, "thread").value_or("");
  result.after = query_value(query, "after").value_or("");
  if (auto x = query_value(query, "limit")) {
    std::string_view text = *x;
    const auto* end = text.data() + text.size();
    uint32_t n = 0;
    auto [stop, bad] = std::from_chars(text.data(), end, n);
    if (bad != std::errc{} || stop != end || n < 1 || n > 1000)
      return make_error(ec::bad_input, "limit: must be 1 to 1000");
    result.limit = n;
  }
  return result;
}

} // namespace

tasks_front_actor::behavior_type
tasks_front_state::make_behavior(tasks_front_options options) {
  options_ = std::move(options);
  return {[this](const tasks_asked& in) { receive(in); }};
}

void tasks_front_state::receive(const tasks_asked& in) {
  const auto& target = in.request->target;
  auto mark = target.find('?');
  auto path = std::string_view{target}.substr(0, mark);
  auto query = mark == std::string::npos
                 ? std::string_view{}
                 : std::string_view{target}.substr(mark + 1);
  const auto& method = in.request->method;
  auto rest = path.substr(base.size());
  if (rest.empty() || rest == "/") {
    if (method == "POST")
      return submit(in);
    if (method == "GET")
      return list(in, query);
    return refuse(in.answer, 405, "method", "use GET or POST");
  }
  rest.remove_prefix(1);
  if (rest == "queue")
    return queue(in);
  auto slash = rest.find('/');
  one(in, std::string{rest.substr(0, slash)},
      slash == rest.npos ? std::string_view{} : rest.substr(slash + 1));
}

/// Asks the queue, wherever it is now.
template <class Reply, class Request, class Use>
void tasks_front_state::ask(const http_responder_ptr& answer, Request request,
                            Use use) {
  auto failed = [answer](const caf::error& why) { refuse(answer, why); };
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then(
      [this, request, use, failed](const services_changed& x) {
        self_->request(x.now->jobs, std::chrono::seconds{30}, request)
          .then([use](const Reply& reply) { use(reply); }, failed);
      },
      failed);
}

void tasks_front_state::submit(const tasks_asked& in) {
  json::error_code bad;
  auto body = json::parse(in.request->body, bad);
  if (bad || !body.is_object())
    return refuse(in.answer, 400, "bad_request",
                  "the body must be a JSON object such as {\"input\": "
                  "\"...\", \"skill\": \"code_review\"}");
  auto what = parse_job_request(body.get_object(), options_.wall());
  if (!what)
    return refuse(in.answer, what.error());
  what->origin = "rest";
  what->client = owner_of(in);
  what->stand_ins = in.key ? stand_ins_of(*in.key) : std::vector<std::string>{};
  if (in.key && !allows(*in.key, what->model))
    return refuse(in.answer, 403, "forbidden",
                  "the key " + in.key->name + " may not ask for "
                    + what->model);
  if (auto key = find_header(in.request->headers, "idempotency-key");
      !key.empty())
    what->key = std::string{key};
  ask<job_report>(in.answer, submit_job{std::move(*what)},
                  [answer = in.answer](const job_report& x) {
                    send(answer, 202, status_json(*x.what));
                  });
}

void tasks_front_state::list(const tasks_asked& in, std::string_view query) {
  auto which = filter_of(query);
  if (!which)
    return refuse(in.answer, which.error());
  which->client = owner_of(in);
  ask<job_list>(
    in.answer, list_jobs{*which}, [answer = in.answer](const job_list& x) {
      json::array tasks;
      for (const auto& job : x.jobs)
        tasks.push_back(status_json(*job));
      json::object result{{"tasks", std::move(tasks)}, {"more", x.more}};
      if (x.more)
        result["next"] = x.jobs.back()->id;
      send(answer, 200, result);
    });
}

void tasks_front_state::one(const tasks_asked& in, const std::string& id,
                            std::string_view what) {
  const auto& method = in.request->method;
  auto status = [answer = in.answer](const job_report& x) {
    send(answer, 200, status_json(*x.what));
  };
  auto owner = owner_of(in);
  if (method == "GET" && what.empty())
    return ask<job_report>(in.answer, get_job{id, owner}, status);
  if ((method == "DELETE" && what.empty())
      || (method == "POST" && what == "cancel"))
    return ask<job_report>(in.answer, cancel_job{id, owner}, status);
  if (method == "GET" && what == "result")
    return ask<job_report>(
      in.answer, get_job{id, owner}, [answer = in.answer](const job_report& x) {
        // What is not there yet is no error: ask again, or listen.
        auto over = is_final(x.what->state);
        send(answer, over ? 200 : 202,
             over ? result_json(*x.what) : status_json(*x.what));
      });
  if (method == "GET" && what == "stream") {
    auto events = options_.events ? options_.events() : events_front_actor{};
    if (!events)
      return refuse(in.answer, 503, "unavailable", "there are no events now");
    return ask<job_report>(
      in.answer, get_job{id, owner},
      [this, events, in, id, owner](const job_report&) {
        self_->send(events, stream_asked{in.request, in.answer, id, owner});
      });
  }
  refuse(in.answer, 404, "not_found",
         "known are GET /v1/tasks/ID, /v1/tasks/ID/result, "
         "/v1/tasks/ID/stream, and POST /v1/tasks/ID/cancel");
}

void tasks_front_state::queue(const tasks_asked& in) {
  auto reply = [answer = in.answer](const queue_report& x) {
    send(answer, 200, queue_json(x));
  };
  if (in.request->method == "GET")
    return ask<queue_report>(in.answer, get_queue{}, reply);
  json::error_code bad;
  auto body = json::parse(in.request->body, bad);
  const auto* paused = !bad && body.is_object()
                         ? body.get_object().if_contains("paused")
                         : nullptr;
  if (in.request->method != "POST" || paused == nullptr || !paused->is_bool())
    return refuse(in.answer, 400, "bad_request",
                  "POST {\"paused\": true} holds the queue, false lets it go "
                  "on");
  if (in.key)
    return refuse(in.answer, 403, "forbidden",
                  "the queue is everybody's: whoever holds it shows no key");
  ask<queue_report>(in.answer, pause_jobs{paused->get_bool()}, reply);
}

tasks_front_actor::behavior_type
tasks_front(self_of<tasks_front_actor, tasks_front_state> self,
            tasks_front_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
