#pragma once

#include "adapters/ledger_store.hpp"

#include <functional>
#include <memory>

namespace smart_agents {

/// A ledger that shows `observe` every row once it is kept, once, on the thread
/// that writes: no request waits for that thread.
std::shared_ptr<ledger_store>
observe_ledger(std::shared_ptr<ledger_store> store,
               std::function<void(const ledger_row&)> observe);

} // namespace smart_agents
