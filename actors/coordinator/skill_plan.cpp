#include "actors/coordinator/skill_plan.hpp"

#include "actors/coordinator/budget.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

/// Output that is counted on when nobody capped it, in tokens.
constexpr uint64_t usual_output = 1000;

template <class T>
T tighter_of(T a, T b) {
  return a == T{} ? b : b == T{} ? a : std::min(a, b);
}

std::string amount(const run_budget& x, bool tokens) {
  return tokens ? show_tokens(x.tokens) : show_usd(x.usd);
}

} // namespace

skill_plan::skill_plan(skill what, std::string input, run_budget tighter)
  : what_{std::move(what)}, input_{std::move(input)},
    budget_{tighter_of(what_.budget.tokens, tighter.tokens),
            tighter_of(what_.budget.usd, tighter.usd)},
    groups_(what_.steps.size()) {
  if (what_.answer.empty() && !what_.steps.empty())
    what_.answer.push_back(what_.steps.back().name);
}

// -- what may begin -----------------------------------------------------------

std::vector<skill_part> skill_plan::take_ready() {
  std::vector<skill_part> result;
  for (bool more = true; more;) {
    more = open_steps();
    for (auto& x : nodes_) {
      if (running_ >= what_.most_at_once) {
        share_out(result);
        return result;
      }
      if (x.at != node::phase::waiting || !item_ready(x))
        continue;
      auto part = part_of(x);
      auto room = room_for(x, part);
      if (room == room::never)
        more = true; // its end may let others begin
      if (room != room::yes)
        continue;
      x.at = node::phase::running;
      ++running_;
      ++x.tries;
      result.push_back(std::move(part));
    }
  }
  share_out(result);
  return result;
}

void skill_plan::share_out(std::vector<skill_part>& begun) {
  auto to_come = static_cast<size_t>(
    std::count_if(groups_.begin(), groups_.end(),
                  [](const group& x) { return !x.open; })
    + std::count_if(nodes_.begin(), nodes_.end(), [](const node& x) {
        return x.at == node::phase::waiting;
      }));
  for (size_t i = 0; i < begun.size(); ++i) {
    auto& x = *running(begun[i].id);
    auto shares = begun.size() - i + to_come;
    if (budget_.tokens > 0) {
      auto more =
        (budget_.tokens - std::min(budget_.tokens, tokens_ + held_.tokens))
        / shares;
      x.held.tokens += more;
      held_.tokens += more;
      begun[i].budget.tokens = x.held.tokens;
    }
    if (budget_.usd > 0) {
      x.held.usd =
        (budget_.usd - usd_ - held_.usd) / static_cast<double>(shares);
      held_.usd += x.held.usd;
      begun[i].budget.usd = x.held.usd;
    }
  }
}

bool skill_plan::open_steps() {
  bool any = false;
  for (size_t i = 0; i < groups_.size(); ++i) {
    const auto& after = what_.steps[i].after;
    if (groups_[i].open
        || !std::all_of(after.begin(), after.end(), [this](const auto& name) {
             return ended(index_of(name));
           }))
      continue;
    open(i);
    any = true;
  }
  return any;
}

void skill_plan::open(size_t step) {
  const auto& x = what_.steps[step];
  auto& into = groups_[step];
  into.open = true;
  if (!wanted(x)) {
    into.skipped = true;
    return;
  }
  auto has_result = [this](const std::string& name) {
    auto got = result_of(index_of(name));
    return got.text.has_value() || got.skipped;
  };
  // A plan that failed is replaced by the whole input, and a condition has
  // thought of it.
  if (!x.after.empty() && !x.when && x.for_each.of.empty()
      && std::none_of(x.after.begin(), x.after.end(), has_result)) {
    into.why = "nothing that it needs could be done";
    return;
  }
  auto fans = x.for_each.how != skill_fan_out::kind::none;
  for (auto& item : items_of(x)) {
    node one;
    one.step = step;
    one.id = fans ? x.name + "/" + item.name : x.name;
    one.title = x.title;
    if (fans)
      one.title +=
        !item.title.empty() ? " (" + item.title + ")" : ", part " + item.name;
    one.item = std::move(item);
    into.nodes.push_back(nodes_.size());
    nodes_.push_back(std::move(one));
  }
}

