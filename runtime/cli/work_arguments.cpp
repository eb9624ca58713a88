#include "adapters/job_json.hpp"
#include "runtime/cli/argument_groups.hpp"

#include <map>

namespace smart_agents::cli {

namespace {

const std::map<std::string, task_type>& type_names() {
  static const auto result = [] {
    std::map<std::string, task_type> names;
    for (int i = 0; i <= static_cast<int>(task_type::video); ++i) {
      auto type = static_cast<task_type>(i);
      names[to_string(type)] = type;
    }
    return names;
  }();
  return result;
}

void add_classification(arguments& into, CLI::App* sub) {
  auto& t = into.task;
  sub
    ->add_option_function<std::string>(
      "--type",
      [&t](const std::string& name) { t.type = type_names().at(name); },
      "What kind of task it is: text code reasoning creative image audio "
      "video; default: found out")
    ->check(CLI::IsMember(&type_names()))
    ->type_name("TYPE");
  sub
    ->add_option("--complexity", t.complexity,
                 "How hard it is, 1 to 10; default: found out")
    ->check(CLI::Range(1, 10))
    ->type_name("N");
  sub
    ->add_option("--model", t.model,
                 "auto, auto:cheap, auto:best, auto:fast, auto:local-only, "
                 "PROVIDER/MODEL or a model's name")
    ->type_name("MODEL");
}

void add_material(arguments& into, CLI::App* sub, bool files) {
  auto& t = into.task;
  if (files)
    sub
      ->add_option("--file", t.files,
                   "A file to go with it, also an image, sound, film or "
                   "PDF, or a pattern such as 'src/**/*.cpp'; may be "
                   "repeated")
      ->allow_extra_args(false)
      ->type_name("PATH");
  sub
    ->add_option_function<std::string>(
      "--diff",
      [&t](const std::string& revision) {
        t.diff = revision == "{}" ? std::string{} : revision;
      },
      "What git says has changed since a revision, default HEAD")
    ->expected(0, 1)
    ->type_name("[REV]");
  sub
    ->add_option("--thread", t.thread,
                 "A conversation by a name of yours: what was said in it "
                 "goes along, and any model may go on with it")
    ->type_name("ID");
  sub
    ->add_option("--budget-usd", t.budget.usd,
                 "What it may cost; nothing begins that would pass it")
    ->check(CLI::PositiveNumber)
    ->type_name("USD");
  sub
    ->add_option("--budget-tokens", t.budget.tokens,
                 "Tokens that it may take, input and output")
    ->check(CLI::Range(uint64_t{1}, uint64_t{1000000000}))
    ->type_name("N");
}

void add_media(arguments& into, CLI::App* sub) {
  auto& media = into.task.media;
  for (const auto& [kind, about] :
       {std::pair{"image", "An image to look at, a path or a URL"},
        std::pair{"audio", "A sound to listen to"},
        std::pair{"video", "A film to watch"}})
    sub
      ->add_option_function<std::vector<std::string>>(
        std::string{"--"} + kind,
        [&media,
         name = std::string{kind}](const std::vector<std::string>& sources) {
          for (const auto& x : sources)
            media.push_back({name, x});
        },
        std::string{about} + "; may be repeated")
      ->allow_extra_args(false)
      ->type_name("SOURCE");
}

} // namespace

void add_task_commands(CLI::App& app, arguments& into) {
  auto& t = into.task;
  auto* ask = add_command(
    app, into, "ask", "Ask one question; the answer is streamed", command::ask,
    "  smart-agents ask \"What is 2+2?\"\n"
    "  smart-agents ask --type code --complexity 9 \"Write a "
    "lock-free queue in C++\"\n"
    "  smart-agents ask --diff main \"What may break?\"\n"
    "  smart-agents ask --image chart.png \"What does it show?\"\n"
    "  smart-agents ask --thread plan --model grok \"And if it fails?\"\n"
    "  smart-agents --json ask --model claude/claude-opus-5-5 "
    "hello\n");
  ask->add_option("PROMPT", t.prompt,
                  "The question; - or nothing reads "
                  "stdin");
  add_classification(into, ask);
  add_material(into, ask, true);
  add_media(into, ask);
  ask->add_option("--system", t.system, "System prompt")->type_name("TEXT");
  ask->add_option("--max-output", t.max_output, "Longest answer in tokens")
    ->check(CLI::Range(1u, 10000000u))
    ->type_name("N");
  ask->add_flag_callback(
    "--no-stream", [&t] { t.stream = false; },
    "Print the answer when it is whole");

  auto* route =
    add_command(app, into, "route",
                "Say who would answer, and why; asks nobody", command::route,
                "  smart-agents route \"Prove that sqrt(2) is "
                "irrational\"\n"
                "  smart-agents route --json \"Translate: good morning\"\n"
                "  smart-agents route --explain --type code \"Sort a list\"\n"
                "  smart-agents route --batch prompts.jsonl scores.jsonl\n"
                "  smart-agents route --replay serve.log\n");
  route
    ->add_option("--batch", t.files,
                 "Judge every line {\"id\", \"prompt\"} of IN; write "
                 "{\"id\", \"score\", \"type\", \"complexity\"} to OUT")
    ->expected(2)
    ->type_name("IN OUT");
  route
    ->add_option("--replay", into.replay,
                 "Decide every row of a log anew, at level debug; 1 when one "
                 "comes out otherwise")
    ->type_name("LOG");
  route->add_flag("--explain", into.explain,
                  "Also say what was learned of each candidate");
  route->add_option("PROMPT", t.prompt,
                    "The question; - or nothing reads "
                    "stdin");
  add_classification(into, route);

  auto* feedback = add_command(
    app, into, "feedback", "Say how good an answer was; routing learns from it",
    command::feedback,
    "  smart-agents feedback req_01KB0XJ4ZS3W8R6T5Q9M2N7PFA good\n"
    "  smart-agents feedback --json req_01KB0XJ4ZS3W8R6T5Q9M2N7PFA bad\n");
  feedback
    ->add_option("ID", into.request_id,
                 "The id that answers carry in x-smart-agents-request-id")
    ->required();
  feedback
    ->add_option_function<std::string>(
      "VERDICT", [&into](const std::string& x) { into.good = x == "good"; },
      "good or bad")
    ->check(CLI::IsMember(std::vector<std::string>{"good", "bad"}))
    ->required();

  auto* orchestrate = add_command(
    app, into, "orchestrate",
    "Run a skill: several models on one piece of work", command::orchestrate,
    "  smart-agents orchestrate code_review src/main.cpp src/parser.cpp\n"
    "  smart-agents orchestrate code_review 'src/**/*.cpp'\n"
    "  smart-agents orchestrate code_review --diff main\n");
  orchestrate
    ->add_option("SKILL", t.skill,
                 "Its name, for example "
                 "code_review")
    ->required();
  orchestrate->add_option("FILE", t.files,
                          "What it is about, files or patterns; - or "
                          "nothing reads stdin");
  add_material(into, orchestrate, false);
}

void add_job_commands(CLI::App& app, arguments& into) {
  auto& t = into.task;
  auto& j = into.job;
  auto* execute = add_command(
    app, into, "execute", "Do work as a job that survives crashes and restarts",
    command::execute,
    "  smart-agents execute \"Compare B-trees and LSM trees\"\n"
    "  smart-agents execute --async --skill decompose --priority 8 \"Plan "
    "the migration\"\n"
    "  smart-agents execute --async --at 2h --after job_01K... \"Sum it "
    "up\"\n");
  execute->add_option("PROMPT", t.prompt,
                      "What is to be done; - or nothing reads stdin");
  add_material(into, execute, true);
  execute->add_option("--skill", t.skill, "A skill, for example consensus")
    ->type_name("NAME");
  add_classification(into, execute);
  execute->add_option("--system", t.system, "System prompt")->type_name("TEXT");
  execute->add_option("--max-output", t.max_output, "Longest answer in tokens")
    ->check(CLI::Range(1u, 10000000u))
    ->type_name("N");
  execute->add_flag("--async", j.detached,
                    "Print the job's id and end; a `serve` or `mcp` does it");
  execute
    ->add_option("--priority", j.priority,
                 "1 (background) to 10 (urgent), default 5")
    ->check(CLI::Range(1, 10))
    ->type_name("N");
  execute
    ->add_option("--after", j.after,
                 "A job that must be completed before; may be repeated")
    ->allow_extra_args(false)
    ->type_name("ID");
  execute
    ->add_option("--at", j.at,
                 "Not before: 90s, 10m, 2h, or 2026-11-26T02:30:00Z")
    ->check([](const std::string& text) {
      return parse_time(text, std::chrono::system_clock::now())
               ? std::string{}
               : "'" + text
                   + "' is no time; write 10m, 2h or 2026-11-26T02:30:00Z";
    })
    ->type_name("TIME");
  execute
    ->add_option("--key", j.key,
                 "Handing in the same key again gives the same job")
    ->type_name("TEXT");
  execute->add_option("--tries", j.tries, "Tries in all, default 3")
    ->check(CLI::Range(1u, 100u))
    ->type_name("N");
  execute
    ->add_option("--notify", j.notify,
                 "What is told of its way: silent, completion, milestone "
                 "(default with --async), verbose (default without)")
    ->check(CLI::IsMember(
      std::vector<std::string>{"silent", "completion", "milestone", "verbose"}))
    ->type_name("HOW");

  auto with_id = [&j](CLI::App* sub) {
    sub->add_option("ID", j.id, "The job")->required();
  };
  with_id(add_command(app, into, "status", "How a job stands", command::status,
                      "  smart-agents status job_01K...\n"
                      "  smart-agents --json status job_01K...\n"));
  with_id(add_command(app, into, "result", "What came of a job",
                      command::result,
                      "  smart-agents result job_01K... > answer.md\n"));
  with_id(add_command(app, into, "cancel", "Stop a job", command::cancel,
                      "  smart-agents cancel job_01K...\n"));
  auto* list = add_command(app, into, "list",
                           "Which jobs there are, newest first", command::list,
                           "  smart-agents list\n"
                           "  smart-agents list --state failed --json\n");
  list
    ->add_option("--state", j.state,
                 "pending, running, completed, failed or cancelled")
    ->check(CLI::IsMember(std::vector<std::string>{
      "pending", "running", "completed", "failed", "cancelled"}))
    ->type_name("STATE");
  list->add_option("--kind", j.kind, "A skill's name, or ask")
    ->type_name("KIND");
  list->add_option("--limit", j.limit, "How many, default 50")
    ->check(CLI::Range(1u, 1000u))
    ->type_name("N");
  list->add_option("--after", j.behind, "Those behind this one")
    ->type_name("ID");
  auto* watch = add_command(
    app, into, "watch", "Jobs, quotas and spend as they change, until Ctrl-C",
    command::watch,
    "  smart-agents watch\n"
    "  smart-agents watch | tee jobs.log\n");
  watch->add_flag("--once", j.once, "Show it once and end");
}

} // namespace smart_agents::cli
