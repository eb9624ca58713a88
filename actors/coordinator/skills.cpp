#include "actors/coordinator/skills.hpp"

#include "actors/coordinator/skill_file.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace smart_agents {

namespace embedded {

extern const std::string_view analyze_media_skill;
extern const std::string_view cascade_skill;
extern const std::string_view code_review_skill;
extern const std::string_view consensus_skill;
extern const std::string_view debug_skill;
extern const std::string_view decompose_skill;
extern const std::string_view explain_code_skill;
extern const std::string_view refactor_plan_skill;
extern const std::string_view security_audit_skill;
extern const std::string_view summarize_skill;
extern const std::string_view write_docs_skill;
extern const std::string_view write_tests_skill;

} // namespace embedded

namespace {

skill read_built_in(std::string_view text, const char* name) {
  auto read = parse_skill(text, std::string{name} + ".skill");
  if (!read) // a fault of ours: a test reads each
    throw std::logic_error{render(read.error())};
  return std::move(*read);
}

std::string fenced(const step_result& x) {
  if (x.skipped)
    return "[NOT NEEDED: " + x.title + "]";
  if (!x.text)
    return "[MISSING: " + x.title + " could not be done: " + x.why + "]";
  return "<report>\n" + *x.text + "\n</report>";
}

std::string capitalised(std::string x) {
  if (!x.empty())
    x[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(x[0])));
  return x;
}

bool is_name(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || c == '_';
  });
}

} // namespace

const std::vector<skill>& built_in_skills() {
  static const std::vector<skill> all{
    read_built_in(embedded::code_review_skill, "code_review"),
    read_built_in(embedded::consensus_skill, "consensus"),
    read_built_in(embedded::decompose_skill, "decompose"),
    read_built_in(embedded::cascade_skill, "cascade"),
    read_built_in(embedded::summarize_skill, "summarize"),
    read_built_in(embedded::security_audit_skill, "security_audit"),
    read_built_in(embedded::write_tests_skill, "write_tests"),
    read_built_in(embedded::refactor_plan_skill, "refactor_plan"),
    read_built_in(embedded::debug_skill, "debug"),
    read_built_in(embedded::explain_code_skill, "explain_code"),
    read_built_in(embedded::write_docs_skill, "write_docs"),
    read_built_in(embedded::analyze_media_skill, "analyze_media"),
  };
  return all;
}

const skill* find_skill(std::string_view name) {
  for (const auto& x : built_in_skills())
    if (x.name == name)
      return &x;
  return nullptr;
}

std::string fill_prompt(const skill_step& step, const std::string& input,
                        const std::vector<step_result>& results,
                        const std::map<std::string, std::string>& plain) {
  // One pass over the template: what is filled in is never looked at again, so
  // that braces in code stay what they are.
  std::string out;
  const std::string& from = step.prompt;
  size_t at = 0;
  while (at < from.size()) {
    auto open = from.find("{{", at);
    auto close = open == std::string::npos ? open : from.find("}}", open);
    if (close == std::string::npos) {
      out.append(from, at);
      break;
    }
    out.append(from, at, open - at);
    auto key = from.substr(open + 2, close - open - 2);
    auto named = [&key](const step_result& x) { return x.name == key; };
    auto i = std::find_if(results.begin(), results.end(), named);
    if (auto p = plain.find(key); p != plain.end())
      out += p->second;
    else if (key == "input")
      out += input;
    else if (i != results.end())
      out += fenced(*i);
    else
      out.append(from, open, close + 2 - open);
    at = close + 2;
  }
  return out;
}

std::vector<std::pair<std::string, size_t>>
names_in_template(std::string_view text) {
  std::vector<std::pair<std::string, size_t>> found;
  for (size_t at = 0; (at = text.find("{{", at)) != text.npos; at += 2) {
    auto close = text.find("}}", at);
    if (close == text.npos)
      break;
    auto name = text.substr(at + 2, close - at - 2);
    if (is_name(name))
      found.emplace_back(name, at);
  }
  return found;
}

std::string missing_parts(const std::vector<step_result>& results) {
  std::string out;
  for (const auto& x : results)
    if (!x.text && !x.skipped)
      out += (out.empty() ? "" : "\n") + std::string{"Missing: "} + x.title
             + " could not be done (" + x.why + ")";
  return out;
}

std::string side_by_side(const std::vector<step_result>& results) {
  std::string out;
  for (const auto& x : results)
    if (x.text)
      out += (out.empty() ? "" : "\n\n") + std::string{"## "}
             + capitalised(x.title) + "\n\n" + *x.text;
  return out;
}

} // namespace smart_agents
