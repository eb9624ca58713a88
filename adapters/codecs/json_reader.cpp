#include "adapters/codecs/json_reader.hpp"

#include "adapters/codecs/json_writer.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parser.hpp>
#include <simdjson.h>

namespace smart_agents::codecs {

namespace {

/// Schemas and arguments nest deeper than Boost's default of 32; unbounded
/// depth would let an answer exhaust the stack.
constexpr size_t max_depth = 256;

json::parse_options options() {
  json::parse_options result;
  result.max_depth = max_depth;
  return result;
}

/// From here on simdjson is worth its copy of the text and of the values, if
/// the text has escapes: those it reads several times as fast as Boost, which
/// is the faster one in long strings without.
constexpr size_t large = 4096;

/// One in so many bytes makes it worth it.
constexpr size_t escapes_apart = 512;

/// Judges a long text by so many bytes of its middle: both readers read it, and
/// looking through all of it costs what the better one saves.
constexpr size_t sample = 16384;

bool has_many_escapes(std::string_view text) {
  if (text.size() > sample)
    text = text.substr((text.size() - sample) / 2, sample);
  auto left = text.size() / escapes_apart;
  for (auto at = text.find('\\'); at != text.npos; at = text.find('\\', at + 2))
    if (left-- == 0)
      return true;
  return false;
}

/// Up to here its buffers are kept for the thread's next text.
constexpr size_t most_kept = 1u << 20;

/// Builds the same value as Boost would; false when it lies too deep.
bool convert(simdjson::dom::element from, size_t depth, json::value& to) {
  using simdjson::dom::element_type;
  switch (from.type()) {
  case element_type::OBJECT: {
    simdjson::dom::object fields = from;
    if (depth == 0)
      return false;
    auto& out = to.emplace_object();
    out.reserve(fields.size());
    for (auto [name, field] : fields)
      if (!convert(field, depth - 1, out[{name.data(), name.size()}]))
        return false;
    return true;
  }
  case element_type::ARRAY: {
    simdjson::dom::array items = from;
    if (depth == 0)
      return false;
    auto& out = to.emplace_array();
    out.reserve(items.size());
    for (auto item : items)
      if (!convert(item, depth - 1, out.emplace_back(nullptr)))
        return false;
    return true;
  }
  case element_type::STRING: {
    std::string_view text = from;
    to.emplace_string().assign(text.data(), text.size());
    return true;
  }
  case element_type::INT64: to = int64_t{from}; return true;
  case element_type::UINT64: to = uint64_t{from}; return true;
  case element_type::DOUBLE: to = double{from}; return true;
  case element_type::BOOL: to = bool{from}; return true;
  case element_type::NULL_VALUE: to = nullptr; return true;
  }
  return false;
}

/// Reads a large text. False where Boost shall judge: numbers that are too
/// large for simdjson, and all that is wrong.
bool read_large(std::string_view text, json::value& to) {
  thread_local simdjson::dom::parser shared;
  std::optional<simdjson::dom::parser> own;
  auto& parser = text.size() > most_kept ? own.emplace() : shared;
  simdjson::dom::element root;
  return !parser.parse(text.data(), text.size()).get(root)
         && convert(root, max_depth, to);
}

/// Takes note of the outermost type, and builds nothing.
struct checker {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  using error = json::error_code;

  bool is_object = false;
  int depth = 0;

  bool on_document_begin(error&) {
    return true;
  }
  bool on_document_end(error&) {
    return true;
  }
  bool on_object_begin(error&) {
    is_object = is_object || depth == 0;
    ++depth;
    return true;
  }
  bool on_object_end(std::size_t, error&) {
    --depth;
    return true;
  }
  bool on_array_begin(error&) {
    ++depth;
    return true;
  }
  bool on_array_end(std::size_t, error&) {
    --depth;
    return true;
  }
  bool on_key_part(json::string_view, std::size_t, error&) {
    return true;
  }
  bool on_key(json::string_view, std::size_t, error&) {
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, error&) {
    return true;
  }
  bool on_string(json::string_view, std::size_t, error&) {
    return true;
  }
  bool on_number_part(json::string_view, error&) {
    return true;
  }
  bool on_int64(int64_t, json::string_view, error&) {
    return true;
  }
  bool on_uint64(uint64_t, json::string_view, error&) {
    return true;
  }
  bool on_double(double, json::string_view, error&) {
    return true;
  }
  bool on_bool(bool, error&) {
    return true;
  }
  bool on_null(error&) {
    return true;
  }
  bool on_comment_part(json::string_view, error&) {
    return true;
  }
  bool on_comment(json::string_view, error&) {
    return true;
  }
};

/// `1` for any JSON, `2` for an object, `0` for neither.
int check(std::string_view text) {
  json::basic_parser<checker> parser{options()};
  json::error_code bad;
  auto used = parser.write_some(false, text.data(), text.size(), bad);
  if (bad || used != text.size() || !parser.done())
    return 0;
  return parser.handler().is_object ? 2 : 1;
}

} // namespace

// The buffers are raw storage; only the resource and the parser touch them.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
json_reader::json_reader() : memory_{values_, sizeof(values_)} {}

const json::value* json_reader::parse(std::string_view text) {
  root_.reset();
  memory_.release();
  if (text.size() >= large && has_many_escapes(text)) {
    root_.emplace(json::storage_ptr{&memory_});
    if (read_large(text, *root_))
      return &*root_;
    root_.reset();
    memory_.release();
  }
  // The constructor's storage is for the parser's own needs; that of the
  // document is set by `reset`.
  json::parser parser{{}, options(), stack_, sizeof(stack_)};
  parser.reset(&memory_);
  json::error_code bad;
  parser.write(text.data(), text.size(), bad);
  if (bad)
    return nullptr;
  root_.emplace(parser.release());
  return &*root_;
}

const json::object* json_reader::parse_object(std::string_view text) {
  const auto* root = parse(text);
  return root ? root->if_object() : nullptr;
}

bool is_json(std::string_view text) {
  return check(text) > 0;
}

bool is_json_object(std::string_view text) {
  return check(text) == 2;
}

std::string code_at(const json::object& from, std::string_view key) {
  const auto* x = find(from, key);
  if (x == nullptr)
    return {};
  if (x->is_int64())
    return std::to_string(x->get_int64());
  return std::string{view(*x)};
}

namespace {

/// Boost's own printer writes 0.7 as 7E-1. The depth is that of the parser.
void print(const json::value& x, json_writer& out) {
  if (const auto* fields = x.if_object()) {
    out.begin_object();
    for (const auto& [name, field] : *fields) {
      out.escaped_key({name.data(), name.size()});
      print(field, out);
    }
    out.end_object();
  } else if (const auto* items = x.if_array()) {
    out.begin_array();
    for (const auto& item : *items)
      print(item, out);
    out.end_array();
  } else if (x.is_string()) {
    out.value(view(x));
  } else if (const auto* number = x.if_double()) {
    out.value(*number);
  } else if (const auto* whole = x.if_int64()) {
    out.value(*whole);
  } else if (const auto* big = x.if_uint64()) {
    out.value(uint64_t{*big});
  } else if (const auto* yes = x.if_bool()) {
    out.value(*yes);
  } else {
    out.null();
  }
}

} // namespace

std::string text_of_json(const json::value& x) {
  json_writer out{64};
  print(x, out);
  return out.take();
}

} // namespace smart_agents::codecs
