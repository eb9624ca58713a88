#include "runtime/cli/plain_yaml.hpp"

#include "messages/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <charconv>
#include <string>
#include <vector>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

/// Deeper ones are nobody's configuration.
constexpr size_t deepest = 32;

struct source_line {
  size_t number = 0;
  size_t indent = 0;
  std::string_view text;
};

std::string_view trimmed(std::string_view x) {
  auto first = x.find_first_not_of(" \t\r");
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(" \t\r") - first + 1);
}

/// A comment starts at the line's start or after a blank, outside quotes.
std::string_view without_comment(std::string_view x) {
  char quote = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (quote != 0) {
      if (x[i] == '\\' && quote == '"')
        ++i;
      else if (x[i] == quote)
        quote = 0;
    } else if ((x[i] == '"' || x[i] == '\'')
               && (i == 0 || x[i - 1] == ' ' || x[i - 1] == ':')) {
      quote = x[i];
    } else if (x[i] == '#' && (i == 0 || x[i - 1] == ' ' || x[i - 1] == '\t')) {
      return x.substr(0, i);
    }
  }
  return x;
}

/// Where a `key: value` has its colon; npos for no mapping.
size_t colon_of(std::string_view x) {
  char quote = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (quote != 0) {
      if (x[i] == quote)
        quote = 0;
    } else if (i == 0 && (x[i] == '"' || x[i] == '\'')) {
      quote = x[i];
    } else if (x[i] == ':' && (i + 1 == x.size() || x[i + 1] == ' ')) {
      return i;
    }
  }
  return std::string_view::npos;
}

class yaml_reader {
public:
  caf::expected<json::value> run(std::string_view text) {
    if (auto bad = split(text))
      return bad;
    if (lines_.empty())
      return json::value{};
    auto result = block(lines_.front().indent, 0);
    if (error_)
      return error_;
    if (at_ < lines_.size())
      return wrong(lines_[at_], "its indentation fits nowhere");
    return result;
  }

private:
  static caf::error wrong(const source_line& at, std::string_view what) {
    return make_error(ec::bad_input, "line " + std::to_string(at.number) + ": "
                                       + std::string{what});
  }

  json::value fail(const source_line& at, std::string_view what) {
    if (!error_)
      error_ = wrong(at, what);
    at_ = lines_.size();
    return {};
  }

  caf::error split(std::string_view text) {
    size_t number = 0;
    while (!text.empty()) {
      auto end = text.find('\n');
      auto raw = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++number;
      auto line = without_comment(raw);
      auto body = trimmed(line);
      if (body.empty() || (number == 1 && body == "---"))
        continue;
      auto indent = line.find_first_not_of(' ');
      source_line one{number, indent, body};
      if (line[indent] == '\t')
        return wrong(one, "it is indented by a tab; YAML wants blanks");
      if (body == "---" || body == "...")
        return wrong(one, "only one document is read");
      lines_.push_back(one);
    }
    return {};
  }

  static bool is_item(std::string_view x) {
    return x == "-" || x.starts_with("- ");
  }

  json::value block(size_t indent, size_t depth) {
    const auto& first = lines_[at_];
    if (depth > deepest)
      return fail(first, "it is nested too deep");
    if (is_item(first.text))
      return sequence(indent, depth);
    if (colon_of(first.text) != std::string_view::npos)
      return mapping(indent, depth);
    ++at_;
    return scalar(first, first.text);
  }

  json::value sequence(size_t indent, size_t depth) {
    json::array result;
    while (at_ < lines_.size() && lines_[at_].indent == indent
           && is_item(lines_[at_].text)) {
      auto& line = lines_[at_];
      auto rest = trimmed(line.text.substr(1));
      if (rest.empty()) {
        ++at_;
        result.push_back(nested(indent, depth));
        continue;
      }
      // What follows the dash is a block of its own, as far in as it stands.
      line.indent += line.text.size() - rest.size();
      line.text = rest;
      result.push_back(block(line.indent, depth + 1));
    }
    return result;
  }

  json::value mapping(size_t indent, size_t depth) {
    json::object result;
    while (at_ < lines_.size() && lines_[at_].indent == indent
           && !is_item(lines_[at_].text)) {
      const auto line = lines_[at_];
      auto colon = colon_of(line.text);
      if (colon == std::string_view::npos)
        return fail(line, "a \"key: value\" was expected");
      auto key = scalar(line, line.text.substr(0, colon), true);
      auto rest = trimmed(line.text.substr(colon + 1));
      ++at_;
      auto value =
        rest.empty() ? nested(indent, depth, true) : scalar(line, rest);
      if (error_)
        return {};
      result[key.get_string()] = std::move(value);
    }
    return result;
  }

  /// What stands below a key or a lone dash; a sequence may stand as far in as
  /// its key.
  json::value nested(size_t indent, size_t depth, bool of_key = false) {
    if (at_ == lines_.size())
      return {};
    const auto& next = lines_[at_];
    if (next.indent > indent
        || (of_key && next.indent == indent && is_item(next.text)))
      return block(next.indent, depth + 1);
    return {};
  }

  json::value scalar(const source_line& at, std::string_view x,
                     bool is_key = false) {
    x = trimmed(x);
    if (x.empty())
      return json::value("");
    if (x.front() == '"' || x.front() == '{' || x.front() == '[') {
      json::error_code bad;
      auto parsed = json::parse({x.data(), x.size()}, bad);
      if (bad || (is_key && !parsed.is_string()))
        return fail(at, "it can only be read when it is JSON");
      return parsed;
    }
    if (x.front() == '\'') {
      if (x.size() < 2 || x.back() != '\'')
        return fail(at, "a quote is not closed");
      std::string text;
      for (size_t i = 1; i + 1 < x.size(); ++i) {
        text += x[i];
        if (x[i] == '\'')
          ++i;
      }
      return json::value(text);
    }
    if (std::string_view{"&*!|>%@`"}.find(x.front()) != std::string_view::npos)
      return fail(at, "anchors, tags and block scalars are not read");
    if (!is_key)
      if (auto plain = plain_value(x);
          !plain.is_null() || x == "null" || x == "~")
        return plain;
    return json::value(json::string_view{x.data(), x.size()});
  }

  static json::value plain_value(std::string_view x) {
    if (x == "true" || x == "True")
      return true;
    if (x == "false" || x == "False")
      return false;
    int64_t whole = 0;
    const auto* end = x.data() + x.size();
    if (auto [at, bad] = std::from_chars(x.data(), end, whole);
        bad == std::errc{} && at == end)
      return whole;
    double real = 0;
    if (auto [at, bad] = std::from_chars(x.data(), end, real);
        bad == std::errc{} && at == end && x.find_first_of("0123456789") == 0)
      return real;
    return {};
  }

  std::vector<source_line> lines_;
  size_t at_ = 0;
  caf::error error_;
};

} // namespace

caf::expected<json::value> read_plain_yaml(std::string_view text) {
  return yaml_reader{}.run(text);
}

} // namespace smart_agents::cli
