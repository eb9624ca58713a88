#include "adapters/model_experience.hpp"

#include "adapters/kept_json.hpp"
#include "adapters/model_key.hpp"
#include "messages/error.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace smart_agents {

namespace {

namespace json = boost::json;

/// Weight of the newest call in a moving mean, once there are some.
constexpr double newest = 0.2;

/// What is expected of a model nobody has tried, as answers: nine of ten good.
/// So many that one person's verdict moves the expected quality by 5 % at most.
constexpr double expected_good = 72;
constexpr double expected_bad = 8;

/// What older evidence keeps of its weight when new evidence of weight 1 comes:
/// never more than about 50 in all.
constexpr double fading = 0.98;

constexpr double of_answer = 0.2;
constexpr double of_failure = 1;
constexpr double of_rating = 4;
constexpr double of_check = 1;

/// Lessons that wait for the file; older ones are in memory only.
constexpr size_t max_fresh = 100'000;

/// Outcomes that say something about the model or its server.
bool is_its_fault(const std::string& outcome) {
  static constexpr std::array faults{"server_error", "overloaded", "timeout",
                                     "network", "broken_answer"};
  return std::find(faults.begin(), faults.end(), outcome) != faults.end();
}

double seconds(caf::timespan x) {
  return std::chrono::duration<double>(x).count();
}

void approach(double& mean, double x, uint64_t calls) {
  mean += (x - mean) * std::max(newest, 1.0 / static_cast<double>(calls));
}

kept_json file_at(const std::string& path) {
  return {path, "what was learned of the models"};
}

/// True for the answer to that request, or to a step of it.
bool is_of(const std::string& task_id, const std::string& request) {
  return task_id == request
         || (task_id.size() > request.size()
             && task_id.compare(0, request.size(), request) == 0
             && task_id[request.size()] == '/');
}

} // namespace

void model_experience::learn(const ledger_row& row,
                             const std::string& conversation, instant now) {
  auto answered = row.outcome == "answered";
  if (!answered && !is_its_fault(row.outcome))
    return;
  lesson x;
  x.who = model_key{row.provider, row.model}.str();
  x.type = row.type;
  x.good = answered;
  x.weight = answered ? of_answer : of_failure;
  if (answered && row.first_byte.count() > 0) {
    x.first_byte = seconds(row.first_byte);
    auto rest = seconds(row.elapsed) - x.first_byte;
    // A burst in one piece measures nothing.
    if (rest > 0.05 && row.tokens.output >= 10)
      x.tokens_per_second = static_cast<double>(row.tokens.output) / rest;
  }
  std::lock_guard guard{mutex_};
  if (answered && !conversation.empty())
    remember(talk{conversation, x.who, row.tokens.input(), now});
  if (answered && on_ && !row.task_id.empty())
    remember(given{row.task_id, x.who, x.type, 0});
  note(std::move(x));
}

void model_experience::remember(given x) {
  if (answers_.size() >= max_answers)
    answers_.pop_front();
  answers_.push_back(std::move(x));
}

void model_experience::remember(talk x) {
  if (auto i = talk_of_.find(x.conversation); i != talk_of_.end()) {
    talks_.splice(talks_.begin(), talks_, i->second);
    // Its name stays where it is: the table looks at it.
    auto& place = talks_.front();
    place.who = std::move(x.who);
    place.tokens = x.tokens;
    place.at = x.at;
    return;
  }
  if (talks_.size() >= max_conversations) {
    talk_of_.erase(talks_.back().conversation);
    talks_.pop_back();
  }
  talks_.push_front(std::move(x));
  talk_of_.emplace(talks_.front().conversation, talks_.begin());
}

void model_experience::add_answer(const ledger_row& row) {
  std::lock_guard guard{mutex_};
  auto known =
    std::any_of(answers_.begin(), answers_.end(),
                [&row](const given& x) { return x.task_id == row.task_id; });
  if (!known && row.outcome == "answered")
    remember(
      {row.task_id, model_key{row.provider, row.model}.str(), row.type, 0});
}

