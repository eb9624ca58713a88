#include "actors/front/mcp_front.hpp"
#include "adapters/mcp/stdio_channel.hpp"
#include "messages/error.hpp"
#include "runtime/commands.hpp"
#include "runtime/mcp_options.hpp"
#include "runtime/service_impl.hpp"
#include "runtime/shutdown.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

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
struct stdio_session {
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
           const std::shared_ptr<stdio_session>& session) {
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
open_channel(int out, const std::shared_ptr<stdio_session>& session) {
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

mcp_front_options options_of(const child_parts& parts,
                             const std::shared_ptr<stdio_session>& session,
                             const std::shared_ptr<line_channel>& channel) {
  auto result = mcp_options(parts.config, parts.experience);
  result.routing = parts.routing;
  result.skills = parts.skills;
  result.memory = session->memory;
  result.channel = channel;
  result.on_end = [session] { session->finish(); };
  return result;
}

} // namespace

int run_mcp(settings config, const log_ptr& log) {
  auto out = claim_stdout();
  if (out < 0) {
    log->error("mcp: there is no stdout to answer on");
    return 1;
  }
  auto session = std::make_shared<stdio_session>();
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
  // The client's session holds the channel, whose handlers hold the session:
  // parted here, the channel closes and says what it still has to say.
  if (clean && session->memory->session)
    session->memory->session->standing.reset();
  return clean && why != ending::service_gone ? 0 : 1;
}

} // namespace smart_agents
