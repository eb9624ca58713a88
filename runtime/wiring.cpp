#include "runtime/wiring.hpp"

#include "adapters/beast/asio_coordinator.hpp"
#include "adapters/beast/http_client.hpp"
#include "adapters/genai_attributes.hpp"
#include "adapters/log_fields.hpp"
#include "adapters/observed_ledger.hpp"
#include "adapters/trace_export.hpp"
#include "messages/error.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/quotas.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <sched.h>
#include <spdlog/logger.h>

#include <mutex>
#include <thread>

namespace smart_agents {

namespace {

std::string variable(const char* upper, const char* lower) {
  auto env = process_environment();
  return env(upper).value_or(env(lower).value_or(""));
}

http_client_options client_options() {
  http_client_options result;
  // Lower case for curl's sake, which ignores the capital HTTP_PROXY.
  result.http_proxy = variable("HTTP_PROXY", "http_proxy");
  result.https_proxy = variable("HTTPS_PROXY", "https_proxy");
  result.no_proxy = variable("NO_PROXY", "no_proxy");
  return result;
}

size_t thread_count(const settings& config) {
  if (config.threads > 0)
    return config.threads;
  // Those that this process may use: a container or taskset gives fewer than
  // there are.
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof(usable), &usable) == 0)
    return static_cast<size_t>(std::max(1, CPU_COUNT(&usable)));
  return std::max(1u, std::thread::hardware_concurrency());
}

class wiring_impl final : public wiring {
public:
  wiring_impl(settings config, log_ptr log)
    : config_{std::move(config)}, log_{std::move(log)} {}

  ~wiring_impl() override {
    stop(config_.grace);
    // It sends its last through the client.
    traces_ = nullptr;
    // Actors hold the client, and the client uses the threads.
    client_ = nullptr;
  }

  /// Uses a system of its own.
  void make_system() {
    system_config_ = std::make_unique<caf::actor_system_config>();
    use_asio_scheduler(*system_config_, thread_count(config_));
    own_system_ = std::make_unique<caf::actor_system>(*system_config_);
    system_ = own_system_.get();
    io_ = io_threads_of(*system_);
  }

  /// Uses another's system, threads and counters.
  void join(wiring_impl& other) {
    system_ = other.system_;
    io_ = other.io_;
    client_ = other.client_;
    counters_ = other.counters_;
    ratios_ = other.ratios_;
    experience_ = other.experience_;
    told_ = other.told_;
  }

  /// Uses the host's.
  void use_system(caf::actor_system& host) {
    system_ = &host;
    io_ = io_threads_of(host);
    if (io_ == nullptr) {
      own_io_ = std::make_unique<io_threads>(thread_count(config_));
      io_ = own_io_.get();
    }
  }

  caf::error start(const std::vector<front_maker>& fronts) {
    if (config_.providers.empty())
      return make_error(ec::bad_config,
                        "no provider is configured; set for example "
                        "ANTHROPIC_API_KEY, or OLLAMA_BASE_URL");
    if (auto bad = add_client_keys(config_))
      return bad;
    auto ledger = open_sqlite_ledger(config_.database);
    if (!ledger)
      return ledger.error();
    if (!ledger->note.empty())
      log_->warn("{}", ledger->note);
    experience_->enable(config_.routing.learn);
    if (!client_) {
      if (auto bad = ratios_->load(ratios_file()))
        log_->warn("{}", render(bad));
      if (auto bad = experience_->load(experience_file(config_)))
        log_->warn("{}", render(bad));
      auto client = make_http_client(*io_, client_options());
      if (!client)
        return client.error();
      client_ = *client;
    }
    if (auto bad = start_traces())
      return bad;
    if (auto bad =
          told_->sync(told_file(config_), std::chrono::system_clock::now()))
      log_->warn("{}", render(bad));
    auto jobs = open_sqlite_jobs(config_.database);
    if (!jobs)
      return jobs.error();
    auto skills = std::make_shared<skill_shelf>(config_.skills);
    for (const auto& wrong : skills->refresh())
      log_->warn("skill refused: {}", wrong);
    child_parts parts{
      *system_, config_, log_, client_, *io_,
      observed(std::move(ledger->store)), std::move(*jobs), skills, counters_,
      ratios_, experience_, told_, ledger->note,
      // A process that is killed forgets a minute at most.
      [ratios = ratios_, file = ratios_file(), experience = experience_,
       models = experience_file(config_), told = told_,
       heard = told_file(config_), log = log_] {
        if (auto bad = ratios->save(file))
          log->warn("{}", render(bad));
        if (auto bad = experience->sync(models))
          log->warn("{}", render(bad));
        if (auto bad = told->sync(heard, std::chrono::system_clock::now()))
          log->warn("{}", render(bad));
      },
      [this] { return supervisor(); },
      [this](host_front_actor x) { put(host_front_, std::move(x)); },
      [this](http_front_actor x) { put(http_front_, std::move(x)); },
      [this](mcp_front_actor x) { put(mcp_front_, std::move(x)); },
      [this](events_front_actor x) { put(events_front_, std::move(x)); },
      [this](tasks_front_actor x) { put(tasks_front_, std::move(x)); },
      [this] { return events_front(); }};
    auto children = make_children(parts);
    if (!children)
      return children.error();
    for (const auto& make : fronts)
      children->push_back(make(parts));
    supervisor_options options;
    options.children = std::move(*children);
    options.stage_grace = std::chrono::seconds{5};
    options.log = log_;
    options.on_give_up = [log = log_](const std::string& why) {
      log->critical("{}", why);
    };
    system_->spawn(lead, this, std::move(options));
    return wait_for_children();
  }