caf::expected<std::string>
model_experience::rate_answer(const std::string& request, bool good) {
  std::lock_guard guard{mutex_};
  if (!on_)
    return make_error(ec::bad_input, "learning is off: set routing.learn");
  std::vector<given*> found;
  for (auto& x : answers_)
    if (is_of(x.task_id, request))
      found.push_back(&x);
  if (request.empty() || found.empty())
    return make_error(ec::not_found,
                      "no answer \"" + request.substr(0, 100)
                        + "\" is known; the last " + std::to_string(max_answers)
                        + " can be rated, by the id that comes with them");
  std::string result;
  for (auto* x : found) {
    result += (result.empty() ? "" : ", ") + x->who + " (" + x->type + ")";
    auto verdict = static_cast<int8_t>(good ? 1 : -1);
    // Saying it again says no more.
    if (std::exchange(x->rated, verdict) != verdict)
      note(rating(x->who, x->type, good,
                  of_rating / static_cast<double>(found.size())));
  }
  return result;
}

void model_experience::rate(const std::string& provider,
                            const std::string& model, const std::string& type,
                            bool good, rater who) {
  std::lock_guard guard{mutex_};
  note(rating(model_key{provider, model}.str(), type, good,
              who == rater::person ? of_rating : of_check));
}

model_experience::lesson model_experience::rating(const std::string& who,
                                                  const std::string& type,
                                                  bool good, double weight) {
  lesson x;
  x.who = who;
  x.type = type;
  x.good = good;
  x.weight = weight;
  x.call = false;
  return x;
}

void model_experience::note(lesson x) {
  if (!on_ || (all_.size() >= max_models && !all_.contains(x.who)))
    return;
  apply(all_, x);
  if (fresh_.size() < max_fresh)
    fresh_.push_back(std::move(x));
}

void model_experience::apply(table& to, const lesson& x) {
  auto& types = to[x.who];
  auto& of_type = types[x.type];
  auto kept = std::pow(fading, x.weight);
  of_type.good = of_type.good * kept + (x.good ? x.weight : 0);
  of_type.bad = of_type.bad * kept + (x.good ? 0 : x.weight);
  if (!x.call)
    return;
  auto& all = types[""];
  ++all.calls;
  approach(all.failing, x.good ? 0 : 1, all.calls + 4);
  if (x.first_byte > 0)
    approach(all.first_byte, x.first_byte, all.first_byte > 0 ? all.calls : 1);
  if (x.tokens_per_second > 0)
    approach(all.tokens_per_second, x.tokens_per_second,
             all.tokens_per_second > 0 ? all.calls : 1);
}

learned_of_model model_experience::of(std::string_view provider,
                                      std::string_view model,
                                      std::string_view type) const {
  learned_of_model result;
  model_key key{provider, model};
  std::lock_guard guard{mutex_};
  auto i = on_ ? all_.find(key.view()) : all_.end();
  if (i == all_.end())
    return result;
  if (auto all = i->second.find(std::string_view{}); all != i->second.end()) {
    const auto& x = all->second;
    result.first_byte = x.first_byte;
    result.tokens_per_second = x.tokens_per_second;
    result.health = 1 - x.failing;
    result.calls = x.calls;
  }
  if (auto own = i->second.find(type); own != i->second.end()) {
    const auto& x = own->second;
    result.evidence = x.good + x.bad;
    auto posterior = (expected_good + x.good)
                     / (expected_good + expected_bad + result.evidence);
    auto prior = expected_good / (expected_good + expected_bad);
    result.quality_shift = std::clamp(posterior / prior - 1, -0.3, 0.1);
  }
  return result;
}

uint64_t model_experience::cached(std::string_view provider,
                                  std::string_view model,
                                  const std::string& conversation,
                                  instant now) const {
  if (conversation.empty())
    return 0;
  model_key key{provider, model};
  std::lock_guard guard{mutex_};
  auto i = talk_of_.find(conversation);
  return i != talk_of_.end() && now - i->second->at < cache_holds
             && i->second->who == key.view()
           ? i->second->tokens
           : 0;
}

