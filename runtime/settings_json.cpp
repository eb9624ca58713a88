#include "runtime/settings_json.hpp"

#include "messages/error.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parser.hpp>

#include <set>
#include <vector>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// Sees every key and stops at the first that its object has already: the
/// DOM parser would keep the last silently.
struct duplicate_finder {
  static constexpr size_t max_object_size = size_t(-1);
  static constexpr size_t max_array_size = size_t(-1);
  static constexpr size_t max_key_size = size_t(-1);
  static constexpr size_t max_string_size = size_t(-1);

  using code = json::error_code;
  using view = json::string_view;

  // Keys by object that is open, and the key that is being read.
  std::vector<std::set<std::string>> open;
  std::string partial;
  std::string duplicate;

  bool on_document_begin(code&) {
    return true;
  }
  bool on_document_end(code&) {
    return true;
  }
  bool on_object_begin(code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(size_t, code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(code&) {
    return true;
  }
  bool on_array_end(size_t, code&) {
    return true;
  }
  bool on_key_part(view s, size_t, code&) {
    partial += s;
    return true;
  }
  bool on_key(view s, size_t, code& ec) {
    partial += s;
    if (!open.back().insert(partial).second) {
      duplicate = partial;
      ec = json::error::extra_data;
      return false;
    }
    partial.clear();
    return true;
  }
  bool on_string_part(view, size_t, code&) {
    return true;
  }
  bool on_string(view, size_t, code&) {
    return true;
  }
  bool on_number_part(view, code&) {
    return true;
  }
  bool on_int64(int64_t, view, code&) {
    return true;
  }
  bool on_uint64(uint64_t, view, code&) {
    return true;
  }
  bool on_double(double, view, code&) {
    return true;
  }
  bool on_bool(bool, code&) {
    return true;
  }
  bool on_null(code&) {
    return true;
  }
  bool on_comment_part(view, code&) {
    return true;
  }
  bool on_comment(view, code&) {
    return true;
  }
};

std::string place(std::string_view text, size_t offset,
                  const std::string& origin) {
  auto before = text.substr(0, offset);
  size_t line = 1;
  for (char c : before)
    line += c == '\n';
  auto start = before.rfind('\n');
  auto column = start == std::string_view::npos ? offset + 1 : offset - start;
  return origin + ":" + std::to_string(line) + ":" + std::to_string(column);
}

} // namespace

caf::expected<json::value> parse_config_json(std::string_view text,
                                             const std::string& origin) {
  json::parse_options options;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  options.max_depth = 16;
  json::error_code error;
  json::basic_parser<duplicate_finder> finder{options};
  auto taken = finder.write_some(false, text.data(), text.size(), error);
  if (error) {
    const auto& twice = finder.handler().duplicate;
    auto what = twice.empty()
                  ? "not JSON: " + error.message()
                  : "the key \"" + twice + "\" stands twice in one object";
    return make_error(ec::bad_config, place(text, taken, origin) + ": " + what);
  }
  if (taken < text.size())
    return make_error(ec::bad_config,
                      place(text, taken, origin)
                        + ": not JSON: something follows the end");
  json::parser parser{{}, options};
  parser.write(text.data(), text.size(), error);
  if (error)
    return make_error(ec::bad_config,
                      origin + ": not JSON: " + error.message());
  return parser.release();
}

} // namespace smart_agents
