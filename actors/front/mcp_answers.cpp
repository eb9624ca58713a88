#include "actors/front/mcp_answers.hpp"

#include "actors/front/mcp_protocol.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// How far a cut may be moved to a line's end.
constexpr size_t reach = 200;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

} // namespace

void answer_shelf::keep(std::string id, std::string whose, std::string text) {
  bytes_ += text.size();
  all_.push_back({std::move(id), std::move(whose), std::move(text)});
  while (all_.size() > max_answers || (bytes_ > max_bytes && !all_.empty())) {
    bytes_ -= all_.front().text.size();
    all_.pop_front();
  }
}

const std::string* answer_shelf::find(std::string_view id,
                                      std::string_view whose) const {
  auto i = std::find_if(all_.begin(), all_.end(), [&](const kept& x) {
    return x.id == id && x.whose == whose;
  });
  return i == all_.end() ? nullptr : &i->text;
}

std::string shorten_answer(std::string_view text, size_t limit,
                           std::string_view uri) {
  if (text.size() <= limit)
    return std::string{text};
  // The end says who answered, and what it cost.
  auto tail = std::min<size_t>(limit / 4, 4000);
  auto head = limit - tail;
  if (auto line = text.rfind('\n', head);
      line != text.npos && line + reach > head)
    head = line + 1;
  while (head > 0 && continues_character(text[head]))
    --head;
  auto from = text.size() - tail;
  if (auto line = text.find('\n', from);
      line != text.npos && line < from + reach)
    from = line + 1;
  while (from < text.size() && continues_character(text[from]))
    ++from;
  std::string result{text.substr(0, head)};
  result.append("\n[")
    .append(std::to_string(from - head))
    .append(" bytes are left out here; the whole is the resource ")
    .append(uri)
    .append("]\n")
    .append(text.substr(from));
  return result;
}

json::object linked_result(std::string_view text, size_t limit,
                           std::string_view uri, std::string_view name) {
  json::object link{{"type", "resource_link"},
                    {"uri", uri},
                    {"name", name},
                    {"title", "The whole answer"},
                    {"mimeType", "text/plain"},
                    {"size", text.size()}};
  return {{"content", json::array{mcp_text(shorten_answer(text, limit, uri)),
                                  std::move(link)}}};
}

} // namespace smart_agents
