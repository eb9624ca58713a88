// What clients send, and what we make of it for every provider.

#include "adapters/client_codec.hpp"
#include "adapters/provider_codec.hpp"
#include "adapters/token_estimate.hpp"
#include "adapters/tool_names.hpp"
#include "adapters/verbatim.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/json/parse.hpp>

namespace smart_agents {

namespace {

bool is_json_object(const std::string& text) {
  boost::json::error_code error;
  auto x = boost::json::parse(text, error);
  return !error && x.is_object();
}

void encode_for_all(const chat_request& request) {
  (void)estimate_input(request, "anthropic");
  endpoint to;
  to.base_url = "http://127.0.0.1:1";
  to.api_key = "key";
  for (const auto& format : codec_formats()) {
    auto codec = make_codec(format);
    (void)codec->losses(request);
    tool_names names{format, request};
    for (bool count : {false, true}) {
      auto sent =
        count ? codec->encode_count(request, to) : codec->encode(request, to);
      if (!sent)
        continue;
      fuzz::must(is_json_object(sent->body.text()),
                 "a request is a JSON object");
      auto again =
        count ? codec->encode_count(request, to) : codec->encode(request, to);
      fuzz::must(again && again->body.text() == sent->body.text(),
                 "the same bytes");
    }
  }
}

} // namespace

FUZZ_TARGET(client_requests) {
  auto body = std::make_shared<const std::string>(bytes);
  for (const auto& format : client_formats()) {
    auto codec = make_client_codec(format);
    (void)codec->parse_count(bytes);
    auto parsed = codec->parse(bytes);
    if (!parsed) {
      auto text = codec->render_error({failure_class::bad_request,
                                       std::string{bytes.substr(0, 50)},
                                       0,
                                       {},
                                       {}},
                                      "req_1");
      fuzz::must(!text.empty(), "an error has words");
      continue;
    }
    auto& request = parsed->chat;
    encode_for_all(request);
    request.verbatim = keep_body(format, body, {}, request);
    if (request.verbatim)
      encode_for_all(request);
  }
}

} // namespace smart_agents
