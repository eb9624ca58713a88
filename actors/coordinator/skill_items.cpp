#include "actors/coordinator/skill_items.hpp"

#include "messages/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <set>

namespace smart_agents {

namespace json = boost::json;

namespace {

size_t cut_at(std::string_view text, size_t bytes) {
  if (text.size() <= bytes)
    return text.size();
  auto within = text.substr(0, bytes);
  for (std::string_view end : {"\n\n", "\n", " "}) {
    auto at = within.rfind(end);
    if (at != within.npos && at + end.size() >= bytes * 2 / 3)
      return at + end.size();
  }
  auto at = bytes;
  // The continuation bytes of UTF-8.
  while (at > 1 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
    --at;
  return at;
}

caf::expected<json::array> list_in(std::string_view answer, uint32_t most) {
  // Models like to say something before and after, and to fence.
  for (auto open = answer.find('['); open != answer.npos;
       open = answer.find('[', open + 1)) {
    json::stream_parser parser;
    boost::system::error_code bad;
    auto rest = answer.substr(open);
    parser.write_some(rest.data(), rest.size(), bad);
    if (bad || !parser.done())
      continue;
    auto value = parser.release();
    auto& list = value.get_array();
    if (list.empty())
      return make_error(ec::bad_input, "the list is empty");
    if (list.size() > most)
      return make_error(ec::bad_input,
                        "the list has " + std::to_string(list.size())
                          + " entries, and at most " + std::to_string(most)
                          + " are allowed");
    return std::move(list);
  }
  return make_error(ec::bad_input, "the answer holds no JSON list");
}

std::string text_in(const json::object& x, std::string_view name) {
  const auto* value = x.if_contains(name);
  return value != nullptr && value->is_string()
           ? std::string{value->get_string()}
           : std::string{};
}

caf::expected<skill_item> read_item(const json::value& from, size_t number) {
  auto where = "entry " + std::to_string(number) + " of the plan";
  if (!from.is_object())
    return make_error(ec::bad_input, where + " is no object");
  const auto& x = from.get_object();
  skill_item item;
  item.name = text_in(x, "name");
  item.text = text_in(x, "task");
  item.title = text_in(x, "title");
  if (item.name.empty() || item.text.empty())
    return make_error(ec::bad_input, where + " has no name or no task");
  item.type = parse_task_type(text_in(x, "type"));
  if (const auto* n = x.if_contains("complexity"); n && n->is_int64())
    item.complexity =
      static_cast<int>(std::clamp<int64_t>(n->get_int64(), 1, 10));
  if (const auto* after = x.if_contains("after"); after && after->is_array())
    for (const auto& name : after->get_array())
      if (name.is_string())
        item.after.emplace_back(name.get_string());
  return item;
}

} // namespace

std::vector<skill_item> cut_into_chunks(std::string_view text, uint64_t bytes,
                                        uint32_t most) {
  // Cuts come up to a third before the end of a piece.
  auto least = most > 0 ? (text.size() + most - 1) / most * 3 / 2 + 4 : 0;
  if (text.size() > bytes * most * 2 / 3)
    bytes = std::max<uint64_t>(bytes, least);
  bytes = std::max<uint64_t>(bytes, 4);
  std::vector<skill_item> chunks;
  while (!text.empty()) {
    auto size = cut_at(text, bytes);
    chunks.push_back(
      {std::to_string(chunks.size() + 1), std::string{text.substr(0, size)}});
    text.remove_prefix(size);
  }
  if (chunks.empty())
    chunks.push_back({"1", ""});
  return chunks;
}

caf::expected<std::vector<skill_item>> read_list(std::string_view answer,
                                                 uint32_t most) {
  auto list = list_in(answer, most);
  if (!list)
    return list.error();
  std::vector<skill_item> items;
  for (const auto& x : *list)
    items.push_back(
      {std::to_string(items.size() + 1),
       x.is_string() ? std::string{x.get_string()} : json::serialize(x)});
  return items;
}

caf::expected<std::vector<skill_item>> read_plan(std::string_view answer,
                                                 uint32_t most) {
  auto list = list_in(answer, most);
  if (!list)
    return list.error();
  std::vector<skill_item> waiting;
  std::set<std::string> names;
  for (const auto& x : *list) {
    auto item = read_item(x, waiting.size() + 1);
    if (!item)
      return item.error();
    if (!names.insert(item->name).second)
      return make_error(ec::bad_input,
                        "the plan has two entries '" + item->name + "'");
    waiting.push_back(std::move(*item));
  }
  for (const auto& x : waiting)
    for (const auto& name : x.after)
      if (!names.contains(name))
        return make_error(ec::bad_input, "entry '" + x.name
                                           + "' of the plan waits for '" + name
                                           + "', which is not in it");
  std::vector<skill_item> ordered;
  std::set<std::string> before;
  auto ready = [&before](const skill_item& x) {
    return std::all_of(x.after.begin(), x.after.end(),
                       [&](const auto& name) { return before.contains(name); });
  };
  while (!waiting.empty()) {
    auto next = std::find_if(waiting.begin(), waiting.end(), ready);
    if (next == waiting.end())
      return make_error(ec::bad_input, "entry '" + waiting.front().name
                                         + "' of the plan waits for itself, "
                                           "by way of others");
    before.insert(next->name);
    ordered.push_back(std::move(*next));
    waiting.erase(next);
  }
  return ordered;
}

} // namespace smart_agents
