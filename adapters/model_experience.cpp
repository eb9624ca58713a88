#include "adapters/model_experience.hpp"

#include "messages/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace smart_agents {

namespace {

namespace json = boost::json;

/// Weight of the newest call in a moving mean, once there are some.
constexpr double newest = 0.2;

/// What is expected of a model nobody has tried, as answers: nine of ten good.
constexpr double expected_good = 9;
constexpr double expected_bad = 1;

/// What older evidence keeps of its weight when new evidence of weight 1 comes:
/// never more than about 50 in all.
constexpr double fading = 0.98;

constexpr double of_answer = 0.2;
constexpr double of_failure = 1;
constexpr double of_rating = 4;

/// Lessons that wait for the file; older ones are in memory only.
constexpr size_t max_fresh = 100'000;

/// Outcomes that say something about the model or its server.
bool is_its_fault(const std::string& outcome) {
  static constexpr std::array faults{"server_error", "overloaded", "timeout",
                                     "network", "broken_answer"};
  return std::find(faults.begin(), faults.end(), outcome) != faults.end();
}

std::string key_of(std::string_view provider, std::string_view model) {
  std::string result;
  result.reserve(provider.size() + model.size() + 1);
  return result.append(provider).append("/").append(model);
}

double seconds(caf::timespan x) {
  return std::chrono::duration<double>(x).count();
}

void approach(double& mean, double x, uint64_t calls) {
  mean += (x - mean) * std::max(newest, 1.0 / static_cast<double>(calls));
}

caf::error trouble(const std::string& path, const std::string& why) {
  return make_error(ec::storage_failed,
                    path + ": " + why
                      + "; what was learned of the models is not kept");
}

} // namespace

void model_experience::learn(const ledger_row& row,
                             const std::string& conversation, instant now) {
  auto answered = row.outcome == "answered";
  if (!answered && !is_its_fault(row.outcome))
    return;
  lesson x;
  x.who = key_of(row.provider, row.model);
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
    remember({row.task_id, x.who, x.type});
  note(std::move(x));
}

void model_experience::remember(given x) {
  if (!answered_.insert(x.task_id).second)
    return;
  if (answers_.size() >= max_answers) {
    answered_.erase(answers_.front().task_id);
    answers_.pop_front();
  }
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

caf::expected<std::string>
model_experience::rate_answer(const std::string& task_id, bool good) {
  std::lock_guard guard{mutex_};
  if (!on_)
    return make_error(ec::bad_input, "learning is off: set routing.learn");
  auto i =
    std::find_if(answers_.begin(), answers_.end(),
                 [&task_id](const given& x) { return x.task_id == task_id; });
  if (i == answers_.end())
    return make_error(ec::not_found,
                      "no answer \"" + task_id.substr(0, 100)
                        + "\" is known; the last " + std::to_string(max_answers)
                        + " can be rated, by the id that comes with them");
  lesson x;
  x.who = i->who;
  x.type = i->type;
  x.good = good;
  x.weight = of_rating;
  x.call = false;
  note(std::move(x));
  return i->who + " (" + i->type + ")";
}

void model_experience::rate(const std::string& provider,
                            const std::string& model, const std::string& type,
                            bool good) {
  lesson x;
  x.who = key_of(provider, model);
  x.type = type;
  x.good = good;
  x.weight = of_rating;
  x.call = false;
  std::lock_guard guard{mutex_};
  note(std::move(x));
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
  auto key = key_of(provider, model);
  std::lock_guard guard{mutex_};
  auto i = on_ ? all_.find(key) : all_.end();
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
  std::lock_guard guard{mutex_};
  auto i = talk_of_.find(conversation);
  return i != talk_of_.end() && now - i->second->at < cache_holds
             && i->second->who == key_of(provider, model)
           ? i->second->tokens
           : 0;
}

void model_experience::enable(bool on) {
  std::lock_guard guard{mutex_};
  on_ = on;
}

caf::error model_experience::read(const std::string& path, table& out,
                                  std::deque<given>& answers) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return {};
  std::ostringstream text;
  text << in.rdbuf();
  json::error_code error;
  auto parsed = json::parse(text.str(), error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (object == nullptr)
    return trouble(path, "not a JSON object; remove it");
  for (const auto& [who, types] : *object) {
    if (who == "answers" && types.is_array())
      for (const auto& x : types.get_array())
        if (const auto* y = x.if_array();
            y && y->size() == 3 && answers.size() < max_answers
            && std::all_of(y->begin(), y->end(),
                           [](const auto& z) { return z.is_string(); }))
          answers.push_back({std::string{(*y)[0].get_string()},
                             std::string{(*y)[1].get_string()},
                             std::string{(*y)[2].get_string()}});
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

/// Those of a file come before our own.
void model_experience::take_answers(std::deque<given> older) {
  answers_.swap(older);
  answered_.clear();
  for (const auto& x : answers_)
    answered_.insert(x.task_id);
  for (auto& x : older)
    remember(std::move(x));
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
  take_answers(std::move(answers));
  return {};
}

caf::error model_experience::sync(const std::string& path) {
  std::lock_guard guard{mutex_};
  table whole;
  // A damaged file is written anew.
  std::deque<given> answers;
  if (read(path, whole, answers))
    whole = all_;
  else
    for (const auto& x : fresh_)
      apply(whole, x);
  take_answers(std::move(answers));
  if (!fresh_.empty()) {
    json::object out;
    json::array given;
    for (const auto& x : answers_)
      given.push_back(json::array{x.task_id, x.who, x.type});
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
    // Moved to its place when it is whole; the name is this process's own.
    auto draft = path + "." + std::to_string(::getpid());
    {
      std::ofstream file{draft, std::ios::binary | std::ios::trunc};
      file << json::serialize(out) << '\n';
      if (!file.flush()) {
        std::error_code ignored;
        std::filesystem::remove(draft, ignored);
        return trouble(path, "cannot be written");
      }
    }
    std::error_code error;
    std::filesystem::rename(draft, path, error);
    if (error)
      return trouble(path, error.message());
  }
  fresh_.clear();
  all_ = std::move(whole);
  return {};
}

} // namespace smart_agents
