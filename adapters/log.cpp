#include "adapters/log.hpp"

#include "adapters/log_fields.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace smart_agents {

namespace {

constexpr std::string_view mask = "***";

/// Of the line that this thread writes, without braces; the sink formats it on
/// the same thread.
thread_local const std::string* line_fields = nullptr;

bool is_key_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'
         || c == '_' || c == '.' || c == '+' || c == '/' || c == '='
         || c == '~';
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size()
         && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
              return std::tolower(static_cast<unsigned char>(x))
                     == std::tolower(static_cast<unsigned char>(y));
            });
}

/// A prefix that starts a key. The shortest real ones have 20 more letters;
/// eight keeps words such as `sk-learn` readable.
struct shape {
  std::string_view prefix;
  size_t least = 16;
};

constexpr std::array<shape, 7> shapes{{
  {"sk-"},
  {"xai-"},
  {"AIza"},
  {"gsk_"},
  {"ghp_"},
  {"pplx-"},
  {"AQ."},
}};

/// Names that are followed by a secret, whatever it looks like.
constexpr std::array<std::string_view, 7> names{
  "authorization", "x-api-key", "x-goog-api-key", "api-key",
  "api_key",       "apikey",    "bearer",
};

/// Names that only mean a secret when a `:` or `=` follows.
bool wants_separator(std::string_view name) {
  return name != "bearer";
}

/// After a mere blank, a word is no secret: "bearer certificate".
bool looks_random(std::string_view text) {
  return text.size() >= 24
         || std::any_of(text.begin(), text.end(),
                        [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Length of the key that starts at the front of `text`, or 0.
size_t key_length(std::string_view text) {
  for (const auto& x : shapes) {
    if (text.substr(0, x.prefix.size()) != x.prefix)
      continue;
    auto end = std::find_if_not(text.begin(), text.end(), is_key_character);
    auto length = static_cast<size_t>(end - text.begin());
    // A full stop ends a sentence, not a key.
    while (length > 0 && text[length - 1] == '.')
      --length;
    if (length >= x.prefix.size() + x.least)
      return length;
  }
  return 0;
}

/// Position and length of the secret after a name at the front, or length 0.
std::pair<size_t, size_t> named_secret(std::string_view text) {
  for (auto name : names) {
    if (!equals_ignoring_case(text.substr(0, name.size()), name))
      continue;
    auto at = name.size();
    bool separated = false;
    while (at < text.size()
           && std::string_view{" \t\"'\\:="}.find(text[at])
                != std::string_view::npos) {
      separated = separated || text[at] == ':' || text[at] == '=';
      ++at;
    }
    if (at == name.size() || (wants_separator(name) && !separated))
      continue;
    // `Authorization: Bearer KEY`: the scheme stays.
    if (wants_separator(name))
      for (std::string_view scheme : {"bearer ", "basic "})
        if (equals_ignoring_case(text.substr(at, scheme.size()), scheme))
          at += scheme.size();
    auto end = std::find_if_not(text.begin() + static_cast<ptrdiff_t>(at),
                                text.end(), is_key_character);
    auto length = static_cast<size_t>(end - text.begin()) - at;
    if (length >= 8 && (separated || looks_random(text.substr(at, length))))
      return {at, length};
  }
  return {0, 0};
}

/// Formats as the wrapped formatter does, then masks keys.
class redacting_formatter final : public spdlog::formatter {
public:
  redacting_formatter(std::unique_ptr<spdlog::formatter> inner, bool json)
    : inner_{std::move(inner)}, json_{json} {}

  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& out) override {
    auto safe = redact({message.payload.data(), message.payload.size()});
    if (json_)
      safe = escape(safe);
    auto copy = message;
    copy.payload = safe;
    inner_->format(copy, out);
    if (json_) {
      std::string rest = "}\n";
      if (line_fields != nullptr && !line_fields->empty())
        rest = "," + redact(*line_fields) + rest;
      out.append(rest.data(), rest.data() + rest.size());
    }
    // The colour range is told through a mutable field.
    message.color_range_start = copy.color_range_start;
    message.color_range_end = copy.color_range_end;
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<redacting_formatter>(inner_->clone(), json_);
  }

private:
  static std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 8);
    for (char c : text) {
      auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (byte < 0x20) {
        constexpr char digits[] = "0123456789abcdef";
        out += "\\u00";
        out += digits[byte >> 4];
        out += digits[byte & 15];
      } else {
        out += c;
      }
    }
    return out;
  }

  std::unique_ptr<spdlog::formatter> inner_;
  bool json_;
};

bool wants_colours(const log_options& options) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
  const char* no_color = std::getenv("NO_COLOR");
  return options.colour == log_options::colours::automatic && !options.json
         && (no_color == nullptr || *no_color == '\0')
         && isatty(STDERR_FILENO) == 1;
}

} // namespace

std::string redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t i = 0;
  while (i < text.size()) {
    // Only the start of a word can start a key or a name.
    bool starts =
      i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0;
    auto rest = text.substr(i);
    if (starts) {
      if (auto length = key_length(rest)) {
        out += mask;
        i += length;
        continue;
      }
      if (auto [at, length] = named_secret(rest); length > 0) {
        out += rest.substr(0, at);
        out += mask;
        i += at + length;
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

log_ptr make_log(const log_options& options) {
  spdlog::sink_ptr sink;
  // Synchronous: a line to stderr costs microseconds, and a crash keeps it.
  if (wants_colours(options))
    sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
  else
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  const char* pattern =
    options.json
      ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%v")"
      : "%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v";
  auto inner = std::make_unique<spdlog::pattern_formatter>(
    pattern,
    options.json ? spdlog::pattern_time_type::utc
                 : spdlog::pattern_time_type::local,
    // A JSON line goes on with its fields.
    options.json ? "" : "\n");
  sink->set_formatter(
    std::make_unique<redacting_formatter>(std::move(inner), options.json));
  auto log = std::make_shared<spdlog::logger>("smart-agents", std::move(sink));
  log->set_level(spdlog::level::from_str(options.level));
  log->flush_on(spdlog::level::info);
  return log;
}

void log_fields(spdlog::logger& log, const std::string& message,
                const boost::json::object& fields) {
  if (!log.should_log(spdlog::level::info))
    return;
  auto whole = boost::json::serialize(fields);
  auto inside = whole.substr(1, whole.size() - 2);
  line_fields = &inside;
  log.info("{}", message);
  line_fields = nullptr;
}

log_ptr make_silent_log() {
  auto log = std::make_shared<spdlog::logger>(
    "smart-agents", std::make_shared<spdlog::sinks::null_sink_mt>());
  log->set_level(spdlog::level::off);
  return log;
}

} // namespace smart_agents