std::vector<skill_item> skill_plan::items_of(const skill_step& x) {
  const auto& fan = x.for_each;
  if (fan.how == skill_fan_out::kind::none)
    return {{"1", ""}};
  if (fan.how == skill_fan_out::kind::chunks)
    return cut_into_chunks(input_, fan.bytes, fan.most);
  auto source = result_of(index_of(fan.of));
  if (source.text) {
    auto items = fan.how == skill_fan_out::kind::list
                   ? read_list(*source.text, fan.most)
                   : read_plan(*source.text, fan.most);
    if (items)
      return std::move(*items);
  }
  // Undivided it can still be done.
  return {{"whole", input_, "undivided"}};
}

bool skill_plan::wanted(const skill_step& x) const {
  if (!x.when)
    return true;
  auto got = result_of(index_of(x.when->step));
  if (!got.text)
    return !got.skipped && x.when->if_missing;
  auto has = [&](const std::string& what) {
    return got.text->find(what) != std::string::npos;
  };
  return (x.when->contains.empty() || has(x.when->contains))
         && (x.when->lacks.empty() || !has(x.when->lacks));
}

bool skill_plan::item_ready(const node& x) const {
  if (x.item.after.empty())
    return true;
  const auto& mates = groups_[x.step].nodes;
  return std::none_of(mates.begin(), mates.end(), [&](size_t i) {
    const auto& other = nodes_[i];
    const auto& needs = x.item.after;
    return other.at != node::phase::done
           && std::find(needs.begin(), needs.end(), other.item.name)
                != needs.end();
  });
}

skill_plan::room skill_plan::room_for(node& x, const skill_part& part) {
  auto output =
    part.step->max_output > 0 ? part.step->max_output : usual_output;
  auto bytes = part.prompt.size() + part.step->instructions.size();
  auto needs = bytes / 4 + output;
  auto tokens =
    budget_.tokens > 0 && tokens_ + held_.tokens + needs > budget_.tokens;
  auto usd = budget_.usd > 0 && usd_ + held_.usd >= budget_.usd * 0.9999;
  if (tokens || usd) {
    // Those that run may need less than they hold.
    if (running_ > 0)
      return room::when_others_end;
    x.at = node::phase::done;
    x.why = "the budget of " + amount(budget_, tokens) + " does not allow it";
    return room::never;
  }
  if (budget_.tokens > 0) {
    x.held.tokens = needs;
    held_.tokens += needs;
  }
  return room::yes;
}

skill_part skill_plan::part_of(const node& x) const {
  const auto& step = what_.steps[x.step];
  skill_part part;
  part.id = x.id;
  part.title = x.title;
  part.step = &step;
  part.model =
    x.tries > 0 && !step.retry_model.empty() ? step.retry_model : step.model;
  part.type = x.item.type.value_or(step.type);
  part.complexity = x.item.complexity > 0 ? x.item.complexity : step.complexity;
  std::map<std::string, std::string> plain;
  if (step.for_each.how != skill_fan_out::kind::none) {
    plain["item"] = x.item.text;
    auto& mates = groups_[x.step].nodes;
    size_t index = 0;
    while (index < mates.size() && &nodes_[mates[index]] != &x)
      ++index;
    plain["index"] = std::to_string(index + 1);
    plain["count"] = std::to_string(mates.size());
    plain["earlier"] = earlier(x);
  }
  part.prompt = fill_prompt(step, input_, results(), plain);
  part.is_answer = is_answer(step);
  return part;
}

