#include "messages/provider.hpp"

namespace smart_agents {

std::string to_string(circuit_state x) {
  switch (x) {
  case circuit_state::closed: return "closed";
  case circuit_state::open: return "open";
  case circuit_state::half_open: return "half_open";
  }
  return "unknown";
}

} // namespace smart_agents
