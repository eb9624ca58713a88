#include "runtime/children.hpp"

#include "actors/coordinator/coordinator.hpp"
#include "actors/events/event_bus.hpp"
#include "actors/jobs/job_forecast.hpp"
#include "actors/jobs/job_queue.hpp"
#include "actors/provider/provider.hpp"
#include "actors/quota/quota_manager.hpp"
#include "actors/router/router.hpp"
#include "actors/router/routing_board.hpp"
#include "actors/storage/storage.hpp"
#include "adapters/cli_provider.hpp"
#include "adapters/system_load.hpp"
#include "messages/error.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/mcp_options.hpp"
#include "runtime/quotas.hpp"
#include "runtime/smart_agents.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <variant>

namespace smart_agents {

namespace {

// -- storage and events -------------------------------------------------------

child_spec storage_child(const child_parts& parts,
                         std::shared_ptr<ledger_desk> desk) {
  storage_options options;
  options.desk = std::move(desk);
  options.database =
    detached_database(parts.system, parts.ledger, parts.disk_chore);
  options.spool = std::make_shared<ledger_spool>();
  options.path = parts.ledger->path();
  options.note = parts.ledger_note;
  options.log = parts.log;
  options.counters = parts.counters;
  auto* system = &parts.system;
  return {"storage", child_role::storage,
          [system, options](const services_ptr&) -> child_handle {
            return system->spawn(storage, options);
          }};
}

child_spec events_child(const child_parts& parts,
                        std::shared_ptr<listener_table> listeners) {
  event_bus_options options;
  options.table = std::move(listeners);
  // In milliseconds with room for as many events each: below 2^53, so that
  // JavaScript can hold it.
  options.table->last =
    static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count())
    * 1000;
  auto* system = &parts.system;
  return {"events", child_role::events,
          [system, options](const services_ptr&) -> child_handle {
            return system->spawn(event_bus, options);
          }};
}

// -- quota --------------------------------------------------------------------

caf::expected<child_spec> quota_child(const child_parts& parts) {
  auto book = open_book(parts.config, *parts.ledger);
  if (!book)
    return book.error();
  quota_options options;
  options.memory = std::make_shared<quota_memory>(std::move(*book));
  options.told = parts.told;
  options.log = parts.log;
  auto* system = &parts.system;
  return child_spec{"quota", child_role::quota,
                    [system, options](const services_ptr&) -> child_handle {
                      return system->spawn(quota_manager, options);
                    }};
}

// -- providers ----------------------------------------------------------------

provider_options options_of(const provider_settings& from,
                            const child_parts& parts) {
  provider_options result;
  result.name = from.name;
  result.codec = make_codec(from.format, from.quirks);
  result.to.base_url = from.base_url;
  result.to.api_key = from.key;
  result.to.extra_headers = from.extra_headers;
  result.to.quirks = from.quirks;
  result.to.window = from.num_ctx;
  result.pass_logins = from.pass_logins;
  result.client = parts.client;
  result.counters = parts.counters;
  result.told = parts.told;
  if (!from.command.empty()) {
    result.codec = make_cli_codec(from.output);
    result.client = make_cli_client(parts.io, {from.command});
  }
  result.local = from.local;
  result.max_concurrent = from.max_concurrent;
  result.max_queue = from.max_queue;
  result.limits.connect = from.connect_timeout;
  result.limits.first_byte = from.first_byte_timeout;
  result.limits.idle = from.idle_timeout;
  result.breaker.failures_to_open = from.failures_to_open;
  result.breaker.rest = from.rest;
  for (const auto& x : from.credentials)
    result.keys[x.name] = x.key;
  return result;
}

caf::expected<child_spec> provider_child(const provider_settings& from,
                                         const child_parts& parts) {
  auto options = options_of(from, parts);
  if (!options.codec)
    return make_error(ec::bad_config, "providers." + from.name
                                        + ".format: unknown format '"
                                        + from.format + "'");
  auto* system = &parts.system;
  return child_spec{from.name, child_role::provider,
                    [system, options](const services_ptr&) -> child_handle {
                      return system->spawn(provider, options);
                    }};
}

// -- router, coordinator, host front ------------------------------------------

router_options router_options_of(const settings& from) {
  router_options result;
  for (const auto& x : from.providers)
    result.providers.push_back(
      {x.name, x.vendor, x.model, x.strong_model, x.models, x.local});
  result.rules = from.routing.rules;
  result.default_model = from.routing.default_model;
  result.default_providers = from.routing.default_providers;
  result.fallback_provider = from.routing.fallback_provider;
  result.max_cost_usd = from.routing.max_cost_usd;
  return result;
}

child_spec router_child(const child_parts& parts,
                        std::shared_ptr<routing_board> board) {
  auto options = router_options_of(parts.config);
  options.board = std::move(board);
  options.ratios = parts.ratios;
  options.experience = parts.experience;
  options.log = parts.log;
  auto* system = &parts.system;
  return {"router", child_role::router,
          [system, options](const services_ptr&) -> child_handle {
            return system->spawn(router, options);
          }};
}

child_spec coordinator_child(const child_parts& parts,
                             std::shared_ptr<const listener_table> listeners,
                             std::shared_ptr<const routing_board> routing,
                             std::shared_ptr<ledger_desk> desk) {
  auto shared = std::make_shared<dispatch_settings>();
  shared->desk = std::move(desk);
  shared->listeners = std::move(listeners);
  shared->routing = std::move(routing);
  for (const auto& x : parts.config.providers)
    shared->providers[x.name] = {
      x.vendor, x.simulated, x.pass_logins,
      std::max(1u, static_cast<uint32_t>(x.credentials.size()))};
  shared->max_prompt = parts.config.max_prompt;
  shared->log = parts.log;
  shared->ratios = parts.ratios;
  shared->experience = parts.experience;
  coordinator_options options;
  options.table = std::make_shared<task_table>();
  options.skills = parts.skills;
  options.dispatch = std::move(shared);
  options.counters = parts.counters;
  options.max_tasks = parts.config.max_tasks;
  options.request_timeout = parts.config.request_timeout;
  auto* system = &parts.system;
  return {"coordinator", child_role::coordinator,
          [system, options](const services_ptr& now) -> child_handle {
            auto mine = options;
            mine.peers = now;
            return system->spawn(coordinator, mine);
          }};
}

/// Reads the load where the queue asks for it, at most once a second.
std::function<std::string()> load_check(const job_settings& from) {
  auto load = std::make_shared<system_load>();
  return [load, cpu = from.max_cpu, memory = from.max_memory] {
    return too_busy(load->read(std::chrono::steady_clock::now()), cpu, memory);
  };
}

/// Looks for changed skills, at most once a second, on the worker's thread.
std::function<void()> skill_check(const child_parts& parts) {
  return [skills = parts.skills, log = parts.log,
          next = std::chrono::steady_clock::time_point{}]() mutable {
    auto now = std::chrono::steady_clock::now();
    if (now < next)
      return;
    next = now + std::chrono::seconds{1};
    for (const auto& wrong : skills->refresh())
      log->warn("skill refused: {}", wrong);
  };
}

child_spec jobs_child(const child_parts& parts) {
  const auto& from = parts.config.jobs;
  job_queue_options options;
  options.worker = detached_job_worker(parts.system, parts.jobs, make_task_id(),
                                       skill_check(parts));
  options.make_id = make_task_id;
  options.runs = parts.config.runs_jobs;
  options.limits.running = from.running;
  options.limits.per_kind = from.per_kind;
  options.limits.per_provider = from.per_provider;
  options.limits.only = parts.config.only_jobs;
  options.keep = from.keep;
  options.load = load_check(from);
  options.check_skill = [skills = parts.skills](const std::string& name) {
    return skills->check(name);
  };
  options.estimate = [skills = parts.skills, routing = parts.routing](
                       const job_request& what) -> job_expected {
    auto view = routing->look();
    skill_ptr how;
    if (!what.skill.empty())
      how = skills->find(what.skill);
    if (!view || (!what.skill.empty() && !how))
      return {};
    return expect_of(what, how.get(), *view, std::chrono::steady_clock::now());
  };
  options.luck = [engine = std::minstd_rand{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution{0.0, 1.0}(engine);
  };
  options.log = parts.log;
  return {"jobs", child_role::jobs,
          [system = &parts.system, supervisor = parts.supervisor,
           options](const services_ptr& now) -> child_handle {
            auto mine = options;
            mine.supervisor = supervisor();
            mine.peers = now;
            return system->spawn(job_queue, std::move(mine));
          }};
}

child_spec host_front_child(const child_parts& parts) {
  return {"host-front", child_role::front,
          [system = &parts.system, supervisor = parts.supervisor,
           tell = parts.on_host_front](const services_ptr&) -> child_handle {
            auto front = system->spawn(host_front, supervisor());
            tell(front);
            return caf::actor_cast<caf::actor>(front);
          }};
}

child_spec http_front_child(const child_parts& parts) {
  http_front_options options;
  for (const auto& x : parts.config.providers)
    for (const auto& model : {x.model, x.strong_model})
      if (!model.empty())
        options.models.push_back(x.name + "/" + model);
  options.rules = gateway_rules_of(parts.config);
  options.door = std::make_shared<admission>(parts.config.max_tasks);
  options.timeout = parts.config.request_timeout;
  options.make_id = make_task_id;
  return {"http-front", child_role::front,
          [system = &parts.system, supervisor = parts.supervisor, options,
           tell = parts.on_http_front](const services_ptr&) -> child_handle {
            auto mine = options;
            mine.supervisor = supervisor();
            auto front = system->spawn(http_front, mine);
            tell(front);
            return caf::actor_cast<caf::actor>(front);
          }};
}

/// Keys that MCP clients showed, for what they may ask for.
class known_keys {
public:
  void note(const client_key& key) {
    std::lock_guard guard{mutex_};
    keys_.insert_or_assign(key.name, key);
  }

  bool allow(const std::string& name, const std::string& model) {
    std::lock_guard guard{mutex_};
    auto i = keys_.find(name);
    return i == keys_.end() || allows(i->second, model);
  }

  std::vector<std::string> stand_ins(const std::string& name) {
    std::lock_guard guard{mutex_};
    auto i = keys_.find(name);
    return i == keys_.end() ? std::vector<std::string>{}
                            : stand_ins_of(i->second);
  }

private:
  std::mutex mutex_;
  std::map<std::string, client_key> keys_;
};

/// Under which names a gate lets clients in; its origins by their hosts.
std::vector<std::string> hosts_of(const gate_rules& gate) {
  auto result = gate.hosts;
  if (!gate.loopback && result.empty())
    result.emplace_back("*");
  for (const auto& origin : gate.origins)
    result.push_back(origin.substr(origin.find("://") + 3));
  return result;
}

/// The MCP front for clients that speak HTTP. Its sessions outlive it.
child_spec mcp_front_child(const child_parts& parts) {
  struct place {
    std::mutex mutex;
    mcp_front_actor front;
  };
  auto current = std::make_shared<place>();
  auto options = mcp_options(parts.config, parts.experience);
  options.routing = parts.routing;
  options.skills = parts.skills;
  options.memory = std::make_shared<mcp_memory>();
  auto rules = gateway_rules_of(parts.config);
  auto known = std::make_shared<known_keys>();
  mcp_http_options http;
  http.hosts = hosts_of(rules->gate);
  http.authorization_servers = parts.config.gateway.authorization_servers;
  using admitted = std::variant<std::string, turned_away>;
  http.admit = [rules, known](const server_request& x) -> admitted {
    auto who = admit_by_our_keys(rules->gate, x);
    if (auto* away = std::get_if<turned_away>(&who))
      return std::move(*away);
    const auto* key = std::get<visitor>(who).key;
    if (key == nullptr)
      return std::string{};
    known->note(*key);
    return key->name;
  };
  options.may_ask = [known](const std::string& key, const std::string& model) {
    return known->allow(key, model);
  };
  options.stand_ins = [known](const std::string& key) {
    return known->stand_ins(key);
  };
  http.on_gone = [current](uint64_t exchange) {
    std::lock_guard guard{current->mutex};
    if (current->front)
      caf::anon_send(current->front, mcp_http_gone{exchange});
  };
  options.http = std::move(http);
  return {"mcp-http-front", child_role::front,
          [system = &parts.system, supervisor = parts.supervisor, options,
           current,
           tell = parts.on_mcp_front](const services_ptr&) -> child_handle {
            auto mine = options;
            mine.supervisor = supervisor();
            auto front = system->spawn(mcp_front, std::move(mine));
            {
              std::lock_guard guard{current->mutex};
              current->front = front;
            }
            tell(front);
            return caf::actor_cast<caf::actor>(front);
          }};
}

child_spec events_front_child(const child_parts& parts) {
  events_front_options options;
  options.memory = std::make_shared<feed_memory>();
  return {"events-front", child_role::front,
          [system = &parts.system, supervisor = parts.supervisor, options,
           tell = parts.on_events_front](const services_ptr&) -> child_handle {
            auto mine = options;
            mine.supervisor = supervisor();
            auto front = system->spawn(events_front, mine);
            tell(front);
            return caf::actor_cast<caf::actor>(front);
          }};
}

child_spec tasks_front_child(const child_parts& parts) {
  tasks_front_options options;
  options.events = parts.events_front;
  return {"tasks-front", child_role::front,
          [system = &parts.system, supervisor = parts.supervisor, options,
           tell = parts.on_tasks_front](const services_ptr&) -> child_handle {
            auto mine = options;
            mine.supervisor = supervisor();
            auto front = system->spawn(tasks_front, mine);
            tell(front);
            return caf::actor_cast<caf::actor>(front);
          }};
}

} // namespace

caf::expected<std::vector<child_spec>> make_children(const child_parts& parts) {
  std::vector<child_spec> result;
  auto desk = std::make_shared<ledger_desk>();
  result.push_back(storage_child(parts, desk));
  auto listeners = std::make_shared<listener_table>();
  result.push_back(events_child(parts, listeners));
  result.push_back(router_child(parts, parts.routing));
  auto quota = quota_child(parts);
  if (!quota)
    return quota.error();
  result.push_back(std::move(*quota));
  for (const auto& x : parts.config.providers) {
    auto child = provider_child(x, parts);
    if (!child)
      return child.error();
    result.push_back(std::move(*child));
  }
  result.push_back(coordinator_child(parts, listeners, parts.routing, desk));
  result.push_back(jobs_child(parts));
  result.push_back(host_front_child(parts));
  result.push_back(http_front_child(parts));
  result.push_back(mcp_front_child(parts));
  result.push_back(events_front_child(parts));
  result.push_back(tasks_front_child(parts));
  return result;
}

} // namespace smart_agents
