#include "actors/front/mcp_front.hpp"
#include "actors/front/mcp_resources.hpp"
#include "adapters/mcp/stdio_channel.hpp"
#include "messages/error.hpp"
#include "runtime/cli/render.hpp"
#include "runtime/commands.hpp"
#include "runtime/service_impl.hpp"
#include "runtime/shutdown.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <boost/json/serialize.hpp>
#include <spdlog/logger.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>
#include <mutex>

namespace smart_agents {

namespace {

/// Running work is worth little once the client is gone.
constexpr auto grace = std::chrono::seconds{2};

/// Why a session ends.
enum class ending {
  /// Running calls are nobody's any more.
  client_gone,
  /// The input was a file, whose reader wants all its answers.
  input_read,
  /// There is nobody who would answer: the client had better see the end than
  /// wait for it.
  service_gone,
};

/// What channel, front, supervisor and main share.
struct mcp_session {
  std::shared_ptr<mcp_memory> memory = std::make_shared<mcp_memory>();
  std::mutex mutex;
  mcp_front_actor front;
  std::promise<ending> over;
  std::once_flag over_once;
  std::once_flag watched_once;
  /// No call is left.
  std::promise<void> done;
  std::once_flag done_once;

  void put(mcp_front_actor x) {
    {
      std::lock_guard guard{mutex};
      front = std::move(x);
    }
    // For lines that came between the look of the new front and now, whose
    // notice went to the old one.
    tell(mcp_lines{});
  }

  template <class Message>
  void tell(Message what) {
    std::lock_guard guard{mutex};
    if (front)
      caf::anon_send(front, what);
  }

  void end(ending why) {
    std::call_once(over_once, [&] { over.set_value(why); });
    // A second reason may come while calls are finished.
    if (why == ending::client_gone)
      tell(mcp_end{});
    if (why == ending::service_gone)
      finish();
  }

  void finish() {
    std::call_once(done_once, [this] { done.set_value(); });
  }
};

void watch(const supervisor_actor& who,
           const std::shared_ptr<mcp_session>& session) {
  std::call_once(session->watched_once, [&] {
    caf::actor_cast<caf::strong_actor_ptr>(who)->get()->attach_functor(
      [session] { session->end(ending::service_gone); });
  });
}

bool is_file(int fd) {
  struct stat what {};
  return ::fstat(fd, &what) == 0 && S_ISREG(what.st_mode);
}

std::shared_ptr<line_channel>
open_channel(int out, const std::shared_ptr<mcp_session>& session) {
  line_handler handler;
  handler.on_line = [session](std::string line) {
    if (session->memory->push(std::move(line)))
      session->tell(mcp_lines{});
  };
  // What cannot be a message is answered like one that cannot be read.
  handler.on_too_long = [session] {
    session->memory->push("the line is longer than " + std::to_string(max_line)
                          + " bytes");
    session->tell(mcp_lines{});
  };
  handler.on_end = [session] {
    session->end(is_file(STDIN_FILENO) ? ending::input_read
                                       : ending::client_gone);
  };
  return open_line_channel(STDIN_FILENO, out, std::move(handler));
}

std::string usage_text(const quota_report& quota,
                       const std::vector<provider_status>& providers,
                       const usage_report& spent) {
  const cli::style plain;
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : providers)
    rows.push_back({x.name, to_string(x.circuit), std::to_string(x.answered),
                    std::to_string(x.failed), x.reason});
  return "Quotas\n"
         + cli::quota_text(quota, std::chrono::system_clock::now(), plain)
         + "\nProviders (since start)\n"
         + cli::table({"provider", "circuit", "answered", "failed", "reason"},
                      rows)
         + "\nToday\n" + cli::usage_text(spent, "provider");
}

/// The document at an address of `mcp_uri`; empty when there is none.
std::string resource_text(const std::string& uri, const quota_report& quota,
                          const std::vector<provider_status>& providers,
                          const usage_report& spent) {
  if (uri == mcp_uri::quotas)
    return boost::json::serialize(cli::to_json(quota));
  if (uri == mcp_uri::usage)
    return boost::json::serialize(cli::to_json(spent));
  if (uri != mcp_uri::providers)
    return {};
  boost::json::array list;
  for (const auto& x : providers)
    list.push_back(cli::to_json(x, std::chrono::steady_clock::now()));
  return boost::json::serialize(
    boost::json::object{{"providers", std::move(list)}});
}

mcp_front_options options_of(const child_parts& parts,
                             const std::shared_ptr<mcp_session>& session,
                             const std::shared_ptr<line_channel>& channel) {
  const cli::style plain;
  mcp_front_options result;
  result.memory = session->memory;
  result.channel = channel;
  result.version = SMART_AGENTS_VERSION;
  result.timeout = parts.config.request_timeout;
  result.make_id = make_task_id;
  result.answer_text = [plain](const answer& x) {
    return text_of(x.response.parts) + "\n\n" + cli::answer_block(x, plain);
  };
  result.failure_text = [plain](const answer_failed& x) {
    return cli::failure_block(x, plain);
  };
  result.decision_text = [plain](const decision& x) {
    return cli::decision_text(x, plain);
  };
  result.usage_text = usage_text;
  result.resource_text = [shown = show_settings(parts.config)](
                           const std::string& uri, const quota_report& quota,
                           const std::vector<provider_status>& providers,
                           const usage_report& spent) {
    return uri == mcp_uri::configuration
             ? shown
             : resource_text(uri, quota, providers, spent);
  };
  result.on_end = [session] { session->finish(); };
  return result;
}

} // namespace

int run_mcp(settings config, log_ptr log) {
  auto out = claim_stdout();
  if (out < 0) {
    log->error("mcp: there is no stdout to answer on");
    return 1;
  }
  auto session = std::make_shared<mcp_session>();
  // Signals end a session as its client does.
  signal_watch signals{[session](int) { session->end(ending::client_gone); }};
  auto channel = open_channel(out, session);
  auto front = [session, channel](const child_parts& parts) {
    auto options = options_of(parts, session, channel);
    return child_spec{"mcp-front", child_role::front,
                      [system = &parts.system, supervisor = parts.supervisor,
                       options, session](const services_ptr&) -> child_handle {
                        auto mine = options;
                        mine.supervisor = supervisor();
                        watch(mine.supervisor, session);
                        auto who = system->spawn(mcp_front, std::move(mine));
                        session->put(who);
                        return caf::actor_cast<caf::actor>(who);
                      }};
  };
  auto agents = service::impl::start(std::move(config), log, {front});
  if (!agents) {
    session->memory->close();
    log->error("{}", render(agents.error()));
    return 2;
  }
  auto why = session->over.get_future().get();
  session->memory->close();
  auto done = session->done.get_future();
  session->tell(mcp_end{why == ending::input_read});
  // Each call has a deadline of its own, and a signal cuts this short.
  if (why == ending::input_read)
    done.wait();
  else
    done.wait_for(grace);
  auto clean = (*agents)->shutdown(grace);
  return clean && why != ending::service_gone ? 0 : 1;
}

} // namespace smart_agents
