#include "actors/front/mcp_resources.hpp"

#include "adapters/catalogue.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// Model names may stand twice, under two vendors.
std::vector<std::string> model_names(std::string_view prefix) {
  std::vector<std::string> result;
  for (const auto& x : catalogue::built_in().models())
    if (x.name.starts_with(prefix))
      result.push_back(x.name);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

json::object to_json(const price& x) {
  return {{"input", x.input},
          {"output", x.output},
          {"cache_read", x.cache_read},
          {"cache_write", x.cache_write}};
}

json::object to_json(const model_info& x) {
  json::object result{{"vendor", x.vendor},
                      {"name", x.name},
                      {"usd_per_million_tokens", to_json(x.base)}};
  json::array tiers;
  for (const auto& tier : x.tiers)
    tiers.push_back(
      json::object{{"above_input_tokens", tier.above_input},
                   {"usd_per_million_tokens", to_json(tier.cost)}});
  if (!tiers.empty())
    result["tiers"] = std::move(tiers);
  if (x.context > 0)
    result["context_tokens"] = x.context;
  if (x.max_output > 0)
    result["max_output_tokens"] = x.max_output;
  json::array can;
  for (auto [has, what] :
       {std::pair{x.vision, "vision"}, std::pair{x.audio, "audio"},
        std::pair{x.video, "video"}, std::pair{x.tools, "tools"},
        std::pair{x.reasoning, "reasoning"}})
    if (has)
      can.emplace_back(what);
  result["capabilities"] = std::move(can);
  return result;
}

} // namespace

std::vector<mcp_resource> mcp_resources() {
  return {
    {mcp_uri::providers, "providers", "Providers",
     "Health of every provider: circuit, calls in hand, answers and failures "
     "since the start."},
    {mcp_uri::quotas, "quotas", "Quotas",
     "Every limit: used, held for running calls, when it resets."},
    {mcp_uri::usage, "usage", "Today's usage",
     "Requests, tokens, cost and savings of today (UTC), by provider."},
    {mcp_uri::models, "models", "Model catalogue",
     "Known models with prices, context windows and capabilities."},
    {mcp_uri::configuration, "configuration", "Configuration",
     "What is in force, secrets left out."},
  };
}

std::vector<mcp_template> mcp_templates() {
  return {{mcp_uri::model, "name", "model", "One model",
           "Prices, context window and capabilities of a model.", model_names},
          {mcp_uri::job, "id", "job", "One background job",
           "How it stands, its parts with model, state, time and cost, and its "
           "result.",
           nullptr},
          {mcp_uri::answer, "id", "answer", "A long answer",
           "The whole of an answer that was too long for the conversation.",
           nullptr, "", "text/plain"}};
}

std::vector<mcp_prompt> mcp_prompts(const std::vector<skill_ptr>& skills) {
  std::vector<mcp_prompt> result;
  result.reserve(skills.size());
  for (const auto& x : skills)
    result.push_back(
      {x->name,
       "Run " + x->name,
       x->description,
       {{"input", "What to work on. Left out: what the conversation is "
                  "about."}},
       [name = x->name](std::string_view input) {
         auto ask =
           "Call the tool `orchestrate` of the MCP server smart-agents "
           "with skill `"
           + name + "` ";
         if (input.empty())
           return ask
                  + "and, as input, the code that this conversation is about. "
                    "Then tell me what it found.";
         return ask + "and this input, then tell me what it found:\n\n"
                + std::string{input};
       }});
  return result;
}

std::string model_resource(std::string_view uri) {
  const auto& all = catalogue::built_in();
  json::array models;
  if (uri == mcp_uri::models) {
    for (const auto& x : all.models())
      models.push_back(to_json(x));
  } else if (uri.starts_with(mcp_uri::model)) {
    uri.remove_prefix(std::string_view{mcp_uri::model}.size());
    for (const auto& x : all.models())
      if (x.name == uri)
        models.push_back(to_json(x));
  }
  if (models.empty())
    return {};
  return json::serialize(
    json::object{{"as_of", all.date()}, {"models", std::move(models)}});
}

} // namespace smart_agents
