// A program that asks one question and lets Smart Agents own everything.
//
//   own_system [--simulate] [PROMPT]

#include "runtime/simulation.hpp"
#include "runtime/smart_agents.hpp"

#include <iostream>
#include <string_view>

using namespace smart_agents;

namespace {

int say(int code, const std::string& why) {
  std::cerr << "own_system: " << why << '\n';
  return code;
}

} // namespace

int main(int argc, char** argv) {
  auto simulate = argc > 1 && std::string_view{argv[1]} == "--simulate";
  const auto* prompt =
    argc > 1 + simulate ? argv[1 + simulate] : "What is 2+2?";
  settings_source source;
  auto config = load_settings("", process_environment(), source);
  if (!config)
    return say(2, render(config.error()));
  // Before the service, so that it goes after it.
  std::unique_ptr<simulation> providers;
  if (simulate) {
    auto started = start_simulation({});
    if (!started)
      return say(1, render(started.error()));
    providers = std::move(*started);
    config = simulated_settings(*config, providers->base_urls());
  }
  auto agents = service::start(*config, make_silent_log());
  if (!agents)
    return say(2, render(agents.error()));
  task question;
  question.request.messages = {text_message(role::user, prompt)};
  auto outcome = (*agents)->ask(question);
  if (auto* failed = std::get_if<answer_failed>(&outcome))
    return say(3, failed->why.message);
  const auto& answer = *std::get<answer_ptr>(outcome);
  std::cout << text_of(answer.response.parts) << '\n'
            << answer.provider << '/' << answer.model << ": " << answer.reason
            << '\n';
  return (*agents)->shutdown(std::chrono::seconds{5}) ? 0 : 1;
}
