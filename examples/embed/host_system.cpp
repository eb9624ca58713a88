// A program with a CAF actor system of its own, on CAF's stock scheduler, that
// spawns Smart Agents in it: one question whole, one streamed, with the events
// that they cause; then the agents go and the host stays.

#include "runtime/smart_agents.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <future>
#include <iostream>

using namespace smart_agents;

namespace {

task question(const char* text, bool stream) {
  task result;
  result.request.messages = {text_message(role::user, text)};
  result.request.stream = stream;
  return result;
}

/// Prints a stream as it comes; true for a good end.
bool print_stream(service& agents) {
  std::promise<bool> over;
  stream_reader reader;
  reader.piece = [](const stream_event& event) {
    if (const auto* text = std::get_if<text_delta>(&event))
      std::cout << text->text << std::flush;
  };
  reader.finished = [&over](const answer_ptr&) { over.set_value(true); };
  reader.failed = [&over](const answer_failed& why) {
    std::cerr << why.why.message << '\n';
    over.set_value(false);
  };
  agents.submit(question("Count to five.", true), std::move(reader));
  auto good = over.get_future().get();
  std::cout << '\n';
  return good;
}

} // namespace

int main() {
  caf::actor_system_config host_config;
  caf::actor_system host{host_config};
  settings_source source;
  auto config = load_settings("", process_environment(), source);
  if (!config) {
    std::cerr << render(config.error()) << '\n';
    return 2;
  }
  auto agents = service::start(*config, make_silent_log(), host);
  if (!agents) {
    std::cerr << render(agents.error()) << '\n';
    return 2;
  }
  std::atomic<int> events = 0;
  auto listening = (*agents)->subscribe([&events](const event&) { ++events; });
  auto outcome = (*agents)->ask(question("What is 2+2?", false));
  if (auto* failed = std::get_if<answer_failed>(&outcome)) {
    std::cerr << failed->why.message << '\n';
    return 3;
  }
  std::cout << text_of(std::get<answer_ptr>(outcome)->response.parts) << '\n';
  if (!print_stream(**agents))
    return 3;
  if (!(*agents)->shutdown(std::chrono::seconds{5}))
    return 1;
  std::cout << "events seen: " << (events > 0 ? "yes" : "no") << '\n';
  return events > 0 ? 0 : 1;
}
