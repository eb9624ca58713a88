#include "messages/chat.hpp"

#include <algorithm>

namespace smart_agents {

std::string text_of(const std::vector<part>& parts) {
  std::string result;
  for (const auto& x : parts)
    if (const auto* text = std::get_if<text_part>(&x))
      result += text->text;
  return result;
}

message text_message(role from, std::string text) {
  return {from, {text_part{std::move(text)}}};
}

std::string to_string(role x) {
  switch (x) {
  case role::system: return "system";
  case role::user: return "user";
  case role::assistant: return "assistant";
  case role::tool: return "tool";
  }
  return "unknown";
}

std::string to_string(finish_reason x) {
  switch (x) {
  case finish_reason::stop: return "stop";
  case finish_reason::length: return "length";
  case finish_reason::tool_calls: return "tool_calls";
  case finish_reason::filtered: return "filtered";
  case finish_reason::context_full: return "context_full";
  case finish_reason::resume: return "resume";
  case finish_reason::malformed_call: return "malformed_call";
  }
  return "unknown";
}

template <class Part>
Part& response_builder::part_at(uint32_t index) {
  auto& parts = response_.parts;
  auto place = std::find_if(places_.begin(), places_.end(),
                            [index](auto& x) { return x.first == index; });
  // A type change under one index opens a new part: text never lands in a call.
  if (place == places_.end()) {
    places_.emplace_back(index, parts.size());
    return std::get<Part>(parts.emplace_back(Part{}));
  }
  if (!std::holds_alternative<Part>(parts[place->second])) {
    place->second = parts.size();
    return std::get<Part>(parts.emplace_back(Part{}));
  }
  return std::get<Part>(parts[place->second]);
}

void response_builder::add(const stream_event& event) {
  if (const auto* start = std::get_if<stream_start>(&event)) {
    response_.id = start->id;
    response_.model = start->model;
  } else if (const auto* text = std::get_if<text_delta>(&event)) {
    part_at<text_part>(text->index).text += text->text;
  } else if (const auto* thinking = std::get_if<thinking_delta>(&event)) {
    auto& x = part_at<thinking_part>(thinking->index);
    x.text += thinking->text;
    x.signature += thinking->signature;
    x.redacted = x.redacted || thinking->redacted;
    if (!x.signature.empty())
      x.signer = response_.model;
    if (!thinking->origin.empty())
      x.origin = thinking->origin;
  } else if (const auto* call = std::get_if<tool_call_delta>(&event)) {
    auto& x = part_at<tool_call_part>(call->index);
    if (!call->id.empty())
      x.id = call->id;
    if (!call->name.empty())
      x.name = call->name;
    x.arguments += call->arguments;
    if (!call->signature.empty()) {
      x.signature = call->signature;
      x.signer = response_.model;
    }
  } else if (const auto* opaque = std::get_if<opaque_delta>(&event)) {
    part_at<opaque_part>(opaque->index) = {opaque->format, opaque->json};
  } else if (const auto* end = std::get_if<stream_end>(&event)) {
    response_.finish = end->finish;
    response_.tokens = end->tokens;
    complete_ = true;
  }
}

chat_response response_builder::take() {
  auto is_call = [](const part& x) {
    return std::holds_alternative<tool_call_part>(x);
  };
  for (auto& x : response_.parts)
    if (auto* call = std::get_if<tool_call_part>(&x);
        call != nullptr && call->arguments.empty())
      call->arguments = "{}";
  if (std::any_of(response_.parts.begin(), response_.parts.end(), is_call)
      && response_.finish == finish_reason::stop)
    response_.finish = finish_reason::tool_calls;
  places_.clear();
  return std::move(response_);
}

} // namespace smart_agents
