#include "actors/router/analysis.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/prompt.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <iostream>
#include <string>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

/// Judges one line of a batch; empty when it is no prompt with an id.
std::string judge_line(const std::string& line) {
  json::error_code error;
  auto parsed = json::parse(line, error);
  auto* object = error ? nullptr : parsed.if_object();
  auto* id = object ? object->if_contains("id") : nullptr;
  auto* prompt = object ? object->if_contains("prompt") : nullptr;
  if (!id || !prompt || !prompt->is_string())
    return {};
  chat_request request;
  request.messages.push_back(
    text_message(role::user, std::string{prompt->get_string()}));
  auto found = analyse(request);
  json::object out{{"id", *id},
                   {"score", found.need},
                   {"type", to_string(found.type)},
                   {"complexity", found.complexity}};
  return json::serialize(out) + "\n";
}

int run_batch(session& in) {
  const auto& from = in.args().task.files[0];
  const auto& to = in.args().task.files[1];
  std::ifstream prompts{from, std::ios::binary};
  if (!prompts)
    return in.give_up(make_error(ec::bad_input, from + " cannot be read"));
  std::ofstream out{to, std::ios::binary | std::ios::trunc};
  std::string line;
  for (size_t number = 1; std::getline(prompts, line); ++number) {
    if (line.empty())
      continue;
    auto judged = judge_line(line);
    if (judged.empty())
      return in.give_up(make_error(
        ec::bad_input, from + ", line " + std::to_string(number)
                         + R"(: must be {"id": ..., "prompt": "..."})"));
    out << judged;
  }
  if (!out.flush())
    return in.give_up(make_error(ec::bad_input, to + " cannot be written"));
  return done;
}

} // namespace

int run_route(session& in) {
  if (!in.args().task.files.empty())
    return run_batch(in);
  auto config = in.load_with_provider();
  if (!config)
    return wrong_usage;
  auto text = read_prompt(in.args().task.prompt, std::cin, config->max_prompt);
  if (!text)
    return in.give_up(text.error());
  auto what = make_task(in.args().task, *config, std::move(*text), "cli");
  auto agents = service::start(std::move(*config), in.log());
  if (!agents)
    return in.give_up(agents.error());
  auto found = (*agents)->route(std::move(what));
  if (!found)
    return in.give_up(found.error());
  if (in.args().json)
    return session::print(to_json(**found));
  return session::print(decision_text(**found, in.out_style()));
}

} // namespace smart_agents::cli
