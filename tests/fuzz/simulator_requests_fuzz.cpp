// What the provider simulator is asked.

#include "adapters/simulator/ask.hpp"
#include "adapters/simulator/behaviour.hpp"
#include "adapters/simulator/turn.hpp"
#include "tests/fuzz/target.hpp"

namespace smart_agents {

FUZZ_TARGET(simulator_requests) {
  const std::string body{bytes};
  struct {
    sim::wire format;
    sim::vendor whose;
    const char* target;
  } const sites[] = {
    {sim::wire::anthropic, sim::vendor::anthropic, "/v1/messages"},
    {sim::wire::chat, sim::vendor::openai, "/v1/chat/completions"},
    {sim::wire::responses, sim::vendor::openai, "/v1/responses"},
    {sim::wire::gemini, sim::vendor::gemini,
     "/v1beta/models/gemini-3.8-flash:generateContent"},
    {sim::wire::ollama_chat, sim::vendor::ollama, "/api/chat"},
  };
  for (const auto& x : sites) {
    auto read = sim::read_ask(x.format, x.whose, x.target, {}, body);
    if (const auto* asked = std::get_if<sim::ask>(&read))
      (void)sim::make_turn(*asked, {1, 0, 0.25});
  }
}

} // namespace smart_agents
