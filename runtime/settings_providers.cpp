#include "adapters/provider_codec.hpp"
#include "adapters/secrets.hpp"
#include "runtime/quotas.hpp"
#include "runtime/settings_kinds.hpp"

namespace smart_agents::option_table {

namespace json = boost::json;

namespace {

/// Header names that carry a secret.
bool carries_secret(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  for (const char* known : {"authorization", "proxy-authorization", "x-api-key",
                            "api-key", "x-goog-api-key", "cookie"})
    if (name == known)
      return true;
  return false;
}

constexpr std::string_view token_characters =
  "!#$%&'*+-.^_`|~0123456789"
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::optional<complaint> read_headers(provider_entry& x, const json::value& v) {
  const auto* object = v.if_object();
  if (object == nullptr)
    return wrong_type("an object of strings", v);
  x.extra_headers.clear();
  for (const auto& [key, value] : *object) {
    std::string name{key};
    if (name.empty()
        || name.find_first_not_of(token_characters) != std::string::npos)
      return complaint{name, "is no header name"};
    if (carries_secret(name))
      return complaint{name, no_key_here};
    if (!value.is_string())
      return complaint{name, "must be a string, not " + kind_name(value)};
    std::string text{value.get_string()};
    if (std::any_of(text.begin(), text.end(), [](char c) {
          return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        }))
      return complaint{name, "must not hold control characters"};
    x.extra_headers.emplace_back(std::move(name), std::move(text));
  }
  return std::nullopt;
}

} // namespace

const table<provider_limits>& limit_options() {
  using t = provider_limits;
  static const table<t> result{
    integer("requests_per_day", &t::requests_per_day, 0, no_bound,
            "Requests a calendar day; 0 for no limit."),
    integer("requests_per_month", &t::requests_per_month, 0, no_bound,
            "Requests a calendar month; 0 for no limit."),
    integer("input_tokens_per_day", &t::input_tokens_per_day, 0, no_bound,
            "Input tokens a day; 0 for no limit."),
    integer("input_tokens_per_month", &t::input_tokens_per_month, 0, no_bound,
            "Input tokens a month; 0 for no limit."),
    integer("output_tokens_per_day", &t::output_tokens_per_day, 0, no_bound,
            "Output tokens a day; 0 for no limit."),
    integer("output_tokens_per_month", &t::output_tokens_per_month, 0, no_bound,
            "Output tokens a month; 0 for no limit."),
    integer("total_tokens_per_day", &t::total_tokens_per_day, 0, no_bound,
            "Input and output tokens a day; 0 for no limit."),
    integer("total_tokens_per_month", &t::total_tokens_per_month, 0, no_bound,
            "Input and output tokens a month; 0 for no limit."),
    text("time_zone", &t::time_zone,
         "IANA zone in which days and months end, for example "
         "America/Los_Angeles."),
    text("gateway", &t::gateway,
         "What becomes of gateway traffic beyond them; empty is block where "
         "you set a limit, and warn where only the defaults apply.",
         {"", "warn", "block"}),
  };
  return result;
}

const table<limit_settings>& budget_options() {
  using l = limit_settings;
  static const table<l> result{
    text("provider", &l::provider, "Provider that it is about; empty for all."),
    text("model", &l::model, "Model that it is about; empty for all."),
    text("credential", &l::credential,
         "Credential of the provider that it is about; empty for all."),
    text("key", &l::key,
         "Client key that it is about; team counts team/alice too; empty for "
         "all."),
    integer("requests", &l::requests, 0, no_bound, "Requests; 0 for no limit."),
    integer("input_tokens", &l::input_tokens, 0, no_bound,
            "Input tokens; 0 for no limit."),
    integer("output_tokens", &l::output_tokens, 0, no_bound,
            "Output tokens; 0 for no limit."),
    integer("total_tokens", &l::total_tokens, 0, no_bound,
            "Input and output tokens; 0 for no limit."),
    dollars("usd", &l::usd, "US dollars; 0 for no limit."),
    {"per",
     "For how long: second, minute, day, week, month, or hours or minutes such "
     "as 5h, which roll.",
     json::object{{"type", "string"}},
     [](l& x, const json::value& v) -> std::optional<complaint> {
       const auto* written = v.if_string();
       if (written == nullptr)
         return wrong_type("a string", v);
       std::string value{written->data(), written->size()};
       if (!parse_window(value))
         return wrong("'" + value
                      + "' is none of: second, minute, day, week, month, or "
                        "hours or minutes such as 5h or 90m");
       x.per = std::move(value);
       return std::nullopt;
     },
     [](const l& x) { return json::value(x.per); }},
    text("time_zone", &l::time_zone,
         "IANA zone in which days, weeks and months end; empty takes the "
         "provider's, or UTC."),
    text("action", &l::action,
         "What happens beyond it: block refuses, warn only says so, downgrade "
         "lets only what is free pass.",
         {"block", "warn", "downgrade"}),
  };
  return result;
}

const table<credential_settings>& credential_options() {
  using c = credential_settings;
  static const table<c> result{
    text("name", &c::name, "Name, for limits and reports."),
    text("key_env", &c::key_env, "Environment variable that holds the key."),
    text("key_file", &c::key_file,
         "File that holds the key instead (mode 0600)."),
  };
  return result;
}

const table<provider_entry>& provider_options() {
  using p = provider_settings;
  using e = provider_entry;
  static const table<e> result = [] {
    table<e> x{
      boolean("enabled", &e::enabled, "False leaves the provider out."),
      text<p, e>("format", &p::format, "Wire format that the server speaks.",
                 codec_formats()),
      text<p, e>("base_url", &p::base_url,
                 "Address of the API, with version where the format has one in "
                 "the path, for example https://api.openai.com/v1."),
      text<p, e>("key_env", &p::key_env,
                 "Environment variable that holds the key; empty for none."),
      text<p, e>("key_file", &p::key_file,
                 "File that holds the key instead; only its owner may read it "
                 "(mode 0600). Relative to this file."),
      {"credentials",
       "Several keys, each a subscription or account of its own; the one with "
       "the most room is used, and one that fails rests alone.",
       json::object{{"type", "array"},
                    {"items", json::object{{"$ref", "#/$defs/credential"}}}},
       [](e& v, const json::value& from) {
         return read_list(credential_options(), v.credentials, from);
       },
       [](const e& v) {
         return write_list(credential_options(), v.credentials);
       }},
      {"headers", "Headers sent with every request. No keys.",
       json::object{{"type", "object"},
                    {"additionalProperties", json::object{{"type", "string"}}}},
       read_headers,
       [](const e& v) {
         json::object headers;
         for (const auto& [name, value] : v.extra_headers)
           headers[name] = redact(value);
         return json::value(std::move(headers));
       }},
      texts<p, e>("quirks", &p::quirks,
                  "The server's departures from the format, by name."),
      text<p, e>("vendor", &p::vendor,
                 "Vendor in the model catalogue, for prices; empty looks "
                 "through all."),
      text<p, e>("model", &p::model, "Model for ordinary tasks."),
      text<p, e>("strong_model", &p::strong_model,
                 "Model for the hardest tasks; empty takes `model`."),
      texts<p, e>("models", &p::models,
                  "Models that may be asked for by name; empty allows any."),
      texts<p, e>(
        "command", &p::command,
        "Program and arguments of a command-line client that answers "
        "instead of a server, for example [\"claude\", \"-p\"]; {model} "
        "stands for the model. The prompt goes to its stdin."),
      text<p, e>("output", &p::output,
                 "What the command prints: text, or claude-json for claude "
                 "--output-format stream-json.",
                 {"text", "claude-json"}),
      boolean<p, e>("pass_logins", &p::pass_logins,
                    "True: a client's own log-in at Anthropic goes along "
                    "instead of the key. For Anthropic's own address alone."),
      boolean<p, e>("local", &p::local,
                    "True for a server of your own that costs nothing: the "
                    "last resort."),
      integer<p, uint64_t, e>("num_ctx", &p::num_ctx, 0, 1u << 24,
                              "Window that Ollama loads models with, in "
                              "tokens; 0 fits it to the requests. Every "
                              "change loads the model anew."),
      integer<p, uint32_t, e>("max_concurrent", &p::max_concurrent, 1, 100000,
                              "Calls at once; more wait in a queue."),
      integer<p, uint32_t, e>("max_queue", &p::max_queue, 0, 1000000,
                              "Calls that may wait; more are refused."),
      duration<p, e>("connect_timeout", &p::connect_timeout,
                     "Longest time to connect."),
      duration<p, e>("first_byte_timeout", &p::first_byte_timeout,
                     "Longest time from the request to the first byte."),
      duration<p, e>("idle_timeout", &p::idle_timeout,
                     "Longest silence within an answer."),
      duration<p, e>("rest", &p::rest,
                     "How long a failing provider rests when it does not say "
                     "so itself."),
      integer<p, uint32_t, e>("failures_to_open", &p::failures_to_open, 1, 1000,
                              "Failures in a row after which it rests."),
      group<p, provider_limits, e>("limits", &p::limits, limit_options(),
                                   "Your own limits on this provider."),
    };
    for (auto& o : x)
      if (o.key == "limits")
        o.schema = json::object{{"$ref", "#/$defs/limits"}};
    return x;
  }();
  return result;
}

} // namespace smart_agents::option_table
