#include "adapters/secrets.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/settings_kinds.hpp"

namespace smart_agents::option_table {

namespace json = boost::json;

namespace {

std::optional<complaint> read_limits(settings& x, const json::value& v) {
  if (auto bad = read_list(budget_options(), x.limits, v))
    return bad;
  for (size_t i = 0; i < x.limits.size(); ++i) {
    const auto& y = x.limits[i];
    auto place = "[" + std::to_string(i) + "]";
    if (y.requests == 0 && y.input_tokens == 0 && y.output_tokens == 0
        && y.total_tokens == 0 && y.usd == 0)
      return complaint{place, "limits nothing: give requests, input_tokens, "
                              "output_tokens, total_tokens or usd"};
  }
  return std::nullopt;
}

std::optional<complaint> read_keys(settings& x, const json::value& v) {
  if (auto bad = read_list(key_options(), x.keys, v))
    return bad;
  for (size_t i = 0; i < x.keys.size(); ++i) {
    const auto& y = x.keys[i];
    auto place = "[" + std::to_string(i) + "]";
    if (!is_key_name(y.name))
      return complaint{place + ".name", key_name_rule};
    if (y.sha256.empty() + y.key_env.empty() + y.key_file.empty() != 2)
      return complaint{place, "needs exactly one of sha256, key_env, key_file"};
    if (!y.sha256.empty() && !is_sha256_hex(y.sha256))
      return complaint{place + ".sha256",
                       "must be 64 digits of lower-case hexadecimal: printf %s "
                       "KEY | sha256sum"};
    for (const auto& limit : y.limits)
      if (!parse_key_limit(limit))
        return complaint{place + ".limits", bad_key_limit(limit)};
    for (size_t j = 0; j < i; ++j)
      if (x.keys[j].name == y.name)
        return complaint{place + ".name", "'" + y.name + "' stands twice"};
  }
  return std::nullopt;
}

std::optional<complaint> read_colour(log_settings& x, const json::value& v) {
  if (v == json::value("auto"))
    x.colour = log_options::colours::automatic;
  else if (v == json::value("never"))
    x.colour = log_options::colours::never;
  else
    return wrong("must be \"auto\" or \"never\"");
  return std::nullopt;
}

} // namespace

const table<job_settings>& job_options() {
  using j = job_settings;
  static const table<j> result{
    integer("running", &j::running, 1, 10000,
            "Background jobs at once, in all processes together."),
    counts("per_kind", &j::per_kind,
           "The same for jobs of a kind: a skill's name, or ask."),
    counts("per_provider", &j::per_provider,
           "The same for jobs that insist on a provider."),
    integer("max_cpu_percent", &j::max_cpu, 0, 100,
            "No job starts while more of the processors is in use; 0 never "
            "waits."),
    integer("max_memory_percent", &j::max_memory, 0, 100,
            "No job starts while more of the memory is in use; 0 never waits."),
    duration("keep", &j::keep, "How long a job is kept after its end."),
  };
  return result;
}

const table<input_settings>& input_options() {
  using i = input_settings;
  static const table<i> result{
    texts("folders", &i::folders,
          "Folders whose files clients may name as input, beside those of "
          "their own work."),
    integer("max_bytes", &i::max_bytes, 1, 1u << 30,
            "Largest input from files, in all."),
    integer("max_media_bytes", &i::max_media_bytes, 1, 1u << 30,
            "Largest image, sound, film or document."),
  };
  return result;
}

const table<log_settings>& log_file_options() {
  using o = log_options;
  using l = log_settings;
  static const table<l> result{
    text<o, l>("level", &l::level, "Least severe level that is written.",
               {"trace", "debug", "info", "warn", "error", "off"}),
    boolean<o, l>("json", &l::json, "True writes one JSON object a line."),
    boolean("attempts", &l::attempts,
            "True logs every call of a provider; a JSON log has it with the "
            "attributes of OpenTelemetry's conventions."),
    {"colors", "Colours on a terminal: auto or never.",
     json::object{{"enum", json::array{"auto", "never"}}}, read_colour,
     [](const l& x) {
       return json::value(x.colour == log_options::colours::never ? "never"
                                                                  : "auto");
     }},
  };
  return result;
}

const table<mcp_settings>& mcp_table() {
  using m = mcp_settings;
  static const table<m> result{
    dollars("confirm_above_usd", &m::confirm_above_usd,
            "A call that is expected to cost more is put to the user first, "
            "where the client can ask; 0 asks never."),
    integer("max_answer_bytes", &m::max_answer_bytes, 0, 1u << 30,
            "Longer answers are shortened, with a link to the whole; 0 "
            "shortens none."),
  };
  return result;
}

const table<trace_settings>& trace_options() {
  using t = trace_settings;
  static const table<t> result{
    text("endpoint", &t::endpoint,
         "Address of an OpenTelemetry collector that takes OTLP/HTTP, for "
         "example http://127.0.0.1:4318; empty sends nothing."),
    integer("batch", &t::batch, 1, 10000, "Most spans in one message."),
    duration("every", &t::every, "Longest wait for a message to fill."),
    integer("queue", &t::queue, 1, 1000000,
            "Spans that may wait; more are dropped and counted."),
  };
  return result;
}

const table<settings>& top_options() {
  using s = settings;
  static const table<s> result{
    {"limits",
     "Limits and budgets of your own, any number together, beside those of the "
     "providers.",
     json::object{{"type", "array"},
                  {"items", json::object{{"$ref", "#/$defs/limit"}}}},
     read_limits,
     [](const s& x) { return write_list(budget_options(), x.limits); }},
    {"keys",
     "Keys of clients. smart-agents keys create makes others, which need no "
     "entry.",
     json::object{{"type", "array"},
                  {"items", json::object{{"$ref", "#/$defs/key"}}}},
     read_keys, [](const s& x) { return write_list(key_options(), x.keys); }},
    text("database", &s::database,
         "SQLite file of the ledger; empty takes "
         "$XDG_STATE_HOME/smart-agents/smart-agents.db."),
    text("skills", &s::skills,
         "Folder of your own skills (NAME.skill); empty takes "
         "$XDG_CONFIG_HOME/smart-agents/skills."),
  };
  return result;
}

} // namespace smart_agents::option_table
