#include "adapters/codecs/anthropic_blocks.hpp"

#include "adapters/codecs/json_reader.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "anthropic";

} // namespace

cache_marks::cache_marks(size_t total) : skip_{total - std::min(total, most)} {}

void cache_marks::write(json_writer& out, cache_mark x) {
  if (x == cache_mark::none)
    return;
  if (skip_ > 0) {
    --skip_;
    return;
  }
  out.key("cache_control").begin_object().field("type", "ephemeral");
  if (x == cache_mark::one_hour)
    out.field("ttl", "1h");
  out.end_object();
}

cache_mark mark_of(const part& x) {
  if (const auto* text = std::get_if<text_part>(&x))
    return text->text.empty() ? cache_mark::none : text->cache;
  if (const auto* media = std::get_if<media_part>(&x))
    return media->cache;
  if (const auto* result = std::get_if<tool_result_part>(&x))
    return result->cache;
  return cache_mark::none;
}

size_t count_marks(const chat_request& request) {
  size_t result = 0;
  for (const auto& x : request.tools)
    result += x.format.empty() && x.cache != cache_mark::none;
  for (const auto& message : request.messages)
    for (const auto& x : message.parts)
      result += mark_of(x) != cache_mark::none;
  return result;
}

bool block_writer::has_block(const part& x) const {
  if (const auto* text = std::get_if<text_part>(&x))
    return !text->text.empty();
  if (const auto* thinking = std::get_if<thinking_part>(&x))
    return !thinking->signature.empty()
           && is_own_thought(*thinking, format_name, request_);
  if (const auto* opaque = std::get_if<opaque_part>(&x))
    return opaque->format == format_name;
  return true;
}

caf::error block_writer::write(const part& x) {
  if (const auto* text = std::get_if<text_part>(&x)) {
    write_text(*text);
  } else if (const auto* media = std::get_if<media_part>(&x)) {
    return write_media(*media);
  } else if (const auto* thinking = std::get_if<thinking_part>(&x)) {
    write_thinking(*thinking);
  } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
    auto input = arguments_of(*call);
    if (!input)
      return input.error();
    out_.begin_object().field("type", "tool_use");
    out_.field("id", portable_id(call->id));
    out_.field("name", tool_name_for(format_name, call->name))
      .key("input")
      .raw(*input)
      .end_object();
  } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
    return write_result(*result);
  } else {
    const auto& json = std::get<opaque_part>(x).json;
    if (!is_json_object(json))
      return make_error(ec::bad_input, "a kept block is not a JSON object");
    out_.raw(json);
  }
  return {};
}

void block_writer::write_text(const text_part& x) {
  out_.begin_object().field("type", "text").field("text", x.text);
  marks_.write(out_, x.cache);
  out_.end_object();
}

caf::error block_writer::write_media(const media_part& x) {
  if (x.what != media_part::kind::image && x.what != media_part::kind::document)
    return unsupported(format_name, "audio or video");
  out_.begin_object();
  out_.field("type", x.what == media_part::kind::image ? "image" : "document");
  out_.key("source").begin_object();
  if (x.url.empty())
    out_.field("type", "base64")
      .field("media_type", x.mime_type)
      .field("data", x.base64);
  else
    out_.field("type", "url").field("url", x.url);
  out_.end_object();
  if (x.what == media_part::kind::document && !x.name.empty())
    out_.field("title", x.name);
  marks_.write(out_, x.cache);
  out_.end_object();
  return {};
}

void block_writer::write_thinking(const thinking_part& x) {
  out_.begin_object();
  if (x.redacted)
    out_.field("type", "redacted_thinking").field("data", x.signature);
  else
    out_.field("type", "thinking")
      .field("thinking", x.text)
      .field("signature", x.signature);
  out_.end_object();
}

void block_writer::write_plain(std::string_view text) {
  out_.begin_object().field("type", "text").field("text", text).end_object();
}

caf::error block_writer::write_result(const tool_result_part& x) {
  out_.begin_object().field("type", "tool_result");
  out_.field("tool_use_id", portable_id(x.call_id));
  if (!x.content.empty()) {
    out_.key("content").begin_array();
    for (const auto& piece : x.content) {
      if (const auto* text = std::get_if<text_part>(&piece)) {
        if (!text->text.empty())
          write_plain(text->text);
      } else if (const auto* opaque = std::get_if<opaque_part>(&piece)) {
        if (opaque->format == format_name && is_json_object(opaque->json))
          out_.raw(opaque->json);
        else
          write_plain(opaque->json);
      } else {
        auto media = std::get<media_part>(piece);
        media.cache = cache_mark::none; // the block itself carries the mark
        if (auto bad = write_media(media))
          return bad;
      }
    }
    out_.end_array();
  }
  if (x.is_error)
    out_.field("is_error", true);
  marks_.write(out_, x.cache);
  out_.end_object();
  return {};
}

} // namespace smart_agents::codecs
