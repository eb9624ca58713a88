#include "actors/coordinator/skill_file.hpp"

#include "messages/error.hpp"

#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <cctype>
#include <set>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr size_t most_steps = 64;

/// What is wrong, and where.
struct fault {
  size_t line = 0;
  std::string what;
};

/// A template and the line that its text begins in.
struct section {
  std::string text;
  size_t line = 0;
  bool used = false;
};

size_t line_of(std::string_view text, size_t at) {
  auto end = text.begin() + static_cast<ptrdiff_t>(std::min(at, text.size()));
  return 1 + static_cast<size_t>(std::count(text.begin(), end, '\n'));
}

std::string trimmed(std::string_view x) {
  auto blank = [](char c) {
    return std::isspace(static_cast<unsigned char>(c));
  };
  while (!x.empty() && blank(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && blank(x.back()))
    x.remove_suffix(1);
  return std::string{x};
}

bool is_name(std::string_view x) {
  return !x.empty() && x.size() <= 64
         && std::all_of(x.begin(), x.end(), [](unsigned char c) {
              return std::islower(c) || std::isdigit(c) || c == '_';
            });
}

/// Reads one file. Members throw a `fault`, which does not leave this file.
class reader {
public:
  explicit reader(std::string_view text) : text_{text} {}

  skill read() {
    json::stream_parser parser;
    boost::system::error_code bad;
    auto used = parser.write_some(text_.data(), text_.size(), bad);
    if (bad)
      throw fault{line_of(text_, used),
                  "the JSON is wrong here (" + bad.message()
                    + "): the file begins with an object that has name, "
                      "description and steps"};
    if (!parser.done())
      throw fault{line_of(text_, text_.size()),
                  "the JSON object is not closed: add the missing }"};
    auto front = parser.release();
    front_ = text_.substr(0, used);
    if (!front.is_object())
      throw fault{1, "the file must begin with a JSON object: {\"name\": ..."};
    read_sections(used);
    return read_skill(front.get_object());
  }

private:
  // -- templates --------------------------------------------------------------

  void read_sections(size_t at) {
    auto line = line_of(text_, at);
    section* into = nullptr;
    auto rest = text_.substr(at);
    while (!rest.empty()) {
      auto end = std::min(rest.find('\n'), rest.size());
      auto here = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (here.starts_with("=== ")) {
        auto title = trimmed(here.substr(4));
        auto [i, added] = sections_.try_emplace(title);
        if (!added)
          throw fault{line,
                      "there are two templates '" + title + "': remove one"};
        into = &i->second;
        into->line = line + 1;
      } else if (into != nullptr) {
        into->text += std::string{here} + "\n";
      } else if (!trimmed(here).empty()) {
        throw fault{line, "text behind the JSON object: begin each template "
                          "with a line like '=== STEP: prompt'"};
      }
      ++line;
    }
    for (auto& [title, x] : sections_) {
      auto first = x.text.find_first_not_of("\r\n");
      if (first == x.text.npos)
        throw fault{x.line, "the template '" + title
                              + "' is empty: write it, or remove its line"};
      x.line += static_cast<size_t>(std::count(
        x.text.begin(), x.text.begin() + static_cast<ptrdiff_t>(first), '\n'));
      x.text = trimmed(x.text);
    }
  }

  section* section_of(const std::string& step, const char* kind) {
    for (const auto& title : {step + ": " + kind, std::string{kind}})
      if (auto i = sections_.find(title); i != sections_.end()) {
        i->second.used = true;
        return &i->second;
      }
    return nullptr;
  }

  // -- values -----------------------------------------------------------------

  /// The line of a key, by its first appearance behind `from`.
  size_t line_of_key(std::string_view key, size_t from = 0) const {
    auto at = front_.find("\"" + std::string{key} + "\"", from);
    return line_of(front_, at == front_.npos ? from : at);
  }

  [[noreturn]] void wrong(std::string_view key, std::string what) const {
    throw fault{line_of_key(key, here_),
                where_ + std::string{key} + ": " + std::move(what)};
  }

  void only(const json::object& x,
            const std::set<std::string_view>& known) const {
    for (const auto& [key, value] : x) {
      if (known.contains(std::string_view{key.data(), key.size()}))
        continue;
      std::string all;
      for (auto each : known)
        all += (all.empty() ? "" : ", ") + std::string{each};
      wrong({key.data(), key.size()}, "there is no such key; known are " + all);
    }
  }

  std::string text(const json::object& x, const char* key,
                   std::string otherwise) const {
    const auto* value = x.if_contains(key);
    if (value == nullptr)
      return otherwise;
    if (!value->is_string() || value->get_string().empty())
      wrong(key, "must be a text");
    return std::string{value->get_string()};
  }

  std::string text(const json::object& x, const char* key) const {
    if (!x.contains(key))
      wrong(key, "is missing: add it");
    return text(x, key, {});
  }

  int64_t number(const json::object& x, const char* key, int64_t otherwise,
                 int64_t least, int64_t most) const {
    const auto* value = x.if_contains(key);
    if (value == nullptr)
      return otherwise;
    if (!value->is_int64() || value->get_int64() < least
        || value->get_int64() > most)
      wrong(key, "must be a whole number from " + std::to_string(least) + " to "
                   + std::to_string(most));
    return value->get_int64();
  }

  bool flag(const json::object& x, const char* key, bool otherwise) const {
    const auto* value = x.if_contains(key);
    if (value == nullptr)
      return otherwise;
    if (!value->is_bool())
      wrong(key, "must be true or false");
    return value->get_bool();
  }

  std::vector<std::string> names(const json::object& x, const char* key) const {
    std::vector<std::string> result;
    const auto* value = x.if_contains(key);
    if (value == nullptr)
      return result;
    if (!value->is_array())
      wrong(key, "must be a list of steps' names");
    for (const auto& name : value->get_array()) {
      if (!name.is_string())
        wrong(key, "must be a list of steps' names");
      result.emplace_back(name.get_string());
    }
    return result;
  }

  const json::object& object(const json::value& x, const char* key) const {
    if (!x.is_object())
      wrong(key, "must be an object");
    return x.get_object();
  }

  // -- the skill --------------------------------------------------------------

  skill read_skill(const json::object& x) {
    only(x,
         {"name", "description", "steps", "answer", "budget", "most_at_once"});
    skill result;
    result.name = text(x, "name");
    if (!is_name(result.name))
      wrong("name",
            "'" + result.name + "' may only have a-z, 0-9 and _, at most 64");
    result.description = text(x, "description");
    result.most_at_once =
      static_cast<uint32_t>(number(x, "most_at_once", 8, 1, 256));
    if (const auto* budget = x.if_contains("budget")) {
      const auto& of = object(*budget, "budget");
      only(of, {"tokens", "usd"});
      result.budget.tokens =
        static_cast<uint64_t>(number(of, "tokens", 0, 1, 1'000'000'000'000));
      if (const auto* usd = of.if_contains("usd")) {
        if (!usd->is_number() || usd->to_number<double>() <= 0)
          wrong("usd", "must be a positive number of dollars");
        result.budget.usd = usd->to_number<double>();
      }
    }
    const auto* steps = x.if_contains("steps");
    if (steps == nullptr || !steps->is_array() || steps->get_array().empty()
        || steps->get_array().size() > most_steps)
      wrong("steps", "must be a list of 1 to " + std::to_string(most_steps)
                       + " objects");
    auto from = front_.find("\"steps\"");
    for (const auto& each : steps->get_array()) {
      where_ = "step " + std::to_string(result.steps.size() + 1) + ": ";
      here_ = from;
      result.steps.push_back(read_step(object(each, "steps")));
      from = here_ + 1;
    }
    where_.clear();
    here_ = 0;
    for (const auto& [title, each] : sections_)
      if (!each.used)
        throw fault{each.line > 0 ? each.line - 1 : 0,
                    "the template '" + title
                      + "' belongs to no step: correct its name or remove it"};
    check_names(result);
    order(result);
    result.answer = names(x, "answer");
    for (const auto& name : result.answer)
      if (find(result, name) == nullptr)
        wrong("answer", "there is no step '" + name + "'");
    if (result.answer.empty())
      result.answer.push_back(last_written_);
    return result;
  }

  skill_step read_step(const json::object& x) {
    skill_step result;
    result.name = text(x, "name");
    last_written_ = result.name;
    // Further faults of this step are looked for behind its name.
    if (auto at = front_.find("\"" + result.name + "\"", here_);
        at != front_.npos)
      here_ = at;
    where_ = "step '" + result.name + "': ";
    if (!is_name(result.name) || result.name == "input" || result.name == "item"
        || result.name == "index" || result.name == "count"
        || result.name == "earlier")
      wrong("name", "'" + result.name
                      + "' may only have a-z, 0-9 and _, and must not be "
                        "input, item, index, count or earlier");
    only(x,
         {"name", "title", "model", "type", "complexity", "after", "for_each",
          "when", "retries", "retry_model", "required", "max_output"});
    result.title = text(x, "title");
    result.model = text(x, "model", "auto");
    auto type = text(x, "type", "text");
    auto known = parse_task_type(type);
    if (!known)
      wrong("type", "'" + type
                      + "' is none of text, code, reasoning, creative, image, "
                        "audio, video");
    result.type = *known;
    result.complexity = static_cast<int>(number(x, "complexity", 5, 1, 10));
    result.after = names(x, "after");
    result.retries = static_cast<int>(number(x, "retries", 0, 0, 10));
    result.retry_model = text(x, "retry_model", "");
    result.required = flag(x, "required", false);
    result.max_output =
      static_cast<uint32_t>(number(x, "max_output", 0, 1, 10'000'000));
    if (const auto* each = x.if_contains("for_each"))
      read_fan_out(result, object(*each, "for_each"));
    if (const auto* when = x.if_contains("when"))
      read_condition(result, object(*when, "when"));
    if (auto* own = section_of(result.name, "instructions"))
      result.instructions = own->text;
    auto* prompt = section_of(result.name, "prompt");
    if (prompt == nullptr)
      throw fault{line_of(front_, here_),
                  where_ + "it has no prompt: add a line '=== " + result.name
                    + ": prompt' and the template below it"};
    result.prompt = prompt->text;
    prompts_[result.name] = *prompt;
    return result;
  }

  void read_fan_out(skill_step& step, const json::object& x) {
    only(x, {"chunks", "list", "plan", "most"});
    auto& into = step.for_each;
    if (x.contains("chunks")) {
      into.how = skill_fan_out::kind::chunks;
      into.bytes =
        static_cast<uint64_t>(number(x, "chunks", 48000, 1000, 10'000'000));
    } else if (x.contains("list")) {
      into.how = skill_fan_out::kind::list;
      into.of = text(x, "list");
    } else if (x.contains("plan")) {
      into.how = skill_fan_out::kind::plan;
      into.of = text(x, "plan");
    } else {
      wrong("for_each", "must have chunks (bytes), or list or plan (a step)");
    }
    into.most = static_cast<uint32_t>(number(x, "most", 64, 1, 1000));
    wait_for(step, into.of);
  }

  void read_condition(skill_step& step, const json::object& x) {
    only(x, {"step", "contains", "lacks", "if_missing"});
    skill_condition when;
    when.step = text(x, "step");
    when.contains = text(x, "contains", "");
    when.lacks = text(x, "lacks", "");
    when.if_missing = flag(x, "if_missing", true);
    if (when.contains.empty() && when.lacks.empty())
      wrong("when", "must have contains or lacks");
    wait_for(step, when.step);
    step.when = std::move(when);
  }

  static void wait_for(skill_step& step, const std::string& name) {
    auto& all = step.after;
    if (!name.empty() && std::find(all.begin(), all.end(), name) == all.end())
      all.push_back(name);
  }

  static const skill_step* find(const skill& in, const std::string& name) {
    auto named = [&name](const skill_step& x) { return x.name == name; };
    auto i = std::find_if(in.steps.begin(), in.steps.end(), named);
    return i == in.steps.end() ? nullptr : &*i;
  }

  void check_names(skill& x) {
    std::set<std::string> seen;
    for (auto& step : x.steps) {
      where_ = "step '" + step.name + "': ";
      here_ = front_.find("\"" + step.name + "\"");
      if (!seen.insert(step.name).second)
        wrong("name", "there are two steps of this name: rename one");
      const auto& prompt = prompts_.at(step.name);
      auto fans = step.for_each.how != skill_fan_out::kind::none;
      for (const auto& [name, at] : names_in_template(prompt.text)) {
        if (name == "input")
          continue;
        auto item = name == "item" || name == "index" || name == "count"
                    || name == "earlier";
        if (item && fans)
          continue;
        if (item || find(x, name) == nullptr)
          throw fault{prompt.line + line_of(prompt.text, at) - 1,
                      where_ + "{{" + name + "}} is "
                        + (item ? "only there with for_each: add it, or "
                                  "remove the name"
                                : "neither input nor a step: correct the "
                                  "name")};
        wait_for(step, name);
      }
      for (const auto& name : step.after)
        if (find(x, name) == nullptr)
          wrong(name, "it waits for a step that does not exist; correct the "
                      "name");
    }
    where_.clear();
  }

  void order(skill& x) const {
    std::vector<skill_step> ordered;
    std::set<std::string> before;
    auto ready = [&before](const skill_step& step) {
      return std::all_of(
        step.after.begin(), step.after.end(),
        [&](const auto& name) { return before.contains(name); });
    };
    while (!x.steps.empty()) {
      auto next = std::find_if(x.steps.begin(), x.steps.end(), ready);
      if (next == x.steps.end())
        throw fault{line_of_key(x.steps.front().name),
                    "step '" + x.steps.front().name
                      + "' waits for itself, by way of others: remove a name "
                        "from an after, a when or a template"};
      before.insert(next->name);
      ordered.push_back(std::move(*next));
      x.steps.erase(next);
    }
    x.steps = std::move(ordered);
  }

  std::string_view text_;
  std::string_view front_;
  std::map<std::string, section> sections_;
  std::map<std::string, section> prompts_;
  std::string last_written_;
  /// Said before a fault, and where it is looked for.
  std::string where_;
  size_t here_ = 0;
};

} // namespace

caf::expected<skill> parse_skill(std::string_view text,
                                 const std::string& origin) {
  try {
    return reader{text}.read();
  } catch (const fault& x) {
    return make_error(ec::bad_input,
                      origin + ":" + std::to_string(x.line) + ": " + x.what);
  }
}

} // namespace smart_agents
