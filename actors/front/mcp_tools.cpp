#include "actors/front/mcp_tools.hpp"

#include "actors/front/mcp_jobs.hpp"
#include "adapters/confined_path.hpp"
#include "adapters/usage_sums.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// Media in one call.
constexpr size_t max_media = 8;

/// Paths and patterns in one call.
constexpr size_t max_files = 100;

json::object text_property(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

json::object type_property() {
  return {{"type", "string"},
          {"enum", json::array{"text", "code", "reasoning", "creative", "image",
                               "audio", "video"}},
          {"description", "Kind of work. Left out, it is recognised."}};
}

json::object complexity_property() {
  return {{"type", "integer"},
          {"minimum", 1},
          {"maximum", 10},
          {"description", "1 a fact, 5 simple code, 8 design, 10 a distributed "
                          "system. Left out, it is estimated."}};
}

json::object model_property() {
  return text_property("auto (default), auto:cheap, auto:best, auto:fast, "
                       "auto:local-only, or PROVIDER/MODEL such as "
                       "grok/grok-4.7.");
}

/// What `ask` and `orchestrate` take alike.
void add_material(json::object& properties) {
  auto list = [](const char* description) {
    return json::object{{"type", "array"},
                        {"items", json::object{{"type", "string"}}},
                        {"maxItems", max_files},
                        {"description", description}};
  };
  properties["files"] =
    list("Files or patterns (src/**/*.cpp) that are read here and added; they "
         "need not pass through this conversation.");
  properties["diff"] = text_property(
    "Adds the git diff since this revision; \"\" for what is not committed.");
  properties["thread"] = text_property(
    "Name of a conversation that is kept, for follow-ups to any model.");
  properties["budget_usd"] = {{"type", "number"},
                              {"description", "Most US dollars."}};
  properties["budget_tokens"] = {{"type", "integer"},
                                 {"description", "Most tokens."}};
  properties["background"] = {
    {"type", "boolean"},
    {"description", "Return a job's id at once; see `jobs`."}};
  properties["priority"] = {{"type", "integer"},
                            {"minimum", 1},
                            {"maximum", 10},
                            {"description", "Of a background job."}};
}

json::object schema_of(json::object properties, json::array required) {
  json::object result{{"type", "object"},
                      {"properties", std::move(properties)},
                      {"additionalProperties", false}};
  if (!required.empty())
    result["required"] = std::move(required);
  return result;
}

mcp_tool ask_tool() {
  mcp_tool result;
  result.name = "ask";
  result.title = "Ask another model";
  result.description =
    "Ask one other AI model (local Ollama, Gemini, Grok, ChatGPT, Claude) and "
    "get its answer. The cheapest model that suffices and still has quota is "
    "chosen, with failover; the end of the answer says which, why, and what "
    "it cost. Use it for second opinions, for work that a cheaper model can "
    "do, or to ask a model by name. Calls may run in parallel.";
  json::object properties{
    {"prompt", text_property("The whole question; the model sees nothing else "
                             "of this conversation.")},
    {"type", type_property()},
    {"complexity", complexity_property()},
    {"model", model_property()},
    {"system", text_property("System message for the model.")},
    {"media",
     {{"type", "array"},
      {"items", json::object{{"type", "string"}}},
      {"maxItems", max_media},
      {"description", "Images, audio, video or PDFs to look at: paths below "
                      "the client's roots, http(s) or data URLs."}}},
    {"max_output",
     {{"type", "integer"},
      {"minimum", 1},
      {"description", "Cap on the answer, in tokens."}}}};
  add_material(properties);
  result.schema = schema_of(std::move(properties), {"prompt"});
  result.annotations = {{"readOnlyHint", true}, {"openWorldHint", true}};
  result.meta = {{"anthropic/alwaysLoad", true},
                 {"anthropic/searchHint",
                  "ask another AI model, second opinion, GPT, Gemini, Grok, "
                  "Ollama"},
                 {"anthropic/maxResultSizeChars", 500'000}};
  return result;
}

mcp_tool orchestrate_tool(const std::vector<skill_ptr>& skills) {
  mcp_tool result;
  result.name = "orchestrate";
  result.title = "Run a multi-model skill";
  result.description =
    "Let several models work on one input and merge their findings; a failed "
    "part is named, not fatal. Skills:";
  json::array names;
  for (const auto& x : skills) {
    names.emplace_back(x->name);
    result.description += "\n" + x->name + ": " + x->description;
  }
  json::object properties{
    {"skill",
     {{"type", "string"},
      {"enum", std::move(names)},
      {"description", "Which skill."}}},
    {"input", text_property("What to work on, or what to do with the files; "
                            "may be left out with files or diff.")}};
  add_material(properties);
  result.schema = schema_of(std::move(properties), {"skill"});
  result.tasks = mcp_task_use::possible;
  result.annotations = {{"readOnlyHint", true}, {"openWorldHint", true}};
  result.meta = {
    {"anthropic/searchHint",
     "multi-model code review, consensus, summarize, security audit, "
     "tests, debug"},
    {"anthropic/maxResultSizeChars", 500'000}};
  return result;
}

mcp_tool route_tool() {
  mcp_tool result;
  result.name = "route";
  result.title = "Explain routing";
  result.description =
    "Say which model a prompt would go to and why, with every candidate's "
    "score, cost and the reason it was passed over. Calls no model.";
  result.schema = schema_of({{"prompt", text_property("The prompt.")},
                             {"type", type_property()},
                             {"complexity", complexity_property()},
                             {"model", model_property()}},
                            {"prompt"});
  result.annotations = {{"readOnlyHint", true}, {"openWorldHint", false}};
  result.output_schema = {
    {"type", "object"},
    {"required", json::array{"provider", "model", "ranked", "passed_over"}}};
  result.meta = {{"anthropic/searchHint", "which model would answer, cost"}};
  return result;
}

mcp_tool usage_tool() {
  mcp_tool result;
  result.name = "usage";
  result.title = "Quotas and spend";
  result.description =
    "Quotas of every provider (used, left, when they reset), health of the "
    "providers, and requests, tokens, cost and savings: today's by provider, "
    "or as asked.";
  result.schema = schema_of(
    {{"by",
      {{"type", "string"},
       {"enum", json::array{"provider", "credential", "model", "key", "skill",
                            "origin", "type", "day"}},
       {"description", "What is summed up; default provider."}}},
     {"since", text_property("today (default), month, 24h, 7d or YYYY-MM-DD, "
                             "days by UTC.")}},
    {});
  result.annotations = {{"readOnlyHint", true}, {"openWorldHint", false}};
  result.output_schema = {
    {"type", "object"},
    {"required", json::array{"quotas", "providers", "usage"}}};
  result.meta = {
    {"anthropic/searchHint", "AI quota, limits left, spend, cost"}};
  return result;
}

mcp_tool feedback_tool() {
  mcp_tool result;
  result.name = "feedback";
  result.title = "Rate an answer";
  result.description =
    "Say whether an answer of `ask` or `orchestrate` was good. Routing learns "
    "from it which model does such work well.";
  result.schema = schema_of(
    {{"id", text_property("The request's id, from the end of the answer.")},
     {"verdict", {{"type", "string"}, {"enum", json::array{"good", "bad"}}}}},
    {"id", "verdict"});
  result.annotations = {{"readOnlyHint", false},
                        {"destructiveHint", false},
                        {"idempotentHint", true},
                        {"openWorldHint", false}};
  result.meta = {{"anthropic/searchHint", "rate an answer, good or bad"}};
  return result;
}

/// A text argument; unset when it is missing, an error when it is no text.
caf::expected<std::optional<std::string>> text_argument(const mcp_call& call,
                                                        const char* name) {
  const auto* x = call.arguments.if_contains(name);
  if (x == nullptr || x->is_null())
    return std::optional<std::string>{};
  if (!x->is_string())
    return make_error(ec::bad_input, std::string{name} + ": must be a string");
  return std::optional{std::string{x->get_string()}};
}

caf::expected<std::optional<int64_t>> number_argument(const mcp_call& call,
                                                      const char* name,
                                                      int64_t least,
                                                      int64_t most) {
  const auto* x = call.arguments.if_contains(name);
  if (x == nullptr || x->is_null())
    return std::optional<int64_t>{};
  boost::system::error_code bad;
  auto value = x->is_number() ? x->to_number<int64_t>(bad) : 0;
  if (bad || !x->is_number() || value < least || value > most)
    return make_error(
      ec::bad_input, std::string{name} + ": must be an integer from "
                       + std::to_string(least) + " to " + std::to_string(most));
  return std::optional{value};
}

} // namespace

std::vector<mcp_tool> mcp_tools(const std::vector<skill_ptr>& skills) {
  return {ask_tool(),  orchestrate_tool(skills), route_tool(), usage_tool(),
          jobs_tool(), feedback_tool()};
}

std::string mcp_instructions() {
  return "Smart Agents gives you other AI models with quota-aware routing. "
         "`ask` for one answer (cheap by default; name a model to insist), "
         "`orchestrate` for multi-model skills (code_review, consensus, "
         "decompose, summarize and more), `route` to see what "
         "would be chosen, `usage` for quotas and spend, `jobs` for work in "
         "the background. Name files or a diff instead of pasting them.";
}

caf::expected<mcp_usage> mcp_usage_of(const mcp_call& call) {
  auto by = text_argument(call, "by");
  if (!by)
    return by.error();
  auto since = text_argument(call, "since");
  if (!since)
    return since.error();
  mcp_usage result;
  if (*by)
    result.by = std::move(**by);
  if (auto known = usage_sums::by(result.by); !known)
    return known.error();
  if (*since)
    result.since = std::move(**since);
  return result;
}

caf::expected<void> check_mcp_arguments(const mcp_call& call) {
  static const auto tools = mcp_tools(skill_shelf{}.all());
  auto tool = std::find_if(tools.begin(), tools.end(), [&call](const auto& x) {
    return x.name == call.tool;
  });
  if (tool == tools.end())
    return make_error(ec::not_found, "tool '" + call.tool + "'");
  const auto& known = tool->schema.at("properties").get_object();
  for (const auto& [name, value] : call.arguments) {
    if (known.contains(name))
      continue;
    std::string all;
    for (const auto& [each, schema] : known)
      all += (all.empty() ? "" : ", ") + std::string{each};
    return make_error(ec::bad_input,
                      std::string{name} + ": " + call.tool + " takes "
                        + (all.empty() ? "no arguments" : "only " + all));
  }
  return {};
}

caf::expected<task> mcp_task_of(const mcp_call& call) {
  const char* main = call.tool == "orchestrate" ? "input" : "prompt";
  auto prompt = text_argument(call, main);
  if (!prompt)
    return prompt.error();
  auto material =
    call.tool == "orchestrate"
    && (call.arguments.contains("files") || call.arguments.contains("diff"));
  if (!material && (!*prompt || (*prompt)->empty()))
    return make_error(ec::bad_input, std::string{main} + ": is missing");
  if (call.tool == "orchestrate" && mcp_skill(call).empty())
    return make_error(ec::bad_input, "skill: is missing");
  auto system = text_argument(call, "system");
  if (!system)
    return system.error();
  auto type = text_argument(call, "type");
  if (!type)
    return type.error();
  auto model = text_argument(call, "model");
  if (!model)
    return model.error();
  auto complexity = number_argument(call, "complexity", 1, 10);
  if (!complexity)
    return complexity.error();
  auto cap = number_argument(call, "max_output", 1, 10'000'000);
  if (!cap)
    return cap.error();
  auto tokens = number_argument(call, "budget_tokens", 1, 1'000'000'000);
  if (!tokens)
    return tokens.error();
  task result;
  result.origin = "mcp";
  result.traceparent = call.traceparent;
  result.budget.tokens = static_cast<uint64_t>(tokens->value_or(0));
  if (const auto* usd = call.arguments.if_contains("budget_usd")) {
    json::error_code bad;
    if (usd->is_number())
      result.budget.usd = usd->to_number<double>(bad);
    if (bad || !(result.budget.usd > 0 && result.budget.usd < 1e6))
      return make_error(ec::bad_input, "budget_usd: must be a number above 0");
  }
  if (*system)
    result.request.messages.push_back(
      text_message(role::system, std::move(**system)));
  result.request.messages.push_back(
    text_message(role::user, *prompt ? std::move(**prompt) : std::string{}));
  if (*type) {
    result.type = parse_task_type(**type);
    if (!result.type)
      return make_error(ec::bad_input,
                        "type: '" + **type
                          + "' is none of text, code, reasoning, creative, "
                            "image, audio, video");
  }
  if (*model)
    result.model = std::move(**model);
  if (*complexity)
    result.complexity = static_cast<int>(**complexity);
  if (*cap)
    result.request.max_output = static_cast<uint32_t>(**cap);
  return result;
}

caf::expected<std::vector<std::string>> mcp_media(const mcp_call& call) {
  std::vector<std::string> result;
  const auto* x = call.arguments.if_contains("media");
  if (x == nullptr || x->is_null())
    return result;
  auto wrong = make_error(ec::bad_input, "media: must be an array of at most "
                                           + std::to_string(max_media)
                                           + " paths and URLs");
  if (!x->is_array() || x->get_array().size() > max_media)
    return wrong;
  for (const auto& each : x->get_array()) {
    if (!each.is_string() || each.get_string().empty())
      return wrong;
    result.emplace_back(each.get_string());
  }
  return result;
}

caf::expected<input_wish> mcp_input(const mcp_call& call) {
  input_wish result;
  if (const auto* x = call.arguments.if_contains("files"); x && !x->is_null()) {
    const auto* list = x->if_array();
    if (list == nullptr || list->size() > max_files
        || !std::all_of(list->begin(), list->end(), [](const auto& y) {
             return y.is_string() && !y.get_string().empty();
           }))
      return make_error(ec::bad_input, "files: must be an array of at most "
                                         + std::to_string(max_files)
                                         + " paths and patterns");
    for (const auto& y : *list)
      result.files.emplace_back(y.get_string());
  }
  auto diff = text_argument(call, "diff");
  if (!diff)
    return diff.error();
  result.diff = std::move(*diff);
  return result;
}

caf::expected<mcp_job_wish> mcp_job(const mcp_call& call) {
  mcp_job_wish result;
  auto thread = text_argument(call, "thread");
  if (!thread)
    return thread.error();
  result.thread = thread->value_or("");
  if (result.thread.size() > 200)
    return make_error(ec::bad_input, "thread: longer than 200 bytes");
  auto priority = number_argument(call, "priority", 1, 10);
  if (!priority)
    return priority.error();
  result.priority = static_cast<int>(priority->value_or(5));
  if (const auto* x = call.arguments.if_contains("background");
      x && !x->is_null()) {
    if (!x->is_bool())
      return make_error(ec::bad_input, "background: must be true or false");
    result.background = x->get_bool();
  }
  return result;
}

std::vector<std::string> folders_of_roots(const json::value& answer) {
  std::vector<std::string> result;
  boost::system::error_code bad;
  const auto* roots = answer.find_pointer("/roots", bad);
  if (roots == nullptr || !roots->is_array())
    return result;
  for (const auto& each : roots->get_array())
    if (each.is_object())
      if (auto path = path_of_file_uri(text_field(each.get_object(), "uri")))
        result.push_back(std::move(*path));
  return result;
}

caf::expected<mcp_verdict> mcp_verdict_of(const mcp_call& call) {
  auto id = text_argument(call, "id");
  if (!id)
    return id.error();
  auto verdict = text_argument(call, "verdict");
  if (!verdict)
    return verdict.error();
  if (!*id || (*id)->empty())
    return make_error(ec::bad_input, "id: is missing");
  if (*verdict != "good" && *verdict != "bad")
    return make_error(ec::bad_input, "verdict: must be good or bad");
  return mcp_verdict{std::move(**id), *verdict == "good"};
}

std::string mcp_skill(const mcp_call& call) {
  const auto* x = call.arguments.if_contains("skill");
  return x && x->is_string() ? std::string{x->get_string()} : "";
}

} // namespace smart_agents