  caf::actor_system& system() override {
    return *system_;
  }

  io_threads& io() override {
    return *io_;
  }

  supervisor_actor supervisor() override {
    std::lock_guard guard{mutex_};
    return supervisor_;
  }

  host_front_actor host_front() override {
    std::lock_guard guard{mutex_};
    return host_front_;
  }

  http_front_actor http_front() override {
    std::lock_guard guard{mutex_};
    return http_front_;
  }

  mcp_front_actor mcp_front() override {
    std::lock_guard guard{mutex_};
    return mcp_front_;
  }

  events_front_actor events_front() override {
    std::lock_guard guard{mutex_};
    return events_front_;
  }

  tasks_front_actor tasks_front() override {
    std::lock_guard guard{mutex_};
    return tasks_front_;
  }

  std::shared_ptr<const gateway_rules> rules() const override {
    return rules_;
  }

  const settings& configuration() const override {
    return config_;
  }

  const log_ptr& log() const override {
    return log_;
  }

  metrics& counters() override {
    return *counters_;
  }

  bool stop(caf::timespan grace) override {
    auto who = supervisor();
    if (stopped_ || !who)
      return clean_;
    stopped_ = true;
    caf::scoped_actor self{*system_};
    // Every stage is bounded by itself; this bounds their sum.
    auto patience = grace + std::chrono::minutes{1};
    self->request(who, patience, stop_all{grace})
      .receive(
        [this](const all_stopped& x) {
          clean_ = x.killed.empty();
          for (const auto& name : x.killed)
            log_->warn("{} did not stop in time and was killed", name);
        },
        [this](const caf::error& why) {
          clean_ = false;
          log_->error("shutdown: {}", render(why));
        });
    self->send_exit(who, caf::exit_reason::user_shutdown);
    self->wait_for(who);
    if (auto bad = ratios_->save(ratios_file()))
      log_->warn("{}", render(bad));
    if (auto bad = experience_->sync(experience_file(config_)))
      log_->warn("{}", render(bad));
    if (auto bad =
          told_->sync(told_file(config_), std::chrono::system_clock::now()))
      log_->warn("{}", render(bad));
    return clean_;
  }

  void hurry() override {
    // Its children go with it, and the one who waits for it is told.
    if (auto who = supervisor())
      caf::anon_send_exit(who, caf::exit_reason::kill);
  }

private:
  /// Spawns as the supervisor itself: its children ask for its handle while it
  /// starts them, before `spawn` has returned it.
  static root_actor::behavior_type
  lead(self_of<root_actor, supervisor_state> self, wiring_impl* parts,
       supervisor_options options) {
    parts->put(parts->supervisor_, caf::actor_cast<supervisor_actor>(self));
    return smart_agents::supervisor(self, std::move(options));
  }

