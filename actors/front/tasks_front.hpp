#pragma once

#include "actors/front/client_keys.hpp"
#include "actors/front/events_front.hpp"
#include "adapters/http_server.hpp"
#include "messages/actors.hpp"
#include "messages/job.hpp"

#include <caf/error.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smart_agents {

/// A request for `/v1/tasks` or below.
struct tasks_asked {
  std::shared_ptr<const server_request> request;
  http_responder_ptr answer;
  /// Who asks; unset where no key is needed and none was shown.
  std::optional<client_key> key = {};
};

/// The TASKS FRONT: background jobs over REST.
using tasks_front_actor = protocol<void(tasks_asked)>;

struct tasks_front_options {
  supervisor_actor supervisor;
  /// Streams the events of a job.
  std::function<events_front_actor()> events;
  std::function<wall_time()> wall = std::chrono::system_clock::now;
};

/// `POST /v1/tasks`, `GET /v1/tasks`, `GET /v1/tasks/ID`, its `/result`,
/// `/stream` and `/cancel` (or `DELETE`), and `/v1/tasks/queue`.
class tasks_front_state {
public:
  static constexpr const char* name = "tasks-front";

  explicit tasks_front_state(tasks_front_actor::pointer self) : self_{self} {}

  tasks_front_actor::behavior_type make_behavior(tasks_front_options options);

private:
  void receive(const tasks_asked& in);
  void submit(const tasks_asked& in);
  void list(const tasks_asked& in, std::string_view query);
  void one(const tasks_asked& in, const std::string& id, std::string_view what);
  void queue(const tasks_asked& in);
  template <class Reply, class Request, class Use>
  void ask(const http_responder_ptr& answer, Request request, Use use);

  tasks_front_actor::pointer self_;
  tasks_front_options options_;
};

tasks_front_actor::behavior_type
tasks_front(self_of<tasks_front_actor, tasks_front_state> self,
            tasks_front_options options);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::tasks_asked)
