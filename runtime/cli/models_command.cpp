#include "adapters/catalogue.hpp"
#include "adapters/provider_codec.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/fetch.hpp"
#include "runtime/cli/files.hpp"
#include "runtime/cli/model_lists.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

/// What providers said they have, and when.
struct refreshed {
  std::string date;
  std::map<std::string, std::vector<listed_model>> by_provider;
};

/// Beside the ledger, so that the simulator's are kept apart from real ones.
std::string file_of(const settings& config) {
  return config.database + ".models.json";
}

refreshed read(const settings& config) {
  refreshed result;
  std::ostringstream text;
  text << std::ifstream{file_of(config)}.rdbuf();
  json::error_code bad;
  auto parsed = json::parse(text.str(), bad);
  const auto* file = bad ? nullptr : parsed.if_object();
  if (file == nullptr)
    return result;
  if (const auto* date = file->if_contains("date"); date && date->is_string())
    result.date = std::string{date->get_string()};
  if (const auto* all = file->if_contains("providers"); all && all->is_object())
    for (const auto& x : all->get_object())
      result.by_provider[std::string{x.key()}] =
        read_model_list(json::serialize(x.value()));
  return result;
}

caf::error write(const settings& config, const refreshed& what) {
  json::object providers;
  for (const auto& [name, list] : what.by_provider) {
    json::array models;
    for (const auto& x : list)
      models.emplace_back(
        json::object{{"id", x.name}, {"context_length", x.context}});
    providers[name] = json::object{{"data", std::move(models)}};
  }
  return write_file(file_of(config),
                    json::serialize(json::object{
                      {"date", what.date}, {"providers", std::move(providers)}})
                      + "\n");
}

/// The request for a provider's own list.
caf::expected<http_request> list_request(const provider_settings& p) {
  auto codec = make_codec(p.format);
  if (codec == nullptr)
    return make_error(ec::bad_config, "unknown format " + p.format);
  auto request = codec->probe({p.base_url, p.key, p.extra_headers, p.quirks});
  if (!request)
    return request;
  // The probe asks for as little as there is.
  auto& target = request->to.target;
  auto replace = [&target](std::string_view from, std::string_view to) {
    if (auto at = target.find(from); at != std::string::npos)
      target.replace(at, from.size(), to);
  };
  replace("pageSize=1", "pageSize=1000");
  replace("limit=1", "limit=1000");
  replace("/api/version", "/api/tags");
  return request;
}

/// Asks every provider. Who does not answer keeps what it said before; the
/// reasons go to `troubles`.
void refresh(const settings& config, refreshed& known,
             std::vector<std::string>& troubles) {
  std::vector<const provider_settings*> asked;
  std::vector<http_request> requests;
  for (const auto& p : config.providers) {
    auto request = list_request(p);
    if (!request) {
      troubles.push_back(p.name + ": " + render(request.error()));
      continue;
    }
    asked.push_back(&p);
    requests.push_back(std::move(*request));
  }
  fetcher net;
  if (!net.trouble().empty())
    return troubles.push_back(net.trouble());
  auto answers = net.get_all(std::move(requests));
  for (size_t i = 0; i < answers.size(); ++i) {
    const auto& got = answers[i];
    const auto& name = asked[i]->name;
    if (got.failed)
      troubles.push_back(name + ": " + got.failed->message);
    else if (got.head.status / 100 != 2)
      troubles.push_back(
        name + ": "
        + make_codec(asked[i]->format)->classify(got.head, got.body).message);
    else
      known.by_provider[name] = read_model_list(got.body);
  }
  known.date = utc(std::chrono::system_clock::now()).substr(0, 10);
}

/// One line of the list.
struct line {
  const provider_settings* of = nullptr;
  model_info what;
  bool listed = false;
  bool chosen = false;
};

