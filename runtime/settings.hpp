#pragma once

#include "actors/front/model_names.hpp"
#include "actors/router/route_rules.hpp"
#include "adapters/http_client.hpp"
#include "adapters/log.hpp"
#include "adapters/tls_files.hpp"
#include "messages/dialect.hpp"
#include "messages/route.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Everything that can be configured, as plain structs with defaults. Filled
/// from smart-agents.json and the environment (runtime/settings.cpp); the
/// actors never see a configuration key.

namespace smart_agents {

/// A limit of the user's own, on whatever it names.
struct limit_settings {
  /// Empty names mean any.
  std::string provider;
  std::string model;
  /// One of the provider's credentials.
  std::string credential;
  /// A client's key by name; `team` counts `team/alice` too.
  std::string key;
  /// 0 means none.
  uint64_t requests = 0;
  uint64_t input_tokens = 0;
  uint64_t output_tokens = 0;
  uint64_t total_tokens = 0;
  double usd = 0;
  /// `second`, `minute`, `day`, `week`, `month`, or hours such as `5h`.
  std::string per = "day";
  /// IANA name of the zone in which days, weeks and months end; empty takes the
  /// provider's, or UTC.
  std::string time_zone;
  /// `block`, `warn`, `downgrade`.
  std::string action = "block";
  bool operator==(const limit_settings&) const = default;
};

/// A calendar limit on one provider; 0 means none.
struct provider_limits {
  uint64_t requests_per_day = 0;
  uint64_t requests_per_month = 0;
  uint64_t input_tokens_per_day = 0;
  uint64_t input_tokens_per_month = 0;
  uint64_t output_tokens_per_day = 0;
  uint64_t output_tokens_per_month = 0;
  uint64_t total_tokens_per_day = 0;
  uint64_t total_tokens_per_month = 0;
  /// IANA name of the zone in which days and months end.
  std::string time_zone = "UTC";
  /// What becomes of gateway traffic beyond them: `warn` or `block`. Empty is
  /// `block` where the user set a limit, and `warn` where ours apply.
  std::string gateway;
};

/// One of several keys of a provider: a subscription or account of its own.
struct credential_settings {
  /// For limits, reports and the ledger.
  std::string name;
  /// As in `provider_settings`.
  std::string key_env;
  std::string key_file;
  std::string key;
  bool operator==(const credential_settings&) const = default;
};

/// One provider.
struct provider_settings {
  /// `ollama gemini grok chatgpt claude`, or a name of the user's.
  std::string name;
  /// Wire format (`codec_formats`).
  std::string format;
  std::string base_url;
  /// Name of the environment variable that holds the key; empty for none.
  std::string key_env;
  /// File that holds the key, for those who prefer one; mode 0600.
  std::string key_file;
  /// The key itself, read at start; never printed. With `credentials` the first
  /// one's.
  std::string key;
  /// Several keys, used in turn by which has the most room; instead of the
  /// above.
  std::vector<credential_settings> credentials;
  http_headers extra_headers;
  std::vector<std::string> quirks;
  /// Catalogue vendor, for prices: `anthropic`, `openai`, `xai`, ...
  std::string vendor;
  /// The provider's default model and its strongest one.
  std::string model;
  std::string strong_model;
  /// Others that may be asked for by name; empty allows any.
  std::vector<std::string> models;
  /// Program and arguments of a command-line client that answers instead of a
  /// server; empty for none. The prompt goes to its stdin.
  std::vector<std::string> command;
  /// What the command prints: `text`, or `claude-json`.
  std::string output = "text";
  /// True: a client's own log-in at Anthropic goes along instead of our key.
  bool pass_logins = false;
  /// True for a server on this machine (Ollama): the last resort.
  bool local = false;
  /// Window that Ollama loads models with, in tokens; 0 fits it to the
  /// requests.
  uint64_t num_ctx = 0;
  uint32_t max_concurrent = 16;
  uint32_t max_queue = 256;
  caf::timespan connect_timeout = std::chrono::seconds{10};
  caf::timespan first_byte_timeout = std::chrono::seconds{60};
  caf::timespan idle_timeout = std::chrono::seconds{60};
  /// How long a failing provider rests when it does not say.
  caf::timespan rest = std::chrono::seconds{60};
  /// Failures in a row that open the circuit.
  uint32_t failures_to_open = 3;
  provider_limits limits;
  /// True when it is one of the simulator's.
  bool simulated = false;
  /// True when nobody asked for it: Ollama at its default address, which may
  /// not be there.
  bool assumed = false;
};

/// How tasks are routed.
struct routing_settings {
  /// The user's rules first, then DESIGN's defaults.
  std::vector<route_rule> rules;
  /// `auto` or one of its profiles, for tasks that name no model.
  std::string default_model = "auto";
  /// DEFAULT_TEXT_PROVIDER and its like; empty leaves the rules alone.
  std::map<task_type, std::string> default_providers;
  /// FALLBACK_PROVIDER: the last resort; a local provider when empty.
  std::string fallback_provider;
  /// Whether answers and ratings teach the router.
  bool learn = true;
  /// Models that would cost more for a task are passed over; 0 has no bound.
  double max_cost_usd = 0;
};

/// A client's key of the file. Those of `smart-agents keys` are beside the
/// ledger.
struct key_settings {
  std::string name;
  /// The key's SHA-256, or where the key itself is.
  std::string sha256;
  std::string key_env;
  std::string key_file;
  /// Models that it may ask for, as patterns; empty allows all.
  std::vector<std::string> models;
  /// Such as `5usd/day`.
  std::vector<std::string> limits;
  uint32_t max_concurrent = 0;
  bool operator==(const key_settings&) const = default;
};

/// What clients of the gateway may do, and what they mean.
struct gateway_settings {
  /// `auto`: where others than this machine reach us; `always`; `never`.
  std::string require_keys = "auto";
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
  /// Where MCP clients get the keys that they show, as URLs of OAuth servers.
  std::vector<std::string> authorization_servers;
  /// Models' names that clients use, as patterns, and what they mean.
  std::vector<std::pair<std::string, std::string>> aliases;
  std::vector<model_route> routes;
  /// Goes on with another provider when a streamed text of `auto` breaks.
  bool continue_streams = true;
};

/// Background jobs.
struct job_settings {
  /// At once, in all processes that share the database.
  uint32_t running = 8;
  /// By skill, or `ask`.
  std::map<std::string, uint32_t> per_kind;
  /// For jobs that insist on a provider.
  std::map<std::string, uint32_t> per_provider;
  /// No job starts above these, in percent; 0 never holds them.
  uint32_t max_cpu = 95;
  uint32_t max_memory = 90;
  /// How long results are kept.
  caf::timespan keep = std::chrono::hours{7 * 24};
};

/// Files that clients name as input.
struct input_settings {
  /// Folders that may be read beside the client's own.
  std::vector<std::string> folders;
  /// Of all files of one request together.
  uint64_t max_bytes = 8u << 20;
  /// Of each image, sound, film or document.
  uint64_t max_media_bytes = 20u << 20;
};

/// What the log holds and how it looks.
struct log_settings : log_options {
  /// A line for every call of a provider.
  bool attempts = false;
};

/// How the MCP servers speak with their clients.
struct mcp_settings {
  /// Beyond this a call is put to the user first; 0 asks never.
  double confirm_above_usd = 1;
  /// Longer answers are shortened and linked; 0 shortens none.
  uint64_t max_answer_bytes = 100'000;
};

/// Where traces go.
struct trace_settings {
  /// An OpenTelemetry collector (OTLP/HTTP); empty for none.
  std::string endpoint;
  /// Spans of one message, and how long one waits to fill.
  uint32_t batch = 256;
  caf::timespan every = std::chrono::seconds{5};
  /// Spans that wait; more are dropped and counted.
  uint32_t queue = 4096;
};

/// The whole configuration.
struct settings {
  std::vector<provider_settings> providers;
  routing_settings routing;
  /// Limits beyond those of the providers.
  std::vector<limit_settings> limits;
  /// Clients' keys, hashed: `sha256` is there for all once they are loaded.
  std::vector<key_settings> keys;
  gateway_settings gateway;
  /// Loopback address and port of the data plane; port 0 takes a free one.
  std::string listen_host = "127.0.0.1";
  uint16_t listen_port = 8787;
  /// Of the data plane; empty for plain HTTP.
  tls_files tls;
  /// Of the control plane.
  std::string control_host = "127.0.0.1";
  uint16_t control_port = 8788;
  /// I/O threads; 0 takes one per core.
  uint32_t threads = 0;
  /// Longest time to an answer.
  caf::timespan request_timeout = std::chrono::minutes{10};
  /// Tasks at once; more are refused.
  uint32_t max_tasks = 4096;
  /// Largest prompt taken, in bytes.
  uint64_t max_prompt = 32u << 20;
  /// How long running work may go on after SIGTERM.
  caf::timespan grace = std::chrono::seconds{10};
  /// SQLite file. Loading fills in `default_database`; empty only when there
  /// is neither a state nor a home folder.
  std::string database;
  log_settings log;
  trace_settings traces;
  mcp_settings mcp;
  job_settings jobs;
  input_settings input;
  /// Skills of the user's own. Loading fills in the default; empty only when
  /// there is neither a configuration nor a home folder.
  std::string skills;
  /// True in a process that stays and so takes jobs on (not in the file).
  bool runs_jobs = false;
  /// Not empty where only some are taken on (not in the file).
  std::vector<std::string> only_jobs;
  /// True when every provider is the simulator's.
  bool simulate = false;
};

/// Reads an environment variable; a test hands in its own.
using environment = std::function<std::optional<std::string>(std::string_view)>;

/// The process's own environment.
environment process_environment();

/// Where the configuration came from.
struct settings_source {
  /// Empty when no file was found and only the environment spoke.
  std::string path;
  /// Things that work but should be looked at.
  std::vector<std::string> warnings;
};

/// Loads `path`, or, when empty, ./smart-agents.json, then
/// $XDG_CONFIG_HOME/smart-agents/smart-agents.json, then the environment alone.
/// Fails with `ec::bad_config`: file, key, what is wrong, what to do. Names the
/// nearest known key for an unknown one.
caf::expected<settings> load_settings(const std::string& path,
                                      const environment& env,
                                      settings_source& source);

/// $XDG_CONFIG_HOME/smart-agents/smart-agents.json, or below ~/.config. Empty
/// when neither variable is set.
std::string user_settings_path(const environment& env);

/// Parses the text of a configuration file; `origin` names it in errors.
caf::expected<settings> parse_settings(std::string_view json,
                                       const std::string& origin,
                                       const environment& env,
                                       settings_source& source);

/// The effective configuration as JSON, secrets left out. It can be loaded
/// again.
std::string show_settings(const settings& x);

/// The JSON Schema of the configuration file.
std::string settings_schema();

/// A configuration file with every option at its default, each explained by a
/// comment: smart-agents.example.json.
std::string settings_example();

/// Every option as a Markdown table, for docs/CONFIGURATION.md.
std::string settings_markdown();

/// The names of the providers known without a configuration file, in order:
/// `ollama gemini grok chatgpt claude`.
const std::vector<std::string>& known_providers();

/// Defaults of a known provider; of any other name, those of an
/// OpenAI-compatible server without address and model.
provider_settings default_provider(const std::string& name);

/// $XDG_STATE_HOME/smart-agents/smart-agents.db, or below ~/.local/state.
/// Empty when neither variable is set.
std::string default_database(const environment& env);

/// `base` with its providers replaced by the simulator's: one per entry of
/// `base_urls` (name to URL), with the limits and models that `base` or the
/// defaults give it, and a ledger of their own beside the real one.
settings
simulated_settings(settings base,
                   const std::map<std::string, std::string>& base_urls);

} // namespace smart_agents
