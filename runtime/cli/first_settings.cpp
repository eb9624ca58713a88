#include "runtime/cli/first_settings.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

std::string quoted(const std::string& x) {
  return json::serialize(json::value(x));
}

/// The members of one provider, a comment or an option a line.
class provider_text {
public:
  void comment(const std::string& text) {
    lines_.push_back("// " + text);
  }

  void option(const std::string& key, const std::string& value) {
    lines_.push_back(quoted(key) + ": " + value + ",");
  }

  std::string under(const std::string& name) const {
    auto result = "    " + quoted(name) + ": {\n";
    for (const auto& x : lines_)
      result += "      " + x + "\n";
    return result + "    },\n";
  }

private:
  std::vector<std::string> lines_;
};

void add_limits(provider_text& out, const provider_limits& x) {
  if (x.requests_per_day == 0 && x.requests_per_month == 0)
    return;
  out.comment("Bind ask, skills and jobs. Gateway traffic is counted and warned"
              " about;");
  out.comment("\"gateway\": \"block\" stops it too.");
  auto text =
    "{\"requests_per_day\": " + std::to_string(x.requests_per_day)
    + ", \"requests_per_month\": " + std::to_string(x.requests_per_month)
    + ", \"gateway\": \"warn\"}";
  out.option("limits", text);
}

std::string cloud_provider(const provider_settings& p) {
  provider_text out;
  out.comment("Its key is read from " + p.key_env + ".");
  out.option("model", quoted(p.model));
  out.comment("For the hardest tasks.");
  out.option("strong_model", quoted(p.strong_model));
  add_limits(out, p.limits);
  return out.under(p.name);
}

std::string ollama(const provider_settings& p,
                   const std::vector<std::string>& models) {
  provider_text out;
  out.option("base_url", quoted(p.base_url));
  auto has = std::find(models.begin(), models.end(), p.model) != models.end();
  if (models.empty())
    out.comment("It has no model yet: ollama pull " + p.model);
  // The largest would be slow for the many small tasks, and is there for the
  // hard ones.
  const auto& small = has || models.empty() ? p.model : models.back();
  const auto& large = models.empty() ? p.model : models.front();
  out.option("model", quoted(small));
  out.option("strong_model", quoted(large));
  if (models.size() > 1) {
    std::string names;
    for (const auto& x : models)
      names += (names.empty() ? "" : ", ") + x;
    out.comment("Here are: " + names);
  }
  return out.under(p.name);
}

/// What a provider that is not here would need.
std::string missing(const std::string& name) {
  auto p = default_provider(name);
  return "    // " + quoted(name) + ": "
         + (p.key_env.empty()
              ? "nothing answers at " + p.base_url + "; start Ollama."
              : "comes by itself when " + p.key_env + " is set.")
         + "\n";
}

} // namespace

std::string first_settings(const machine& x) {
  auto text = "// Smart Agents on this machine, written by `smart-agents init` "
              "on "
              + x.today
              + ".\n"
                "// Yours to edit. Check it: smart-agents config check\n"
                "// Every option with its default: smart-agents config "
                "example\n"
                "{\n  \"providers\": {\n";
  for (const auto& name : known_providers()) {
    const auto& all = x.found.providers;
    auto p = std::find_if(all.begin(), all.end(),
                          [&](auto& entry) { return entry.name == name; });
    if (p == all.end() || (p->local && !x.ollama_models))
      text += missing(name);
    else if (p->local)
      text += ollama(*p, *x.ollama_models);
    else
      text += cloud_provider(*p);
  }
  return text + "  },\n}\n";
}

std::vector<std::string> models_of_ollama(std::string_view body) {
  json::error_code error;
  auto parsed = json::parse({body.data(), body.size()}, error);
  const auto* object = error ? nullptr : parsed.if_object();
  const auto* field =
    object == nullptr ? nullptr : object->if_contains("models");
  const auto* list = field == nullptr ? nullptr : field->if_array();
  if (list == nullptr)
    return {};
  std::vector<std::pair<int64_t, std::string>> sized;
  for (const auto& one : *list) {
    const auto* entry = one.if_object();
    const auto* name = entry == nullptr ? nullptr : entry->if_contains("name");
    if (name == nullptr || !name->is_string())
      continue;
    std::string text{name->get_string()};
    if (text.find("embed") != std::string::npos)
      continue;
    const auto* size = entry->if_contains("size");
    auto bytes = size != nullptr && size->is_int64() ? size->get_int64() : 0;
    sized.emplace_back(bytes, std::move(text));
  }
  std::stable_sort(sized.begin(), sized.end(),
                   [](auto& a, auto& b) { return a.first > b.first; });
  std::vector<std::string> result;
  result.reserve(sized.size());
  for (auto& entry : sized)
    result.push_back(std::move(entry.second));
  return result;
}

} // namespace smart_agents::cli
