#include "adapters/answer_shape.hpp"
#include "adapters/catalogue.hpp"
#include "adapters/ledger_store.hpp"
#include "adapters/provider_codec.hpp"
#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/fetch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// One thing that was looked at.
struct finding {
  enum class state { good, note, bad };
  std::string what;
  state how = state::good;
  std::string text;
};

const char* name_of(finding::state x) {
  switch (x) {
  case finding::state::good: return "ok";
  case finding::state::note: return "note";
  case finding::state::bad: return "bad";
  }
  return "bad";
}

/// Looks at everything, in the order in which things depend on each other.
class examination {
public:
  /// `live` asks every provider a tiny question.
  examination(const settings& config, bool live)
    : config_{config}, live_{live} {}

  void run(const settings_source& source) {
    for (const auto& x : source.warnings)
      add("configuration", finding::state::note, x);
    if (source.warnings.empty())
      add("configuration", finding::state::good,
          source.path.empty() ? "the environment alone" : source.path);
    look_at_catalogue();
    look_at_ledger();
    look_at_port("gateway port", config_.listen_host, config_.listen_port);
    look_at_port("status port", config_.control_host, config_.control_port);
    look_at_providers();
  }

  const std::vector<finding>& findings() const {
    return findings_;
  }

  bool any_provider() const {
    return usable_ > 0;
  }

private:
  void add(const std::string& what, finding::state how,
           const std::string& text) {
    findings_.push_back({what, how, redact(text)});
  }

  void look_at_catalogue() {
    const auto& all = catalogue::built_in();
    add("catalogue", finding::state::good,
        std::to_string(all.models().size()) + " models, as of " + all.date());
    for (const auto& p : config_.providers)
      for (const auto& model : {p.model, p.strong_model}) {
        if (!all.find(p.vendor, model).known)
          add("catalogue", finding::state::note,
              p.name + "/" + model + " is not in it: its costs count as zero");
        if (p.model == p.strong_model)
          break;
      }
  }

  void look_at_ledger() {
    auto opened = open_sqlite_ledger(config_.database);
    if (!opened)
      add("ledger", finding::state::bad, render(opened.error()));
    else if (!opened->note.empty())
      add("ledger", finding::state::note, opened->note);
    else
      add("ledger", finding::state::good, config_.database);
  }

