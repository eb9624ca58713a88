#include "actors/router/analysis.hpp"
#include "actors/router/decision_row.hpp"
#include "adapters/ledger_reader.hpp"
#include "adapters/model_experience.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/prompt.hpp"
#include "runtime/wiring.hpp"

#include <boost/json/array.hpp>
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

/// The row of a decision in a line of the log, text or JSON; empty when there
/// is none.
std::string row_in(const std::string& line) {
  std::string text = line;
  json::error_code error;
  if (auto parsed = json::parse(line, error); !error && parsed.is_object())
    if (const auto* message = parsed.get_object().if_contains("message");
        message && message->is_string())
      text = message->get_string();
  auto at = text.find(std::string{decision_mark} + '{');
  return at == std::string::npos ? "" : text.substr(at + decision_mark.size());
}

int run_replay(session& in) {
  const auto& from = in.args().replay;
  std::ifstream log{from, std::ios::binary};
  if (!log)
    return in.give_up(make_error(ec::bad_input, from + " cannot be read"));
  size_t count = 0;
  json::array others;
  std::string line;
  for (size_t number = 1; std::getline(log, line); ++number) {
    auto row = row_in(line);
    if (row.empty())
      continue;
    ++count;
    auto again = replay(row);
    if (again && *again == row)
      continue;
    others.emplace_back(number);
    if (!in.args().json)
      in.complain(from + ", line " + std::to_string(number) + ": "
                  + (again ? "this decision comes out otherwise now"
                           : render(again.error())));
  }
  if (count == 0)
    return in.give_up(
      make_error(ec::not_found, from
                                  + " has no decisions: they are logged at "
                                    "level debug (log.level, --log-level)"));
  auto good = others.empty();
  auto printed =
    in.args().json
      ? session::print(
        json::object{{"decisions", count}, {"different", std::move(others)}})
      : session::print(std::to_string(count) + " decisions, "
                       + (good ? "all" : std::to_string(count - others.size()))
                       + " as they were logged.\n");
  return printed != done ? printed : good ? done : failed;
}

} // namespace

int run_route(session& in) {
  if (!in.args().task.files.empty())
    return run_batch(in);
  if (!in.args().replay.empty())
    return run_replay(in);
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
  return session::print(
    decision_text(**found, in.out_style(), in.args().explain));
}

int run_feedback(session& in) {
  auto config = in.load();
  if (!config)
    return wrong_usage;
  const auto& id = in.args().request_id;
  model_experience known;
  known.enable(config->routing.learn);
  auto file = experience_file(*config);
  if (auto bad = known.load(file))
    return in.give_up(bad);
  // A server may not have written its latest answers there yet.
  if (auto reader = open_ledger_reader(config->database))
    if (auto rows = (*reader)->of_request(id))
      for (const auto& row : *rows)
        known.add_answer(row);
  auto whose = known.rate_answer(id, in.args().good);
  if (!whose)
    return in.give_up(whose.error());
  if (auto bad = known.sync(file))
    return in.give_up(bad);
  if (in.args().json)
    return session::print(json::object{
      {"request_id", id}, {"of", *whose}, {"good", in.args().good}});
  return session::print("Noted: " + for_terminal(*whose) + " did "
                        + (in.args().good ? "well" : "badly") + ".\n");
}

} // namespace smart_agents::cli