std::vector<line> merge(const settings& config, const refreshed& known) {
  const auto& all = catalogue::built_in();
  std::vector<line> result;
  for (const auto& p : config.providers) {
    std::map<std::string, line> mine;
    auto at = [&](const std::string& name) -> line& {
      auto [place, fresh] = mine.try_emplace(name);
      if (fresh) {
        place->second.of = &p;
        place->second.what = all.find(p.vendor, name);
        place->second.what.name = name;
      }
      return place->second;
    };
    auto said = known.by_provider.find(p.name);
    auto asked = said != known.by_provider.end();
    if (!asked)
      for (const auto& x : all.models())
        if (!p.vendor.empty() && x.vendor == p.vendor)
          at(x.name);
    if (asked)
      for (const auto& x : said->second) {
        auto& one = at(x.name);
        one.listed = true;
        if (one.what.context == 0)
          one.what.context = x.context;
      }
    for (const auto& name : {p.model, p.strong_model})
      if (!name.empty())
        at(name).chosen = true;
    for (auto& [name, x] : mine)
      result.push_back(std::move(x));
  }
  return result;
}

std::string dollars(const line& x, double price) {
  return x.what.known ? money(price) : "unknown";
}

json::object to_json(const line& x) {
  json::object result{{"provider", x.of->name},
                      {"model", x.what.name},
                      {"in_catalogue", x.what.known},
                      {"listed_by_provider", x.listed},
                      {"chosen", x.chosen}};
  if (x.what.known) {
    result["input_usd_per_mtok"] = x.what.base.input;
    result["output_usd_per_mtok"] = x.what.base.output;
  }
  if (x.what.context > 0)
    result["context"] = x.what.context;
  return result;
}

} // namespace

int run_models(session& in) {
  auto config = in.load();
  if (!config)
    return wrong_usage;
  auto known = read(*config);
  std::vector<std::string> troubles;
  if (in.args().refresh) {
    refresh(*config, known, troubles);
    if (auto bad = write(*config, known))
      troubles.push_back(render(bad));
  }
  auto lines = merge(*config, known);
  const auto& date = catalogue::built_in().date();
  // One that nobody could be asked is no list.
  auto exit = in.args().refresh && known.by_provider.empty() ? failed : done;
  if (in.args().json) {
    json::array models;
    for (const auto& x : lines)
      models.emplace_back(to_json(x));
    json::array said;
    for (const auto& x : troubles)
      said.emplace_back(redact(x));
    auto printed = session::print(json::object{{"catalogue_date", date},
                                               {"refreshed", known.date},
                                               {"models", std::move(models)},
                                               {"troubles", std::move(said)}});
    return printed == done ? exit : printed;
  }
  std::vector<std::vector<std::string>> rows;
  rows.reserve(lines.size());
  for (const auto& x : lines)
    rows.push_back({x.of->name, for_terminal(x.what.name),
                    dollars(x, x.what.base.input),
                    dollars(x, x.what.base.output),
                    x.what.context > 0 ? std::to_string(x.what.context) : "-",
                    x.listed ? "yes" : "-", x.chosen ? "yes" : "-"});
  auto text = table(
    {"PROVIDER", "MODEL", "IN $/M", "OUT $/M", "CONTEXT", "LISTED", "CHOSEN"},
    rows);
  text += "\nPrices are of " + date + "; providers were "
          + (known.date.empty() ? "not asked yet: smart-agents models --refresh"
                                : "asked on " + known.date)
          + ".\n";
  auto unknown = std::count_if(lines.begin(), lines.end(),
                               [](auto& x) { return !x.what.known; });
  if (unknown > 0)
    text += "Models of unknown price can be asked by their exact name; what "
            "they cost counts as nothing.\n";
  for (const auto& x : troubles)
    text += in.out_style().yellow("not refreshed") + "  "
            + for_terminal(redact(x)) + "\n";
  auto printed = session::print(text);
  return printed == done ? exit : printed;
}

} // namespace smart_agents::cli
