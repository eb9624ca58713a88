#include "adapters/memory_job_store.hpp"

#include "adapters/job_rules.hpp"

#include <algorithm>

namespace smart_agents {

caf::expected<std::vector<job_changed>>
memory_job_store::apply(const std::vector<job_change>& changes, wall_time now) {
  auto guard = std::lock_guard{mutex_};
  std::vector<job_changed> result;
  result.reserve(changes.size());
  for (const auto& x : changes)
    result.push_back(
      std::visit([&](const auto& y) { return make(y, now); }, x));
  return result;
}

job_ptr memory_job_store::shown(const job& x, bool whole) {
  auto result = std::make_shared<job>(x);
  if (!whole) {
    result->steps.clear();
    result->what.input.clear();
    result->outcome.text.clear();
  }
  return result;
}

void memory_job_store::touch(job& x) {
  by_rev_.erase(x.rev);
  x.rev = ++rev_;
  by_rev_.emplace(x.rev, x.id);
}

job_changed memory_job_store::make(const add_job& x, wall_time now) {
  const auto& key = x.what.what.key;
  if (auto i = by_key_.find(key); !key.empty() && i != by_key_.end())
    return {{}, shown(jobs_.at(i->second))};
  if (ready_.size() + running_.size() >= most_jobs)
    return {too_many_jobs(), nullptr};
  auto fresh = x.what;
  fresh.state = job_state::pending;
  fresh.not_before = std::max(fresh.created, fresh.what.at);
  fresh.blocked = 0;
  std::string lost;
  for (const auto& need : fresh.what.after) {
    auto i = jobs_.find(need);
    if (i == jobs_.end())
      return {make_error(ec::not_found, "after: there is no job " + need),
              nullptr};
    if (i->second.state == job_state::completed)
      continue;
    if (is_final(i->second.state))
      lost = needs_lost_job(need, i->second.state);
    ++fresh.blocked;
    needed_by_.emplace(need, fresh.id);
  }
  auto& place = jobs_[fresh.id] = std::move(fresh);
  touch(place);
  if (!key.empty())
    by_key_[key] = place.id;
  if (!lost.empty()) {
    place.outcome.error = lost;
    end(place, job_state::failed, now);
  } else if (place.blocked == 0) {
    ready_.emplace(rank_of(place), place.id);
  }
  return {{}, shown(place)};
}

job* memory_job_store::running(const std::string& id, uint64_t claim) {
  auto i = jobs_.find(id);
  if (i == jobs_.end() || i->second.state != job_state::running
      || i->second.claim != claim)
    return nullptr;
  return &i->second;
}

job_changed memory_job_store::make(const save_step& x, wall_time) {
  auto* place = running(x.id, x.claim);
  if (place == nullptr)
    return {};
  if (x.what) {
    auto& all = place->steps;
    auto i = std::find_if(all.begin(), all.end(), [&x](const job_step& y) {
      return y.id == x.what->id;
    });
    if (i == all.end())
      all.push_back(*x.what);
    else
      *i = *x.what;
  }
  place->progress = std::max(place->progress, x.progress);
  place->step = x.step;
  place->seconds_left = x.seconds_left;
  touch(*place);
  return {};
}

job_changed memory_job_store::make(const end_job& x, wall_time now) {
  auto* place = running(x.id, x.claim);
  if (place == nullptr)
    return {run_is_over(x.id), nullptr};
  place->outcome = x.outcome;
  if (x.as == job_state::completed && !place->what.thread.empty()) {
    say(place->what.thread, {false, place->what.input, {}, {}}, now);
    say(place->what.thread,
        {true, x.outcome.text, x.outcome.provider, x.outcome.model}, now);
  }
  end(*place, x.as, now);
  return {{}, shown(*place)};
}

job_changed memory_job_store::make(const return_job& x, wall_time) {
  auto* place = running(x.id, x.claim);
  if (place == nullptr)
    return {run_is_over(x.id), nullptr};
  if (x.failed)
    ++place->failures;
  place->step = x.why;
  wait_again(*place, x.not_before);
  return {{}, shown(*place)};
}

job_changed memory_job_store::make(const stop_job& x, wall_time now) {
  auto i = jobs_.find(x.id);
  if (i == jobs_.end())
    return {no_such_job(x.id), nullptr};
  auto& place = i->second;
  if (place.state == job_state::pending) {
    place.outcome.error = "It was cancelled before it began.";
    end(place, job_state::cancelled, now);
  } else if (place.state == job_state::running && !place.cancelling) {
    place.cancelling = true;
    touch(place);
  }
  return {{}, shown(place)};
}

void memory_job_store::wait_again(job& x, wall_time not_before) {
  running_.erase(x.id);
  x.owner.clear();
  x.seconds_left = -1;
  x.state = job_state::pending;
  x.not_before = std::max(x.not_before, not_before);
  if (std::exchange(x.cancelling, false)) {
    x.outcome.error = "It was cancelled.";
    end(x, job_state::cancelled, not_before);
    return;
  }
  ready_.emplace(rank_of(x), x.id);
  touch(x);
}

void memory_job_store::end(job& x, job_state as, wall_time now) {
  running_.erase(x.id);
  ready_.erase({rank_of(x), x.id});
  x.state = as;
  x.ended = now;
  x.owner.clear();
  x.cancelling = false;
  x.seconds_left = -1;
  if (as == job_state::completed)
    x.progress = 1;
  touch(x);
  auto [from, to] = needed_by_.equal_range(x.id);
  std::vector<std::string> waiting;
  for (auto i = from; i != to; ++i)
    waiting.push_back(i->second);
  needed_by_.erase(from, to);
  for (const auto& id : waiting) {
    auto i = jobs_.find(id);
    if (i == jobs_.end() || i->second.state != job_state::pending)
      continue;
    auto& other = i->second;
    if (as != job_state::completed) {
      other.outcome.error = needs_lost_job(x.id, as);
      end(other, job_state::failed, now);
      continue;
    }
    // Processes tell the time at different moments: none may begin before what
    // it needs had ended.
    other.not_before = std::max(other.not_before, now);
    if (--other.blocked == 0) {
      ready_.emplace(rank_of(other), other.id);
      touch(other);
    }
  }
}

caf::expected<std::vector<job_ptr>>
memory_job_store::claim(const std::string& owner, uint32_t most,
                        const job_limits& limits, wall_time now) {
  auto guard = std::lock_guard{mutex_};
  std::map<std::string, uint32_t> kinds;
  std::map<std::string, uint32_t> providers;
  for (const auto& id : std::set{running_}) {
    auto& x = jobs_.at(id);
    if (x.owner != owner && dead_.contains(x.owner)) {
      wait_again(x, now);
      continue;
    }
    ++kinds[kind_of(x.what)];
    ++providers[provider_of(x.what)];
  }
  auto room = [](const std::map<std::string, uint32_t>& bounds,
                 std::map<std::string, uint32_t>& taken,
                 const std::string& name) {
    auto i = bounds.find(name);
    return i == bounds.end() || taken[name] < i->second;
  };
  std::vector<job*> picked;
  std::vector<job*> hopeless;
  for (const auto& [rank, id] : ready_) {
    if (picked.size() >= most
        || running_.size() + picked.size() >= limits.running)
      break;
    auto& x = jobs_.at(id);
    if (x.not_before > now)
      continue;
    if (!limits.only.empty()
        && std::find(limits.only.begin(), limits.only.end(), id)
             == limits.only.end())
      continue;
    auto kind = kind_of(x.what);
    auto provider = provider_of(x.what);
    if (!room(limits.per_kind, kinds, kind)
        || !room(limits.per_provider, providers, provider))
      continue;
    if (x.claim >= most_claims) {
      hopeless.push_back(&x);
      continue;
    }
    ++kinds[kind];
    ++providers[provider];
    picked.push_back(&x);
  }
  for (auto* x : hopeless) {
    x->outcome.error = too_many_claims(*x);
    end(*x, job_state::failed, now);
  }
  std::vector<job_ptr> result;
  for (auto* x : picked) {
    ready_.erase({rank_of(*x), x->id});
    running_.insert(x->id);
    x->state = job_state::running;
    x->owner = owner;
    ++x->claim;
    if (x->started == wall_time{})
      x->started = now;
    touch(*x);
    auto copy = std::make_shared<job>(*x);
    if (auto i = threads_.find(x->what.thread); i != threads_.end())
      copy->history = {i->second.turns.begin(), i->second.turns.end()};
    result.push_back(std::move(copy));
  }
  return result;
}

caf::error memory_job_store::release(const std::string& owner, wall_time now) {
  auto guard = std::lock_guard{mutex_};
  for (const auto& id : std::set{running_})
    if (auto& x = jobs_.at(id); x.owner == owner)
      wait_again(x, now);
  return {};
}

caf::expected<job_ptr> memory_job_store::get(const std::string& id) {
  auto guard = std::lock_guard{mutex_};
  auto i = jobs_.find(id);
  if (i == jobs_.end())
    return no_such_job(id);
  return shown(i->second, true);
}

caf::expected<job_list> memory_job_store::list(const job_filter& which) {
  auto guard = std::lock_guard{mutex_};
  job_list result;
  // Ids begin with their time.
  auto i = which.after.empty() ? jobs_.end() : jobs_.lower_bound(which.after);
  while (i != jobs_.begin()) {
    const auto& x = (--i)->second;
    if ((which.state && x.state != *which.state)
        || (!which.kind.empty() && kind_of(x.what) != which.kind)
        || (!which.thread.empty() && x.what.thread != which.thread))
      continue;
    if (result.jobs.size() == which.limit) {
      result.more = true;
      break;
    }
    result.jobs.push_back(shown(x));
  }
  return result;
}

caf::expected<std::vector<job_ptr>> memory_job_store::since(uint64_t rev) {
  auto guard = std::lock_guard{mutex_};
  std::vector<job_ptr> result;
  for (auto i = by_rev_.upper_bound(rev);
       i != by_rev_.end() && result.size() < 1000; ++i)
    result.push_back(shown(jobs_.at(i->second)));
  return result;
}

caf::expected<uint64_t> memory_job_store::rev() {
  auto guard = std::lock_guard{mutex_};
  return rev_;
}

caf::expected<std::vector<caf::timespan>>
memory_job_store::durations(const std::string& kind, uint32_t most) {
  auto guard = std::lock_guard{mutex_};
  std::vector<std::pair<wall_time, caf::timespan>> found;
  for (const auto& [id, x] : jobs_)
    if (x.state == job_state::completed && kind_of(x.what) == kind)
      found.emplace_back(x.ended, x.ended - x.started);
  std::sort(found.rbegin(), found.rend());
  std::vector<caf::timespan> result;
  for (size_t i = 0; i < found.size() && i < most; ++i)
    result.push_back(found[i].second);
  return result;
}

void memory_job_store::say(const std::string& thread, thread_turn what,
                           wall_time now) {
  auto& place = threads_[thread];
  place.at = now;
  place.turns.push_back(std::move(what));
  if (place.turns.size() > most_turns)
    place.turns.pop_front();
}

caf::expected<std::vector<thread_turn>>
memory_job_store::turns(const std::string& thread) {
  auto guard = std::lock_guard{mutex_};
  auto i = threads_.find(thread);
  if (i == threads_.end())
    return std::vector<thread_turn>{};
  return std::vector<thread_turn>{i->second.turns.begin(),
                                  i->second.turns.end()};
}

caf::error memory_job_store::add_turns(const std::string& thread,
                                       const std::vector<thread_turn>& what,
                                       wall_time now) {
  auto guard = std::lock_guard{mutex_};
  for (const auto& x : what)
    say(thread, x, now);
  return {};
}

caf::error memory_job_store::forget(wall_time before) {
  auto guard = std::lock_guard{mutex_};
  std::erase_if(threads_,
                [before](const auto& x) { return x.second.at < before; });
  for (auto i = jobs_.begin(); i != jobs_.end();) {
    const auto& x = i->second;
    if (!is_final(x.state) || x.ended >= before) {
      ++i;
      continue;
    }
    by_rev_.erase(x.rev);
    by_key_.erase(x.what.key);
    i = jobs_.erase(i);
  }
  return {};
}

void memory_job_store::ended(const std::string& owner) {
  auto guard = std::lock_guard{mutex_};
  dead_.insert(owner);
}

} // namespace smart_agents
