// Conversations as providers want them: ids, signatures, calls in pairs.

#include "adapters/codecs/wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace smart_agents::codecs {

namespace {

bool all_digits(std::string_view x) {
  return !x.empty() && x.find_first_not_of("0123456789") == x.npos;
}

/// What may follow a model's name and leave it the same model: `-20261001`,
/// `-2026-10-01`, `-0613`, `-latest`, `:latest`.
bool is_snapshot(std::string_view rest) {
  if (rest.empty())
    return true;
  if (rest.front() != '-' && rest.front() != ':' && rest.front() != '@')
    return false;
  rest.remove_prefix(1);
  if (rest == "latest")
    return true;
  if (rest.size() == 10 && rest[4] == '-' && rest[7] == '-')
    return all_digits(rest.substr(0, 4)) && all_digits(rest.substr(5, 2))
           && all_digits(rest.substr(8));
  return (rest.size() == 8 || rest.size() == 4) && all_digits(rest);
}

std::string_view bare_name(std::string_view x) {
  auto slash = x.rfind('/');
  return slash == x.npos ? x : x.substr(slash + 1);
}

bool is_portable(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

using ids = std::vector<std::string_view>;

bool holds(const ids& all, std::string_view id) {
  return std::find(all.begin(), all.end(), id) != all.end();
}

/// First message from `begin` on that is an assistant's, or is not.
size_t skip(const chat_request& request, size_t begin, bool assistant) {
  const auto& all = request.messages;
  while (begin < all.size()
         && (all[begin].from == role::assistant) == assistant)
    ++begin;
  return begin;
}

ids calls_in(const chat_request& request, size_t begin, size_t end) {
  ids result;
  for (; begin < end; ++begin)
    for (const auto& x : request.messages[begin].parts)
      if (const auto* call = std::get_if<tool_call_part>(&x))
        result.push_back(call->id);
  return result;
}

/// True when every call of the conversation is answered once in the first
/// message after it, and nothing else is. Calls at the very end wait for their
/// results, but no request is sent meanwhile: they count as unanswered.
bool is_whole(const chat_request& request) {
  for (size_t i = 0; i < request.messages.size();) {
    auto calls_end = skip(request, i, true);
    auto open = calls_in(request, i, calls_end);
    i = skip(request, calls_end, false);
    for (auto at = calls_end; at < i; ++at)
      for (const auto& x : request.messages[at].parts)
        if (const auto* result = std::get_if<tool_result_part>(&x)) {
          auto found = std::find(open.begin(), open.end(), result->call_id);
          if (found == open.end())
            return false;
          open.erase(found);
        }
    if (!open.empty())
      return false;
  }
  return true;
}

tool_result_part stand_in(const tool_call_part& call) {
  return {call.id,
          call.name,
          {text_part{"The tool was not run, or its result was lost."}},
          true};
}

/// Takes the results of `open` out of the messages, in the order of the calls.
message take_results(const chat_request& from, size_t begin, size_t end,
                     const std::vector<const tool_call_part*>& open) {
  message result{role::tool, {}};
  for (const auto* call : open) {
    const tool_result_part* answer = nullptr;
    for (auto at = begin; at < end && answer == nullptr; ++at)
      for (const auto& x : from.messages[at].parts)
        if (const auto* found = std::get_if<tool_result_part>(&x);
            found && found->call_id == call->id) {
          answer = found;
          break;
        }
    result.parts.emplace_back(answer ? *answer : stand_in(*call));
  }
  return result;
}

} // namespace

bool same_model(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty())
    return true;
  a = bare_name(a);
  b = bare_name(b);
  if (!a.empty() && a.back() == '*')
    return b.starts_with(a.substr(0, a.size() - 1));
  if (a.size() > b.size())
    std::swap(a, b);
  for (std::string_view latest : {"-latest", ":latest"})
    if (a.size() > latest.size()
        && a.substr(a.size() - latest.size()) == latest)
      a.remove_suffix(latest.size());
  return b.substr(0, a.size()) == a && is_snapshot(b.substr(a.size()));
}

bool is_own_thought(const thinking_part& x, std::string_view format,
                    const chat_request& request) {
  return x.origin == format && same_model(x.signer, request.model);
}

std::string portable_id(std::string_view id) {
  constexpr size_t longest = 64;
  auto clean = std::all_of(id.begin(), id.end(), is_portable);
  if (clean && !id.empty() && id.size() <= longest)
    return std::string{id};
  // FNV-1a, 64 bits: ids that differ only in what is replaced stay apart.
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : id)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::array<char, 16> digits;
  auto end =
    std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16);
  std::string result{id.substr(0, longest - 1 - digits.size())};
  for (char& c : result)
    if (!is_portable(c))
      c = '_';
  return result.append("_").append(digits.data(), end.ptr);
}

const chat_request& mended(const chat_request& request,
                           std::optional<chat_request>& room) {
  if (is_whole(request))
    return request;
  room = request;
  auto& kept_messages = (room->messages = {}).edit();
  const auto& all = request.messages;
  for (size_t i = 0; i < all.size();) {
    auto calls_end = skip(request, i, true);
    std::vector<const tool_call_part*> open;
    ids seen;
    for (; i < calls_end; ++i) {
      auto& kept = kept_messages.emplace_back(message{all[i].from, {}});
      for (const auto& x : all[i].parts) {
        if (const auto* call = std::get_if<tool_call_part>(&x)) {
          if (holds(seen, call->id))
            continue; // one id, one call
          seen.push_back(call->id);
          open.push_back(call);
        }
        kept.parts.push_back(x);
      }
    }
    auto turn_end = skip(request, calls_end, false);
    if (!open.empty())
      kept_messages.push_back(take_results(request, i, turn_end, open));
    for (; i < turn_end; ++i) {
      message kept{all[i].from, {}};
      for (const auto& x : all[i].parts)
        if (!std::holds_alternative<tool_result_part>(x))
          kept.parts.push_back(x);
      if (!kept.parts.empty())
        kept_messages.push_back(std::move(kept));
    }
  }
  return *room;
}

size_t end_of_turn(const chat_request& request, size_t begin) {
  if (begin >= request.messages.size())
    return begin;
  return skip(request, begin, request.messages[begin].from == role::assistant);
}

} // namespace smart_agents::codecs