  /// The supervisor starts its children before it takes its first message.
  caf::error wait_for_children() {
    caf::scoped_actor self{*system_};
    supervisor_actor who;
    while (!(who = supervisor()))
      std::this_thread::yield(); // it begins on another thread
    caf::error result;
    self->request(who, std::chrono::seconds{30}, get_services{})
      .receive([](const services_changed&) {},
               [&result](caf::error& why) { result = std::move(why); });
    return result;
  }

  caf::error start_traces() {
    const auto& from = config_.traces;
    if (from.endpoint.empty())
      return {};
    trace_export_options options;
    options.endpoint = from.endpoint;
    options.headers =
      process_environment()("OTEL_EXPORTER_OTLP_HEADERS").value_or("");
    options.version = SMART_AGENTS_VERSION;
    options.max_waiting = from.queue;
    options.max_batch = from.batch;
    options.every = from.every;
    options.count = [counters = counters_](uint64_t sent, uint64_t dropped) {
      counters->traced(sent, dropped);
    };
    auto made = trace_exporter::make(client_, std::move(options), log_);
    if (!made)
      return std::move(made.error());
    traces_ = std::move(*made);
    return {};
  }

  /// The store, or one that shows the log and the collector what it keeps.
  std::shared_ptr<ledger_store> observed(std::shared_ptr<ledger_store> store) {
    auto log = config_.log.attempts ? log_ : nullptr;
    if (!traces_ && !log)
      return store;
    // Weak: a worker that had to be killed may outlive us.
    return observe_ledger(std::move(store), [traces = std::weak_ptr{traces_},
                                             log](const ledger_row& x) {
      if (log)
        log_fields(*log, attempt_line(x), genai_attributes(x));
      if (auto to = traces.lock())
        to->add(x);
    });
  }

  /// Beside the ledger, so that the simulator's are kept apart from real ones.
  std::string ratios_file() const {
    return config_.database + ".tokens.json";
  }

  template <class Handle>
  void put(Handle& place, Handle x) {
    std::lock_guard guard{mutex_};
    place = std::move(x);
  }

  settings config_;
  log_ptr log_;
  std::shared_ptr<metrics> counters_ = std::make_shared<metrics>();
  std::shared_ptr<token_ratios> ratios_ = std::make_shared<token_ratios>();
  std::shared_ptr<model_experience> experience_ =
    std::make_shared<model_experience>();
  std::shared_ptr<told_limits> told_ = std::make_shared<told_limits>();
  std::unique_ptr<caf::actor_system_config> system_config_;
  std::unique_ptr<caf::actor_system> own_system_;
  caf::actor_system* system_ = nullptr;
  std::unique_ptr<io_threads> own_io_;
  io_threads* io_ = nullptr;
  std::shared_ptr<http_client> client_;
  std::shared_ptr<trace_exporter> traces_;
  std::mutex mutex_;
  supervisor_actor supervisor_;
  host_front_actor host_front_;
  http_front_actor http_front_;
  mcp_front_actor mcp_front_;
  events_front_actor events_front_;
  std::shared_ptr<const gateway_rules> rules_ = gateway_rules_of(config_);
  tasks_front_actor tasks_front_;
  bool stopped_ = false;
  bool clean_ = true;
};

} // namespace

std::string experience_file(const settings& config) {
  return config.database + ".models.json";
}

caf::expected<std::unique_ptr<wiring>>
wiring::own(settings config, log_ptr log,
            const std::vector<front_maker>& fronts) {
  auto result =
    std::make_unique<wiring_impl>(std::move(config), std::move(log));
  result->make_system();
  if (auto bad = result->start(fronts))
    return bad;
  return std::unique_ptr<wiring>{std::move(result)};
}

caf::expected<std::unique_ptr<wiring>> wiring::next(settings config,
                                                    wiring& before) {
  auto result = std::make_unique<wiring_impl>(std::move(config), before.log());
  result->join(dynamic_cast<wiring_impl&>(before));
  if (auto bad = result->start({}))
    return bad;
  return std::unique_ptr<wiring>{std::move(result)};
}

caf::expected<std::unique_ptr<wiring>>
wiring::within(settings config, log_ptr log, caf::actor_system& host) {
  auto result =
    std::make_unique<wiring_impl>(std::move(config), std::move(log));
  result->use_system(host);
  if (auto bad = result->start({}))
    return bad;
  return std::unique_ptr<wiring>{std::move(result)};
}

} // namespace smart_agents
