#include "adapters/codecs/client_request.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <array>

namespace smart_agents::codecs {

void findings::wrong(std::string_view where, std::string_view what) {
  if (fault_.empty())
    fault_.append(where).append(": ").append(what);
}

void findings::lost(std::string_view name) {
  constexpr size_t most = 32; // they go into a header
  if (losses_.size() < most
      && std::find(losses_.begin(), losses_.end(), name) == losses_.end())
    losses_.emplace_back(name);
}

caf::error findings::fault() const {
  return fault_.empty() ? caf::error{} : make_error(ec::bad_input, fault_);
}

caf::expected<const json::object*> parse_body(json_reader& reader,
                                              std::string_view body) {
  const auto* root = reader.parse(body);
  if (root == nullptr)
    return make_error(ec::bad_input, "body: not JSON");
  if (!root->is_object())
    return make_error(ec::bad_input, "body: must be a JSON object");
  return &root->get_object();
}

fields::fields(const json::value& x, std::string where, findings& out)
  : object_{&as_object(x)}, where_{std::move(where)}, out_{&out} {
  if (!x.is_object())
    out.wrong(where_, "must be an object");
}

std::string fields::place(std::string_view key) const {
  std::string result = where_;
  if (!result.empty())
    result += '.';
  return result.append(key);
}

std::string fields::text(std::string_view key, bool required) const {
  const auto* x = at(key);
  if (x == nullptr) {
    if (required)
      wrong(key, "is missing");
    return {};
  }
  if (!x->is_string())
    wrong(key, "must be a string");
  return std::string{view(*x)};
}

bool fields::flag(std::string_view key, bool otherwise) const {
  const auto* x = at(key);
  if (x == nullptr)
    return otherwise;
  if (!x->is_bool()) {
    wrong(key, "must be true or false");
    return otherwise;
  }
  return x->get_bool();
}

std::optional<uint32_t> fields::count(std::string_view key,
                                      uint32_t least) const {
  const auto* x = at(key);
  if (x == nullptr)
    return std::nullopt;
  json::error_code bad;
  auto result = x->to_number<uint32_t>(bad);
  if (bad || result < least) {
    wrong(key, least == 1
                 ? std::string{"must be a positive integer"}
                 : "must be an integer of at least " + std::to_string(least));
    return std::nullopt;
  }
  return result;
}

std::optional<double> fields::number(std::string_view key) const {
  const auto* x = at(key);
  if (x == nullptr)
    return std::nullopt;
  if (!x->is_number()) {
    wrong(key, "must be a number");
    return std::nullopt;
  }
  return x->to_number<double>();
}

std::string fields::object_text(std::string_view key) const {
  const auto* x = at(key);
  if (x == nullptr)
    return {};
  if (!x->is_object())
    wrong(key, "must be an object");
  return text_of_json(*x);
}

fields fields::object(std::string_view key) const {
  static const json::object none;
  const auto* x = at(key);
  return x ? fields{*x, place(key), *out_} : fields{none, place(key), *out_};
}

std::vector<std::string> fields::texts(std::string_view key) const {
  const auto* x = at(key);
  if (x == nullptr)
    return {};
  if (x->is_string())
    return {std::string{view(*x)}};
  std::vector<std::string> result;
  each(key, [&](const json::value& item, const std::string& where) {
    if (!item.is_string())
      out_->wrong(where, "must be a string");
    result.emplace_back(view(item));
  });
  return result;
}

void fields::lose(std::initializer_list<std::string_view> names) const {
  for (auto name : names)
    if (const auto* x = at(name); x && !(x->is_bool() && !x->get_bool()))
      out_->lost(place(name));
}

namespace {

/// Types by file ending, for providers that want to know.
std::string_view type_of_url(media_part::kind what, std::string_view url) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> types{
    {{".png", "image/png"},
     {".gif", "image/gif"},
     {".webp", "image/webp"},
     {".jpg", "image/jpeg"},
     {".jpeg", "image/jpeg"},
     {".pdf", "application/pdf"},
     {".mp3", "audio/mp3"},
     {".mp4", "video/mp4"}}};
  url = url.substr(0, url.find_first_of("?#"));
  for (auto [ending, type] : types)
    if (url.ends_with(ending))
      return type;
  return what == media_part::kind::image      ? "image/jpeg"
         : what == media_part::kind::document ? "application/pdf"
                                              : "";
}

} // namespace

media_part media_from_url(media_part::kind what, std::string_view url) {
  media_part result;
  result.what = what;
  constexpr std::string_view scheme = "data:";
  auto comma = url.find(',');
  if (!url.starts_with(scheme) || comma == url.npos) {
    result.url = url;
    result.mime_type = type_of_url(what, url);
    return result;
  }
  auto type = url.substr(scheme.size(), comma - scheme.size());
  result.mime_type = type.substr(0, type.find(';'));
  result.base64 = url.substr(comma + 1);
  return result;
}

effort effort_from(std::string_view name, std::string_view where,
                   findings& out) {
  constexpr std::array<std::pair<std::string_view, effort>, 7> names{
    {{"none", effort::none},
     {"minimal", effort::minimal},
     {"low", effort::low},
     {"medium", effort::medium},
     {"high", effort::high},
     {"xhigh", effort::max},
     {"max", effort::max}}};
  if (name.empty())
    return effort::unset;
  for (auto [known, value] : names)
    if (name == known)
      return value;
  out.wrong(where, "must be none, minimal, low, medium, high, xhigh or max");
  return effort::unset;
}

void append(std::vector<message>& to, role from, std::vector<part> parts) {
  if (to.empty() || to.back().from != from) {
    to.push_back({from, std::move(parts)});
    return;
  }
  auto& all = to.back().parts;
  all.insert(all.end(), std::make_move_iterator(parts.begin()),
             std::make_move_iterator(parts.end()));
}

namespace {

constexpr std::string_view mark = "sa1|";

} // namespace

std::string seal(const signature& x, std::string_view format,
                 std::string_view family) {
  auto own = x.origin == format && x.what == signed_thing::thought
             && x.signer.starts_with(family);
  if (own)
    return x.text;
  std::string result{mark};
  return result.append(x.origin)
    .append("|")
    .append(x.signer)
    .append(x.what == signed_thing::call ? "|c|" : "|t|")
    .append(x.text);
}

signature unseal(std::string_view text, std::string_view format,
                 std::string_view family) {
  signature result;
  auto rest = text;
  auto next = [&rest] {
    auto end = rest.find('|');
    auto piece = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    return std::string{piece};
  };
  if (text.starts_with(mark)) {
    rest.remove_prefix(mark.size());
    result.origin = next();
    result.signer = next();
    result.what = next() == "c" ? signed_thing::call : signed_thing::thought;
    result.text = rest;
    return result;
  }
  result.origin = format;
  result.text = text;
  if (!text.empty() && !family.empty())
    result.signer = std::string{family} + "*";
  return result;
}

} // namespace smart_agents::codecs
