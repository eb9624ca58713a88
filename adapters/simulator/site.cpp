#include "adapters/simulator/site.hpp"

#include "adapters/simulator/exchange.hpp"
#include "adapters/simulator/listings.hpp"

namespace smart_agents::sim {

namespace {

/// Anthropic's limit on a body; the others' are near.
constexpr size_t largest_body = 32u << 20;

void send(http_responder& to, reply x) {
  to.send(x.status, std::move(x.headers), std::move(x.body));
}

} // namespace

site::site(io_threads& io, http_server_options options,
           std::shared_ptr<book> about, control_handler control)
  : io_{io}, options_{std::move(options)}, book_{std::move(about)},
    control_{std::move(control)} {}

std::string site::base_url() const {
  auto root = "http://" + options_.host + ":" + std::to_string(options_.port);
  switch (book_->whose()) {
  case vendor::openai:
  case vendor::xai:
  case vendor::compatible: return root + "/v1";
  default: return root;
  }
}

caf::error site::open() {
  if (server_)
    return {};
  auto started = start_http_server(
    io_, options_,
    [&io = io_, about = book_, control = control_](
      const server_request& request, http_responder_ptr answer) {
      auto inner = std::string_view{request.target}.substr(0, 6) == "/_sim/";
      if (inner && control(request, answer))
        return;
      handle(io, about, request, std::move(answer));
    });
  if (!started)
    return started.error();
  server_ = std::move(*started);
  if (options_.port == 0)
    options_.port = server_->port();
  return {};
}

void site::close() {
  if (server_)
    server_->stop();
  server_.reset();
}

void site::handle(io_threads& io, const std::shared_ptr<book>& about,
                  const server_request& request, http_responder_ptr answer) {
  auto where = find_route(about->whose(), request.method, request.target);
  if (where.what != endpoint_kind::completion)
    return send(*answer, answer_listing(*about, where, request.target,
                                        request.headers, request.body));
  if (auto wrong = about->check_key(request.headers, request.target))
    return send(*answer, about->refuse_unread(*wrong, where.format, {}));
  if (request.body.size() > largest_body)
    return send(*answer,
                about->refuse_unread(
                  refusal_of(failure_class::too_large, about->whose(), {}),
                  where.format, {}));
  auto read = read_ask(where.format, about->whose(), request.target,
                       request.headers, request.body);
  if (auto* wrong = std::get_if<refusal>(&read))
    return send(*answer, about->refuse_unread(*wrong, where.format, {}));
  auto& asked = std::get<ask>(read);
  auto decided = about->admit(asked);
  if (auto* refused = std::get_if<reply>(&decided))
    return send(*answer, std::move(*refused));
  auto& admitted = std::get<admission>(decided);
  if (exchange::is_instant(asked, admitted))
    return exchange::answer_now(*about, asked, admitted, *answer);
  // A slow answer must not hold a long prompt.
  asked.prompt = {};
  asked.results.clear();
  std::make_shared<exchange>(io.context(io.here()), about, std::move(asked),
                             std::move(admitted), std::move(answer))
    ->run();
}

} // namespace smart_agents::sim
