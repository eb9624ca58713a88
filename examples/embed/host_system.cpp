// A program with a CAF actor system of its own, on CAF's stock scheduler, and
// an actor of its own in it, that spawns Smart Agents there too: one question
// whole, one streamed, with the events that they cause going to the host's
// actor; then the agents go and the host stays.
//
//   host_system [--simulate]

#include "runtime/simulation.hpp"
#include "runtime/smart_agents.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <future>
#include <iostream>
#include <string_view>

struct event_seen {
  std::string what;
};

struct get_events {};

struct event_counts {
  std::map<std::string, int> by_kind;
};

// A host's own messages are numbered from where those of Smart Agents end.
CAF_BEGIN_TYPE_ID_BLOCK(host, caf::id_block::smart_agents::end)

  CAF_ADD_TYPE_ID(host, (event_seen))
  CAF_ADD_TYPE_ID(host, (get_events))
  CAF_ADD_TYPE_ID(host, (event_counts))

CAF_END_TYPE_ID_BLOCK(host)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(event_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(get_events)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(event_counts)

using namespace smart_agents;

namespace {

/// An actor of the host's.
using journal_actor = protocol<void(event_seen), event_counts(get_events)>;

struct journal_state {
  static constexpr const char* name = "journal";

  explicit journal_state(journal_actor::pointer) {}

  std::map<std::string, int> by_kind;
};

journal_actor::behavior_type
journal(self_of<journal_actor, journal_state> self) {
  return {
    [self](const event_seen& x) { ++state_of(self).by_kind[x.what]; },
    [self](get_events) { return event_counts{state_of(self).by_kind}; },
  };
}

int say(int code, const std::string& why) {
  std::cerr << "host_system: " << why << '\n';
  return code;
}

task question(const char* text, bool stream) {
  task result;
  result.request.messages = {text_message(role::user, text)};
  result.request.stream = stream;
  return result;
}

/// Prints a stream as it comes; true for a good end.
bool print_stream(service& agents) {
  std::promise<bool> over;
  int pieces = 0;
  stream_reader reader;
  reader.started = [](const answer& head) {
    std::cout << "streaming from " << head.provider << ": ";
  };
  reader.piece = [&pieces](const stream_event& event) {
    if (const auto* text = std::get_if<text_delta>(&event)) {
      std::cout << text->text << std::flush;
      ++pieces;
    }
  };
  reader.finished = [&over](const answer_ptr&) { over.set_value(true); };
  reader.failed = [&over](const answer_failed& why) {
    std::cerr << why.why.message << '\n';
    over.set_value(false);
  };
  agents.submit(question("Count to five.", true), std::move(reader));
  auto good = over.get_future().get();
  std::cout << "\npieces: " << pieces << '\n';
  return good;
}

} // namespace

int main(int argc, char** argv) {
  caf::actor_system_config host_config;
  caf::actor_system host{host_config};
  auto events = host.spawn(journal);
  settings_source source;
  auto config = load_settings("", process_environment(), source);
  if (!config)
    return say(2, render(config.error()));
  // Before the service, so that it goes after it.
  std::unique_ptr<simulation> providers;
  if (argc > 1 && std::string_view{argv[1]} == "--simulate") {
    auto started = start_simulation({});
    if (!started)
      return say(1, render(started.error()));
    providers = std::move(*started);
    config = simulated_settings(*config, providers->base_urls());
  }
  auto agents = service::start(*config, make_silent_log(), host);
  if (!agents)
    return say(2, render(agents.error()));
  auto listening = (*agents)->subscribe([events](const event& x) {
    caf::anon_send(events, event_seen{to_string(x.what)});
  });
  auto outcome = (*agents)->ask(question("What is 2+2?", false));
  if (auto* failed = std::get_if<answer_failed>(&outcome))
    return say(3, failed->why.message);
  std::cout << text_of(std::get<answer_ptr>(outcome)->response.parts) << '\n';
  if (!print_stream(**agents))
    return 3;
  if (!(*agents)->shutdown(std::chrono::seconds{5}))
    return say(1, "some agents had to be killed");
  std::cout << "the agents are gone\n";
  // The host's own actor goes on.
  caf::scoped_actor self{host};
  auto seen = 0;
  self->request(events, std::chrono::seconds{5}, get_events{})
    .receive(
      [&seen](const event_counts& x) {
        for (const auto& [kind, count] : x.by_kind) {
          std::cout << "event " << kind << ": " << count << '\n';
          seen += count;
        }
      },
      [](const caf::error& why) { say(1, render(why)); });
  return seen > 0 ? 0 : 1;
}
