#include "runtime/cli/thread.hpp"

#include <utility>

namespace smart_agents::cli {

caf::expected<thread> thread::open(const settings& config, std::string id) {
  thread result;
  if (id.empty())
    return result;
  auto store = open_sqlite_jobs(config.database);
  if (!store)
    return std::move(store.error());
  result.id_ = std::move(id);
  result.store_ = std::move(*store);
  return result;
}

caf::error thread::recall(task& what) {
  if (!store_ || what.request.messages.empty())
    return {};
  auto turns = store_->turns(id_);
  if (!turns)
    return std::move(turns.error());
  auto& messages = what.request.messages.edit();
  question_ = text_of(messages.back().parts);
  auto last = std::move(messages.back());
  messages.pop_back();
  for (auto& x : *turns)
    messages.push_back(
      text_message(x.answer ? role::assistant : role::user, std::move(x.text)));
  messages.push_back(std::move(last));
  return {};
}

caf::error thread::keep(const answer& what) {
  if (!store_)
    return {};
  return store_->add_turns(
    id_,
    {{false, question_, {}, {}},
     {true, text_of(what.response.parts), what.provider, what.model}},
    std::chrono::system_clock::now());
}

} // namespace smart_agents::cli