void model_experience::enable(bool on) {
  std::lock_guard guard{mutex_};
  on_ = on;
}

caf::error model_experience::read(const std::string& path, table& out,
                                  std::deque<given>& answers) {
  auto object = file_at(path).read();
  if (!object)
    return std::move(object.error());
  for (const auto& [who, types] : *object) {
    if (who == "answers" && types.is_array())
      for (const auto& x : types.get_array())
        if (const auto* y = x.if_array();
            y && y->size() >= 3 && answers.size() < max_answers
            && std::all_of(y->begin(), y->begin() + 3,
                           [](const auto& z) { return z.is_string(); })) {
          auto& next = answers.emplace_back();
          next.task_id = (*y)[0].get_string();
          next.who = (*y)[1].get_string();
          next.type = (*y)[2].get_string();
          if (y->size() == 4 && (*y)[3].is_bool())
            next.rated = (*y)[3].get_bool() ? 1 : -1;
        }
    if (!types.is_object() || out.size() >= max_models)
      continue;
    for (const auto& [type, value] : types.get_object()) {
      const auto* fields = value.if_object();
      if (!fields)
        continue;
      auto number = [fields](const char* name, double most) {
        const auto* x = fields->if_contains(name);
        json::error_code bad;
        auto n = x && x->is_number() ? x->to_number<double>(bad) : 0.0;
        return bad || !std::isfinite(n) ? 0 : std::clamp(n, 0.0, most);
      };
      entry x;
      x.first_byte = number("first_byte_s", 3600);
      x.tokens_per_second = number("tokens_per_s", 1e6);
      x.failing = number("failing", 1);
      x.calls = static_cast<uint64_t>(number("calls", 1e15));
      x.good = number("good", 1000);
      x.bad = number("bad", 1000);
      out[std::string{who}].insert_or_assign(std::string{type}, x);
    }
  }
  return {};
}

void model_experience::merge(std::deque<given> others) {
  std::map<std::string_view, given*> known;
  for (auto& x : others)
    known.emplace(x.task_id, &x);
  std::deque<given> own;
  own.swap(answers_);
  std::vector<given*> unknown;
  for (auto& x : own)
    if (auto i = known.find(x.task_id); i == known.end())
      unknown.push_back(&x);
    else if (x.rated != 0)
      i->second->rated = x.rated;
  for (auto& x : others)
    remember(std::move(x));
  for (auto* x : unknown)
    remember(std::move(*x));
}

caf::error model_experience::load(const std::string& path) {
  table found;
  std::deque<given> answers;
  if (auto bad = read(path, found, answers))
    return bad;
  std::lock_guard guard{mutex_};
  all_ = std::move(found);
  for (const auto& x : fresh_)
    apply(all_, x);
  merge(std::move(answers));
  return {};
}

caf::error model_experience::sync(const std::string& path) {
  auto file = file_at(path);
  kept_json::turn turn{file};
  std::lock_guard guard{mutex_};
  table whole;
  std::deque<given> answers;
  // A damaged file is written anew.
  if (read(path, whole, answers))
    whole = all_;
  else
    for (const auto& x : fresh_)
      apply(whole, x);
  merge(std::move(answers));
  if (!fresh_.empty()) {
    json::object out;
    json::array given;
    for (const auto& x : answers_) {
      json::array one{x.task_id, x.who, x.type};
      if (x.rated != 0)
        one.emplace_back(x.rated > 0);
      given.push_back(std::move(one));
    }
    out["answers"] = std::move(given);
    for (const auto& [who, types] : whole) {
      json::object of;
      for (const auto& [type, x] : types)
        of[type] = {{"first_byte_s", x.first_byte},
                    {"tokens_per_s", x.tokens_per_second},
                    {"failing", x.failing},
                    {"calls", x.calls},
                    {"good", x.good},
                    {"bad", x.bad}};
      out[who] = std::move(of);
    }
    if (auto bad = file.write(out))
      return bad;
  }
  fresh_.clear();
  all_ = std::move(whole);
  return {};
}

} // namespace smart_agents
