#include "actors/provider/count_call.hpp"

#include <caf/send.hpp>

#include <utility>

namespace smart_agents {

count_call::count_call(uint64_t id, codec_ptr codec, provider_actor owner)
  : id_{id}, codec_{std::move(codec)}, owner_{std::move(owner)} {}

count_call::~count_call() {
  tell(std::nullopt, "the HTTP client gave up the call");
}

void count_call::on_head(http_head head) {
  head_ = std::move(head);
}

bool count_call::on_body(std::string_view bytes) {
  body_ += bytes; // bounded by the request's limits
  return true;
}

void count_call::on_end() {
  if (head_.status / 100 != 2) {
    auto why = codec_->classify(head_, body_);
    return tell(std::nullopt, to_string(why.what) + ": " + why.message);
  }
  auto tokens = codec_->decode_count(body_);
  tell(tokens, tokens ? "" : "the answer holds no count");
}

void count_call::on_failure(http_failure why) {
  tell(std::nullopt, why.message);
}

void count_call::tell(std::optional<uint64_t> tokens, std::string why) {
  if (!owner_)
    return;
  caf::anon_send(std::exchange(owner_, nullptr),
                 count_over{id_, tokens, std::move(why)});
}

} // namespace smart_agents
