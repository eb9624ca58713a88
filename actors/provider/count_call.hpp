#pragma once

#include "adapters/http_client.hpp"
#include "adapters/provider_codec.hpp"
#include "messages/actors.hpp"
#include "messages/provider.hpp"

#include <string>

namespace smart_agents {

/// One request to a provider's counting endpoint: collects the small answer on
/// the I/O thread and tells the provider's actor, exactly once.
class count_call final : public http_listener {
public:
  count_call(uint64_t id, codec_ptr codec, provider_actor owner);

  /// Reports a failure if the client dropped it without an end.
  ~count_call() override;

  void on_head(http_head head) override;
  bool on_body(std::string_view bytes) override;
  void on_end() override;
  void on_failure(http_failure why) override;

private:
  void tell(std::optional<uint64_t> tokens, std::string why);

  uint64_t id_;
  codec_ptr codec_;
  provider_actor owner_;
  http_head head_;
  std::string body_;
};

} // namespace smart_agents