bool skill_plan::is_answer(const skill_step& x) const {
  return what_.answer.size() == 1 && what_.answer.front() == x.name
         && x.for_each.how == skill_fan_out::kind::none;
}

std::string skill_plan::earlier(const node& x) const {
  std::string out;
  for (auto i : groups_[x.step].nodes) {
    const auto& other = nodes_[i];
    const auto& needs = x.item.after;
    if (std::find(needs.begin(), needs.end(), other.item.name) == needs.end())
      continue;
    out += (out.empty() ? "" : "\n\n") + other.title + ":\n";
    out += other.text ? "<report>\n" + *other.text + "\n</report>"
                      : "[MISSING: " + other.why + "]";
  }
  return out.empty() ? "(nothing)" : out;
}

// -- what became of it --------------------------------------------------------

skill_plan::node* skill_plan::running(const std::string& id) {
  for (auto& x : nodes_)
    if (x.id == id && x.at == node::phase::running)
      return &x;
  return nullptr;
}

void skill_plan::give_up(const std::string& why) {
  for (auto& x : groups_)
    if (!x.open) {
      x.open = true;
      x.why = why;
    }
  for (auto& x : nodes_)
    if (x.at == node::phase::waiting) {
      x.at = node::phase::done;
      x.why = why;
    }
}

void skill_plan::spend(node& x, uint64_t tokens, double usd) {
  held_.tokens -= x.held.tokens;
  held_.usd -= x.held.usd;
  x.held = {};
  tokens_ += tokens;
  usd_ += usd;
  --running_;
}

std::string skill_plan::unusable(const node& x, const std::string& text) const {
  const auto& name = what_.steps[x.step].name;
  for (const auto& user : what_.steps) {
    if (user.for_each.of != name)
      continue;
    auto items = user.for_each.how == skill_fan_out::kind::list
                   ? read_list(text, user.for_each.most)
                   : read_plan(text, user.for_each.most);
    if (items)
      continue;
    // Read behind a step's title, where the class of the error says nothing.
    auto why = render(items.error());
    auto prefix = to_string(ec::bad_input) + ": ";
    return why.starts_with(prefix) ? why.substr(prefix.size()) : why;
  }
  return {};
}

bool skill_plan::answered(const std::string& id, std::string text,
                          uint64_t tokens, double usd) {
  auto* x = running(id);
  if (x == nullptr)
    return true;
  if (auto why = unusable(*x, text); !why.empty()) {
    failed(id, why, tokens, usd);
    return false;
  }
  spend(*x, tokens, usd);
  x->at = node::phase::done;
  x->text = std::move(text);
  return true;
}

bool skill_plan::failed(const std::string& id, std::string why, uint64_t tokens,
                        double usd, bool again) {
  auto* x = running(id);
  if (x == nullptr)
    return false;
  spend(*x, tokens, usd);
  if (again && x->tries <= what_.steps[x->step].retries) {
    x->at = node::phase::waiting;
    return true;
  }
  x->at = node::phase::done;
  x->why = std::move(why);
  return false;
}

// -- how it stands ------------------------------------------------------------

size_t skill_plan::index_of(const std::string& name) const {
  size_t i = 0;
  while (i < what_.steps.size() && what_.steps[i].name != name)
    ++i;
  return i;
}

bool skill_plan::ended(size_t step) const {
  if (step >= groups_.size())
    return true;
  const auto& x = groups_[step];
  return x.open
         && std::all_of(x.nodes.begin(), x.nodes.end(), [this](size_t i) {
              return nodes_[i].at == node::phase::done;
            });
}

bool skill_plan::over() const {
  for (size_t i = 0; i < groups_.size(); ++i)
    if (!ended(i))
      return !fatal().empty() && running_ == 0;
  return true;
}