  void look_at_port(const char* what, const std::string& host, uint16_t port) {
    if (port == 0)
      return;
    auto v6 = host.find(':') != std::string::npos;
    auto place = (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    if (accepts_connections("http://" + place, 200ms))
      add(what, finding::state::note,
          place + " is in use, perhaps by a running `smart-agents serve`");
    else
      add(what, finding::state::good, place + " is free");
  }

  void look_at_providers() {
    std::vector<const provider_settings*> asked;
    std::vector<http_request> requests;
    for (const auto& p : config_.providers) {
      if (!p.command.empty()) {
        look_for_command(p);
        continue;
      }
      auto codec = make_codec(p.format);
      auto probe =
        codec == nullptr
          ? caf::expected<http_request>{make_error(
            ec::bad_config, "unknown format " + p.format)}
          : codec->probe({p.base_url, p.key, p.extra_headers, p.quirks});
      if (!probe) {
        add(p.name, finding::state::bad, render(probe.error()));
        continue;
      }
      asked.push_back(&p);
      requests.push_back(std::move(*probe));
    }
    fetcher net;
    if (!net.trouble().empty()) {
      add("network", finding::state::bad, net.trouble());
      return;
    }
    auto answers = net.get_all(std::move(requests));
    for (size_t i = 0; i < asked.size(); ++i)
      judge(*asked[i], answers[i]);
    look_for_models(net);
    if (live_)
      look_at_answers(net);
  }

  /// A command-line client is asked nothing: that could use its plan.
  void look_for_command(const provider_settings& p) {
    const auto& program = p.command.front();
    auto there = program.find('/') != std::string::npos
                   ? access(program.c_str(), X_OK) == 0
                   : is_on_path(program);
    if (!there) {
      add(p.name, finding::state::bad,
          program
            + " is not there, or cannot be run; install it, or name it "
              "with its folder");
      return;
    }
    ++usable_;
    add(p.name, finding::state::good,
        program + " can be run (whether it is logged in is not checked)");
  }

  static bool is_on_path(const std::string& program) {
    std::istringstream folders{process_environment()("PATH").value_or("")};
    for (std::string folder; std::getline(folders, folder, ':');)
      if (access((folder + "/" + program).c_str(), X_OK) == 0)
        return true;
    return false;
  }

  void judge(const provider_settings& p, const fetched& got) {
    if (got.failed) {
      // Ollama that nobody asked for is no fault when it is not there.
      add(p.name, p.assumed ? finding::state::note : finding::state::bad,
          got.failed->message
            + (p.local ? "; is it running? (ollama serve)" : ""));
      return;
    }
    if (got.head.status / 100 != 2) {
      auto why = make_codec(p.format)->classify(got.head, got.body);
      add(p.name, finding::state::bad,
          to_string(why.what) + ": " + why.message);
      return;
    }
    ++usable_;
    answering_.push_back(&p);
    add(p.name, finding::state::good,
        p.simulated     ? "the simulator answers"
        : p.key.empty() ? p.base_url + " answers"
                        : p.base_url
                            + " answers and takes the key (credit is not "
                              "checked)");
  }

  /// Sends one tiny request to each provider that answers, and compares what
  /// comes back with what its codec expects.
  void look_at_answers(fetcher& net) {
    std::vector<const provider_settings*> asked;
    std::vector<http_request> requests;
    for (const auto* p : answering_) {
      auto codec = make_codec(p->format, p->quirks);
      auto request =
        codec->encode(tiny_request(p->model),
                      {p->base_url, p->key, p->extra_headers, p->quirks});
      if (!request) {
        add(p->name + " live", finding::state::bad, render(request.error()));
        continue;
      }
      asked.push_back(p);
      requests.push_back(std::move(*request));
    }
    // A model may have to be loaded first.
    auto answers = net.get_all(std::move(requests), 120s);
    for (size_t i = 0; i < asked.size(); ++i)
      judge_answer(*asked[i], answers[i]);
  }

  void judge_answer(const provider_settings& p, const fetched& got) {
    auto what = p.name + " live";
    auto codec = make_codec(p.format, p.quirks);
    if (got.failed)
      return add(what, finding::state::bad, got.failed->message);
    if (got.head.status / 100 != 2) {
      auto why = codec->classify(got.head, got.body);
      return add(what, finding::state::bad,
                 to_string(why.what) + ": " + why.message);
    }
    auto x = shape_of(*codec, got.body);
    auto list = [](const std::vector<std::string>& names) {
      std::string result;
      for (const auto& name : names)
        result.append(result.empty() ? "" : ", ").append(name);
      return result;
    };
    if (!x.broken.empty())
      add(what, finding::state::bad,
          "its answer is no " + p.format + ": " + x.broken);
    else if (!x.missing.empty())
      add(what, finding::state::bad,
          "its answer lacks what the format " + p.format
            + " has: " + list(x.missing));
    else
      add(what, finding::state::good, x.summary);
    if (!x.unknown.empty())
      add(what, finding::state::note,
          "its answer has fields that are new to us: " + list(x.unknown));
  }

  /// Asks Ollama servers whether their models were pulled.
  void look_for_models(fetcher& net) {
    std::vector<const provider_settings*> asked;
    std::vector<http_request> requests;
    for (const auto& p : config_.providers) {
      auto to = url::parse(p.base_url + "/api/tags");
      if (p.format != "ollama" || p.simulated || !to)
        continue;
      http_request request;
      request.method = "GET";
      request.to = *to;
      request.headers = p.extra_headers;
      asked.push_back(&p);
      requests.push_back(std::move(request));
    }
    auto answers = net.get_all(std::move(requests));
    for (size_t i = 0; i < answers.size(); ++i)
      if (!answers[i].failed && answers[i].head.status == 200)
        judge_models(*asked[i], answers[i]);
  }

  void judge_models(const provider_settings& p, const fetched& got) {
    const auto& body = got.body;
    if (find_header(got.head.headers, "x-simulated-models") == "any")
      return add(p.name, finding::state::note,
                 "is a simulator, which answers for any model");
    json::error_code error;
    auto parsed = json::parse(body, error);
    const auto* object = error ? nullptr : parsed.if_object();
    const auto* field =
      object == nullptr ? nullptr : object->if_contains("models");
    const auto* models = field == nullptr ? nullptr : field->if_array();
    if (models == nullptr)
      return;
    auto has = [models](const std::string& wanted) {
      return std::any_of(models->begin(), models->end(), [&](auto& x) {
        const auto* entry = x.if_object();
        const auto* name =
          entry == nullptr ? nullptr : entry->if_contains("name");
        return name != nullptr && name->is_string()
               && (name->get_string() == wanted
                   || name->get_string() == wanted + ":latest");
      });
    };
    for (const auto& model : {p.model, p.strong_model}) {
      if (!has(model))
        add(p.name, finding::state::bad,
            "the model " + model + " is not there: ollama pull " + model);
      if (p.model == p.strong_model)
        break;
    }
  }

  const settings& config_;
  bool live_;
  /// Providers whose probe went well.
  std::vector<const provider_settings*> answering_;
  std::vector<finding> findings_;
  size_t usable_ = 0;
};

} // namespace

int run_doctor(session& in) {
  auto config = in.load();
  if (!config)
    return wrong_usage;
  examination all{*config, in.args().live};
  all.run(in.source());
  auto bad = std::any_of(all.findings().begin(), all.findings().end(),
                         [](auto& x) { return x.how == finding::state::bad; });
  auto exit = !all.any_provider() ? nobody_answered : bad ? failed : done;
  if (in.args().json) {
    json::array list;
    for (const auto& x : all.findings())
      list.emplace_back(json::object{
        {"what", x.what}, {"state", name_of(x.how)}, {"text", x.text}});
    session::print(
      json::object{{"ok", exit == done}, {"findings", std::move(list)}});
    return exit;
  }
  const auto look = in.out_style();
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : all.findings()) {
    std::string state = name_of(x.how);
    rows.push_back({x.what,
                    x.how == finding::state::good   ? look.green(state)
                    : x.how == finding::state::note ? look.yellow(state)
                                                    : look.red(state),
                    for_terminal(x.text)});
  }
  auto text = table({"WHAT", "STATE", ""}, rows);
  if (!all.any_provider())
    text += "\nNo provider can answer.\n";
  auto printed = session::print(text);
  return printed == done ? exit : printed;
}

} // namespace smart_agents::cli
