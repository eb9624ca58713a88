// A program that asks one question and lets Smart Agents own everything.
//
//   own_system "What is 2+2?"

#include "runtime/smart_agents.hpp"

#include <iostream>

using namespace smart_agents;

int main(int argc, char** argv) {
  settings_source source;
  auto config = load_settings("", process_environment(), source);
  if (!config) {
    std::cerr << render(config.error()) << '\n';
    return 2;
  }
  auto agents = service::start(*config, make_silent_log());
  if (!agents) {
    std::cerr << render(agents.error()) << '\n';
    return 2;
  }
  task question;
  question.request.messages = {
    text_message(role::user, argc > 1 ? argv[1] : "What is 2+2?")};
  auto outcome = (*agents)->ask(question);
  if (auto* failed = std::get_if<answer_failed>(&outcome)) {
    std::cerr << failed->why.message << '\n';
    return 3;
  }
  const auto& answer = *std::get<answer_ptr>(outcome);
  std::cout << text_of(answer.response.parts) << '\n'
            << answer.provider << '/' << answer.model << ": " << answer.reason
            << '\n';
}
