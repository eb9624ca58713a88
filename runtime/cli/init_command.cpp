#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/fetch.hpp"
#include "runtime/cli/files.hpp"
#include "runtime/cli/first_settings.hpp"
#include "runtime/cli/import_settings.hpp"

#include <boost/json/array.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace smart_agents::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

std::string own_path() {
  std::error_code error;
  auto path = fs::read_symlink("/proc/self/exe", error);
  return error ? "smart-agents" : path.string();
}

std::string today() {
  auto now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

/// Asks the Ollama of the settings which models it has.
std::optional<std::vector<std::string>> ask_ollama(const settings& config) {
  auto p = std::find_if(config.providers.begin(), config.providers.end(),
                        [](auto& x) { return x.format == "ollama"; });
  if (p == config.providers.end() || !accepts_connections(p->base_url, 500ms))
    return std::nullopt;
  auto to = url::parse(p->base_url + "/api/tags");
  if (!to)
    return std::nullopt;
  http_request request;
  request.method = "GET";
  request.to = *to;
  fetcher net;
  std::vector<http_request> requests;
  requests.push_back(std::move(request));
  auto answers = net.get_all(std::move(requests), 5s);
  if (answers.empty() || answers[0].failed || answers[0].head.status != 200)
    return std::nullopt;
  return models_of_ollama(answers[0].body);
}

/// A name beside `path` that is still free.
fs::path backup_of(const fs::path& path) {
  auto result = path;
  result += ".bak";
  std::error_code ignored;
  for (int i = 2; fs::exists(result, ignored); ++i) {
    result = path;
    result += ".bak" + std::to_string(i);
  }
  return result;
}

/// Runs a command with its output on stderr. Its exit code, or -1 when it
/// cannot be started.
int run_program(std::vector<std::string> words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& x : words)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = -1;
  auto error =
    posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// For the user to copy into a shell.
std::string in_shell(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& x : words) {
    auto plain =
      x.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
                          "QRSTUVWXYZ0123456789-_./=")
      == std::string::npos;
    auto text = x;
    if (!plain) {
      text = "'";
      for (char c : x)
        text += c == '\'' ? std::string{"'\\''"} : std::string{c};
      text += "'";
    }
    result += (result.empty() ? "" : " ") + text;
  }
  return result;
}

/// Puts the file in its place, an earlier one aside; `backup` says where.
caf::error place(const fs::path& path, const std::string& text, bool replace,
                 std::string& backup) {
  std::error_code error;
  if (!path.parent_path().empty())
    fs::create_directories(path.parent_path(), error);
  if (error)
    return make_error(ec::bad_config, "cannot make the folder "
                                        + path.parent_path().string() + ": "
                                        + error.message());
  if (fs::exists(fs::symlink_status(path, error))) {
    if (!replace)
      return make_error(ec::bad_config,
                        path.string()
                          + " is there already and was left as it is. To write "
                            "a new one and keep this as a backup: "
                            "smart-agents init --replace");
    auto aside = backup_of(path);
    if (rename(path.c_str(), aside.c_str()) != 0)
      return cannot("set aside", path);
    backup = aside.string();
  }
  return write_file(path, text);
}

/// Writes keys that stood in another program's configuration where only their
/// owner reads them. One that is there already is left as it is.
caf::error place_keys(const fs::path& config, const imported& what) {
  for (const auto& [name, key] : what.keys) {
    auto path = config.parent_path() / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error)
      return make_error(ec::bad_config, "cannot make the folder "
                                          + path.parent_path().string() + ": "
                                          + error.message());
    fs::permissions(path.parent_path(), fs::perms::owner_all, error);
    if (!fs::exists(path, error))
      if (auto bad = write_file(path, key + "\n"))
        return bad;
  }
  return {};
}

