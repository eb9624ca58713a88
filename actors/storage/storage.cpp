#include "actors/storage/storage.hpp"

#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>
#include <caf/sec.hpp>

#include <date/date.h>

#include <algorithm>
#include <utility>

namespace smart_agents {

storage_actor::behavior_type
storage_state::make_behavior(storage_options options) {
  options_ = std::move(options);
  if (!options_.spool)
    options_.spool = std::make_shared<ledger_spool>();
  self_->set_down_handler([this](caf::down_msg& news) { worker_gone(news); });
  self_->set_exit_handler([this](caf::exit_msg& how) { stop(how); });
  start_worker();
  next_commit_ = now_of(self_);
  clear_desk(); // what a predecessor was not there to take
  pump();
  return {
    [this](record& what) { take(std::move(what.row)); },
    [this](const change_leases& what) { take(what); },
    [this](const take_leases& request) { return lease(request); },
    [this](const get_usage& request) { return sum(request); },
    [this](get_storage_status) { return status(); },
    [this](flush) { return start_flush(); },
    [this](const services_changed& news) { events_ = news.now->events; },
    [this](commit_group reminder) {
      if (reminder.check)
        return check();
      if (armed_ && now_of(self_) >= *armed_)
        armed_.reset();
      look_at_desk();
      pump();
    },
    [this](const batch_over& news) { finish_batch(news); },
  };
}

void storage_state::start_worker() {
  worker_ = options_.database(caf::actor_cast<storage_actor>(self_));
  self_->monitor(worker_);
}

void storage_state::take(ledger_row row) {
  keep(std::move(row));
  if (options_.spool->pending() >= options_.group_rows && retry_.count() == 0)
    next_commit_ = std::min(next_commit_, now_of(self_));
  pump();
}

void storage_state::look_at_desk() {
  auto& desk = options_.desk;
  if (!desk || desk->size() == 0)
    return;
  auto now = now_of(self_);
  auto again = std::exchange(looks_again_, false);
  if (!again && now < next_look_)
    return arm(next_look_);
  auto rows = desk->take_seen();
  for (auto& row : rows)
    keep(std::move(row));
  if (!rows.empty() && retry_.count() == 0)
    next_commit_ = std::min(next_commit_, now); // they have waited at the desk
  if (auto lost = desk->lost(); lost > lost_at_desk_ && options_.log)
    options_.log->error("ledger: {} rows lost so far, because too many came at "
                        "once",
                        lost_at_desk_ = lost);
  if (desk->size() == 0)
    return;
  if (again)
    return arm(next_look_);
  next_look_ = now + options_.group_for;
  looks_again_ = true;
  self_->send(self_, commit_group{});
}

void storage_state::clear_desk() {
  if (!options_.desk)
    return;
  for (auto& row : options_.desk->take_all())
    keep(std::move(row));
}

void storage_state::keep(ledger_row row) {
  if (options_.counters)
    options_.counters->attempt(row);
  auto& spool = *options_.spool;
  group_began();
  if (!spool.add(std::move(row)) && options_.log && spool.dropped() % 1000 == 1)
    options_.log->error("ledger: {} rows lost so far, because {} rows wait for "
                        "{} already: {}",
                        spool.dropped(), spool.pending(), options_.path,
                        trouble_);
}

void storage_state::take(const change_leases& what) {
  group_began();
  for (const auto& x : what.changes)
    options_.spool->add(x);
  pump();
}

void storage_state::group_began() {
  // The first of a group starts its clock; a store that rests keeps its own.
  if (options_.spool->pending() == 0 && retry_.count() == 0)
    next_commit_ = now_of(self_) + options_.group_for;
}

caf::result<leases_taken> storage_state::lease(const take_leases& request) {
  auto id = ++last_sum_;
  auto promise = self_->make_response_promise<leases_taken>();
  leases_.emplace(id, promise);
  auto mine = request;
  mine.owner = options_.spool->writer();
  self_->request(worker_, options_.lease_for, std::move(mine))
    .then(
      [this, id](leases_taken& granted) {
        set_trouble(lease_trouble_, {});
        if (auto found = leases_.extract(id))
          found.mapped().deliver(std::move(granted));
      },
      [this, id](caf::error& why) {
        no_leases(why);
        if (auto found = leases_.extract(id))
          found.mapped().deliver(std::move(why));
      });
  return promise;
}

void storage_state::no_leases(const caf::error& why) {
  if (stopping_)
    return;
  set_trouble(lease_trouble_,
              why == caf::sec::request_timeout
                ? options_.path
                    + " does not answer: check its disk, and which "
                      "program locks it"
                : render(why));
  arm_check();
}

/// Asks for nothing, which writes a sign of life: whoever looks whether we are
/// ready sends no request that would find out.
void storage_state::probe() {
  probing_ = true;
  take_leases nothing;
  nothing.owner = options_.spool->writer();
  self_->request(worker_, options_.lease_for, std::move(nothing))
    .then(
      [this](const leases_taken&) {
        probing_ = false;
        set_trouble(lease_trouble_, {});
      },
      [this](const caf::error& why) {
        probing_ = false;
        no_leases(why);
      });
}

caf::result<usage_report> storage_state::sum(const get_usage& request) {
  clear_desk();
  pump();
  auto known = usage_sums::by(request.by);
  if (!known)
    return std::move(known.error());
  auto id = ++last_sum_;
  auto promise = self_->make_response_promise<usage_report>();
  sums_.emplace(id, promise);
  // The worker answers in order: when its sums come, the news of every batch
  // in them has come before, so what is pending then is what they lack.
  self_->request(worker_, options_.sum_for, request)
    .then(
      [this, id, request](const usage_report& committed) {
        auto all = usage_sums::by(request.by);
        all->add(committed.sums);
        options_.spool->add_to(*all, request.since);
        if (auto found = sums_.extract(id))
          found.mapped().deliver(usage_report{all->take()});
      },
      [this, id](caf::error& why) {
        if (auto found = sums_.extract(id))
          found.mapped().deliver(
            why.category() == make_error(ec::none, "").category()
              ? std::move(why)
              : make_error(ec::storage_failed,
                           options_.path + " does not answer: " + render(why)));
      });
  return promise;
}

caf::result<flushed> storage_state::start_flush() {
  clear_desk();
  auto& spool = *options_.spool;
  if (spool.pending() == 0)
    return flushed{true};
  auto now = now_of(self_);
  auto promise = self_->make_response_promise<flushed>();
  flushes_.push_back({spool.taken(), now + options_.patience, promise});
  next_commit_ = now;
  arm_check();
  pump();
  return promise;
}

storage_status storage_state::status() const {
  storage_status result;
  result.path = options_.path;
  result.note = options_.note;
  result.trouble = trouble_.empty() ? lease_trouble_ : trouble_;
  result.pending = options_.spool->pending();
  if (options_.desk)
    result.pending += options_.desk->size();
  result.dropped = options_.spool->dropped();
  return result;
}

void storage_state::finish_batch(const batch_over& news) {
  if (news.number != in_flight_)
    return; // From a worker that was given up.
  in_flight_ = 0;
  if (news.failed) {
    retry_later(render(news.failed));
  } else {
    auto& spool = *options_.spool;
    spool.confirm(news.number);
    retry_ = caf::timespan{0};
    auto now = now_of(self_);
    auto hurry = spool.pending() >= options_.group_rows || !flushes_.empty();
    next_commit_ = hurry ? now : now + options_.group_for;
    set_trouble(trouble_, {});
    answer_flushes(true);
  }
  pump();
}

void storage_state::worker_gone(const caf::down_msg& news) {
  if (news.source != worker_.address())
    return;
  // What became of its batch is unknown; the store tells a repeated one.
  in_flight_ = 0;
  retry_later("the database worker ended: " + render(news.reason));
  start_worker();
  pump();
}

void storage_state::retry_later(const std::string& why) {
  retry_ = retry_.count() == 0 ? options_.first_retry
                               : std::min(retry_ * 2, options_.longest_retry);
  next_commit_ = now_of(self_) + retry_;
  set_trouble(trouble_, why);
  answer_flushes(false);
}

void storage_state::pump() {
  auto& spool = *options_.spool;
  auto now = now_of(self_);
  if (stopping_)
    clear_desk();
  if (stopping_ && (spool.pending() == 0 || now >= stop_by_))
    return end();
  if (in_flight_ != 0 || spool.pending() == 0)
    return;
  if (now < next_commit_ && (!stopping_ || retry_.count() != 0))
    return arm(next_commit_);
  auto batch = spool.next(options_.group_rows);
  in_flight_ = batch->number;
  sent_at_ = now;
  self_->send(worker_, write_batch{std::move(batch)});
  arm_check();
}

void storage_state::check() {
  check_armed_ = false;
  auto now = now_of(self_);
  if (in_flight_ != 0 && now - sent_at_ >= options_.patience)
    set_trouble(trouble_, options_.path + " has not answered for "
                            + std::to_string(
                              std::chrono::duration_cast<std::chrono::seconds>(
                                now - sent_at_)
                                .count())
                            + " s: check the disk");
  auto late =
    std::partition(flushes_.begin(), flushes_.end(),
                   [now](const flush_waiter& x) { return now < x.deadline; });
  for (auto i = late; i != flushes_.end(); ++i)
    i->promise.deliver(flushed{false});
  flushes_.erase(late, flushes_.end());
  if (stopping_ && now >= stop_by_)
    return end();
  if (!lease_trouble_.empty() && !probing_)
    probe();
  if (in_flight_ != 0 || !flushes_.empty() || stopping_
      || !lease_trouble_.empty())
    arm_check();
}

void storage_state::answer_flushes(bool ok) {
  auto gone = options_.spool->gone();
  auto open =
    std::partition(flushes_.begin(), flushes_.end(),
                   [&](const flush_waiter& x) { return ok && gone < x.until; });
  for (auto i = open; i != flushes_.end(); ++i)
    i->promise.deliver(flushed{ok});
  flushes_.erase(open, flushes_.end());
}

void storage_state::stop(const caf::exit_msg& how) {
  if (stopping_ || !how.reason)
    return;
  stopping_ = how.reason;
  stop_by_ = now_of(self_) + options_.drain_for;
  // An exit overtakes what is in the mailbox; this reminder does not.
  self_->send(self_, commit_group{});
  arm_check();
}

void storage_state::end() {
  auto& spool = *options_.spool;
  if (spool.pending() != 0 && options_.log)
    options_.log->error("ledger: stopping with {} rows that {} did not take: "
                        "{}",
                        spool.pending(), options_.path, trouble_);
  answer_flushes(spool.pending() == 0);
  for (auto& [id, promise] : sums_)
    promise.deliver(make_error(ec::shutting_down, "the storage is stopping"));
  sums_.clear();
  for (auto& [id, promise] : leases_)
    promise.deliver(make_error(ec::shutting_down, "the storage is stopping"));
  leases_.clear();
  self_->demonitor(worker_.address());
  self_->send_exit(worker_, caf::exit_reason::user_shutdown);
  self_->quit(stopping_);
}

void storage_state::arm(instant at) {
  if (armed_ && *armed_ <= at)
    return;
  armed_ = at;
  remind(self_, at - now_of(self_), commit_group{});
}

void storage_state::arm_check() {
  // One at a time, however many batches pass: CAF keeps every timer it is
  // given until it is due.
  if (std::exchange(check_armed_, true))
    return;
  remind(self_,
         std::min<caf::timespan>(std::chrono::seconds{1}, options_.patience),
         commit_group{true});
}

void storage_state::set_trouble(std::string& which, std::string why) {
  if (why.empty() == which.empty()) {
    which = std::move(why);
    return;
  }
  auto rows = &which == &trouble_;
  std::string text;
  if (!why.empty()) {
    text = (rows ? "ledger rows wait in memory: "
                 : "no more of the limits can be had than is held: ")
           + why;
  } else {
    text = options_.path
           + (rows ? " takes ledger rows again" : " grants leases again");
    options_.note =
      date::format("over since %FT%TZ",
                   std::chrono::floor<std::chrono::seconds>(options_.wall()))
      + ": " + which;
  }
  if (options_.log)
    options_.log->log(why.empty() ? spdlog::level::info : spdlog::level::err,
                      "{}", text);
  if (events_) {
    event news;
    news.what = event::kind::storage;
    news.at = options_.wall();
    news.text = std::move(text);
    self_->send(events_, std::move(news));
  }
  which = std::move(why);
}

storage_actor::behavior_type storage(self_of<storage_actor, storage_state> self,
                                     storage_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