step_result skill_plan::result_of(size_t step) const {
  step_result result;
  if (step >= groups_.size())
    return result;
  const auto& x = what_.steps[step];
  const auto& from = groups_[step];
  result.name = x.name;
  result.title = x.title;
  result.skipped = from.skipped;
  result.why = from.why;
  if (x.for_each.how == skill_fan_out::kind::none) {
    for (auto i : from.nodes) {
      result.text = nodes_[i].text;
      result.why = nodes_[i].why;
    }
    return result;
  }
  std::string joined;
  bool any = false;
  for (auto i : from.nodes) {
    const auto& part = nodes_[i];
    joined += (joined.empty() ? "" : "\n\n") + part.title + ":\n";
    joined += part.text ? *part.text : "[MISSING: " + part.why + "]";
    any = any || part.text;
    if (!part.text && result.why.empty())
      result.why = part.why;
  }
  if (any) {
    result.text = std::move(joined);
    result.why.clear();
  }
  return result;
}

std::vector<step_result> skill_plan::results() const {
  std::vector<step_result> all;
  for (size_t i = 0; i < groups_.size(); ++i)
    if (ended(i))
      all.push_back(result_of(i));
  return all;
}

std::vector<part_report> skill_plan::parts() const {
  std::vector<part_report> all;
  for (size_t i = 0; i < groups_.size(); ++i) {
    const auto& from = groups_[i];
    for (auto n : from.nodes) {
      const auto& x = nodes_[n];
      all.push_back({x.id, x.title, x.at == node::phase::running,
                     x.at == node::phase::done, false, x.text, x.why});
    }
    if (from.nodes.empty())
      all.push_back({what_.steps[i].name, what_.steps[i].title, false,
                     from.open, from.skipped, std::nullopt, from.why});
  }
  return all;
}

std::string skill_plan::missing() const {
  std::vector<step_result> lost;
  for (auto& x : parts())
    if (x.ended && !x.skipped && !x.text)
      lost.push_back({x.id, x.title, std::nullopt, x.why});
  return missing_parts(lost);
}

std::optional<std::string> skill_plan::answer() const {
  for (const auto& name : what_.answer)
    if (auto got = result_of(index_of(name)); got.text)
      return got.text;
  return std::nullopt;
}

std::vector<std::pair<std::string, bool>> skill_plan::checked() const {
  std::vector<std::pair<std::string, bool>> result;
  for (size_t i = 1; i < what_.answer.size(); ++i) {
    auto better = index_of(what_.answer[i - 1]);
    const auto& when = what_.steps[better].when;
    if (!when || !groups_[better].open || !result_of(index_of(when->step)).text
        || !result_of(index_of(what_.answer[i])).text)
      continue;
    result.emplace_back(what_.answer[i], groups_[better].skipped);
  }
  return result;
}

std::string skill_plan::fatal() const {
  std::string causes;
  bool any = false;
  bool all_ended = true;
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (!ended(i)) {
      all_ended = false;
      continue;
    }
    auto got = result_of(i);
    any = any || got.text;
    if (got.text || got.skipped)
      continue;
    if (what_.steps[i].required)
      return "Required for " + what_.name + ", and not done: " + got.title
             + ": " + got.why;
    if (!groups_[i].nodes.empty())
      causes += (causes.empty() ? "" : "; ") + got.title + ": " + got.why;
  }
  if (!all_ended || any)
    return {};
  return "Every part of " + what_.name + " failed: " + causes;
}

double skill_plan::progress() {
  double sum = 0;
  for (size_t i = 0; i < groups_.size(); ++i) {
    const auto& x = groups_[i];
    if (ended(i))
      sum += 1;
    else if (!x.nodes.empty())
      sum += static_cast<double>(std::count_if(
               x.nodes.begin(), x.nodes.end(),
               [this](size_t n) { return nodes_[n].at == node::phase::done; }))
             / static_cast<double>(x.nodes.size());
  }
  auto now = groups_.empty() ? 1 : sum / static_cast<double>(groups_.size());
  shown_ = std::max(shown_, now);
  return shown_;
}

} // namespace smart_agents