/// `init --import`: what is written is checked as any configuration is, once
/// it is there, because its keys are files beside it.
int run_import(session& in, const fs::path& path) {
  const auto& args = in.args();
  std::ostringstream text;
  text << std::ifstream{args.import_from}.rdbuf();
  auto taken = import_settings(text.str(), today());
  if (!taken)
    return in.give_up(make_error(ec::bad_input, args.import_from + ": "
                                                  + render(taken.error())));
  std::string backup;
  if (auto error = place(path, taken->text, args.replace, backup))
    return in.give_up(error);
  if (auto error = place_keys(path, *taken))
    return in.give_up(error);
  settings_source source;
  auto loaded = load_settings(path.string(), process_environment(), source);
  auto trouble = loaded ? std::string{} : render(loaded.error());
  auto exit = loaded ? done : failed;
  if (args.json) {
    json::array notes;
    for (const auto& x : taken->notes)
      notes.emplace_back(x);
    json::array keys;
    for (const auto& [name, key] : taken->keys)
      keys.emplace_back(name);
    auto printed = session::print(json::object{{"path", path.string()},
                                               {"backup", backup},
                                               {"from", taken->from},
                                               {"key_files", std::move(keys)},
                                               {"notes", std::move(notes)},
                                               {"trouble", trouble}});
    return printed == done ? exit : printed;
  }
  const auto look = in.out_style();
  auto said = look.green("written") + ": " + path.string()
              + ", taken over from " + taken->from + "\n";
  if (!backup.empty())
    said += "the earlier one: " + backup + "\n";
  for (const auto& [name, key] : taken->keys)
    said +=
      "a key that stood in it: " + (path.parent_path() / name).string() + "\n";
  for (const auto& x : taken->notes)
    said += look.yellow("note") + "  " + for_terminal(x) + "\n";
  for (const auto& x : source.warnings)
    said += look.yellow("note") + "  " + for_terminal(x) + "\n";
  if (!loaded)
    said += look.red("not ready") + ": " + for_terminal(trouble) + "\n";
  said += "\nNext:\n  "
          + in_shell({own_path(), "--config", path.string(), "doctor"}) + "\n";
  auto printed = session::print(said);
  return printed == done ? exit : printed;
}

} // namespace

int run_init(session& in) {
  const auto& args = in.args();
  auto env = process_environment();
  settings_source ignored;
  machine here;
  // What another file says does not matter: this one is to replace it.
  auto found = parse_settings("{}", "environment", env, ignored);
  if (!found)
    return in.give_up(found.error());
  here.found = std::move(*found);
  here.ollama_models = ask_ollama(here.found);
  here.today = today();
  auto path = args.config.empty() ? user_settings_path(env) : args.config;
  if (path.empty()) {
    in.complain("no place for the configuration: set HOME or XDG_CONFIG_HOME, "
                "or name one with --config FILE");
    return wrong_usage;
  }
  if (!args.import_from.empty())
    return run_import(in, path);
  auto text = first_settings(here);
  // It is written only when the program itself would read it.
  if (auto read_back = parse_settings(text, path, env, ignored); !read_back)
    return in.give_up(read_back.error());
  std::string backup;
  if (auto error = place(path, text, args.replace, backup))
    return in.give_up(error);

  auto ready = has_provider(here.found);
  const std::vector<std::string> add{"claude",  "mcp",      "add",
                                     "--scope", "user",     "smart-agents",
                                     "--",      own_path(), "mcp"};
  auto exit = done;
  if (args.with_claude && run_program(add) != 0) {
    in.complain("`claude` did not take the server. Run it yourself: "
                + in_shell(add));
    exit = failed;
  }
  json::array names;
  std::string listed;
  for (const auto& p : here.found.providers)
    if (!p.local || here.ollama_models) {
      names.emplace_back(p.name);
      listed += (listed.empty() ? "" : ", ") + p.name;
    }
  if (args.json) {
    auto printed = session::print(json::object{{"path", path},
                                               {"backup", backup},
                                               {"providers", std::move(names)},
                                               {"claude", in_shell(add)}});
    return printed == done ? exit : printed;
  }
  const auto look = in.out_style();
  auto said = look.green("written") + ": " + path + "\n";
  if (!backup.empty())
    said += "the earlier one: " + backup + "\n";
  said +=
    "providers: " + (listed.empty() ? look.yellow("none") : listed) + "\n";
  if (!ready)
    said += "\n" + no_provider_remedy() + "\n";
  // By the whole path: the program need not be on the PATH yet.
  said += "\nNext:\n";
  if (ready)
    said += "  " + in_shell({own_path(), "doctor"}) + "\n  "
            + in_shell({own_path(), "ask", "What is 2+2?"}) + "\n";
  if (!args.with_claude)
    said += "  " + in_shell(add) + "\n";
  auto printed = session::print(said);
  return printed == done ? exit : printed;
}

} // namespace smart_agents::cli
