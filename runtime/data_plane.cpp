#include "adapters/beast/http_server.hpp"
#include "adapters/websocket.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/commands.hpp"
#include "runtime/dashboard.hpp"
#include "runtime/service_impl.hpp"

#include <caf/send.hpp>

#include <boost/json/serialize.hpp>

#include <atomic>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace smart_agents {

namespace {

class beast_data_plane final : public data_plane {
public:
  beast_data_plane(std::unique_ptr<dashboard> pages,
                   std::unique_ptr<http_server> server)
    : pages_{std::move(pages)}, server_{std::move(server)} {}

  uint16_t port() const override {
    return server_->port();
  }

  void stop_accepting() override {
    server_->stop_accepting();
  }

private:
  // Before the server, whose handler uses it.
  std::unique_ptr<dashboard> pages_;
  std::unique_ptr<http_server> server_;
};

/// A request with its responder. A front that ends before it takes the request
/// drops both, and then nobody else would answer.
struct gateway_request {
  gateway_request(server_request request, http_responder_ptr to)
    : what{std::move(request)}, answer{std::move(to)} {}
  gateway_request(const gateway_request&) = delete;
  gateway_request& operator=(const gateway_request&) = delete;
  ~gateway_request() {
    if (!answer->answered())
      answer_for_nobody(what, *answer, make_task_id());
  }

  server_request what;
  http_responder_ptr answer;
};

std::string_view path_of(const server_request& x) {
  return std::string_view{x.target}.substr(0, x.target.find('?'));
}

constexpr std::string_view events_path = "/v1/events";

/// Clients of `/v1/events`.
std::shared_ptr<const websocket_door> events_door(service::impl* details) {
  auto door = std::make_shared<websocket_door>();
  door->bounds.lost = [](uint64_t lost) { return missed_json(lost, 0); };
  door->check = [details](const server_request& x) {
    if (path_of(x) != events_path)
      return 404;
    auto rules = details->parts()->rules();
    auto who = admit_by_our_keys(rules->gate, x);
    auto* why = std::get_if<turned_away>(&who);
    return why ? why->status : 0;
  };
  auto last = std::make_shared<std::atomic<uint64_t>>(0);
  door->open = [details, last](const server_request& x, websocket_ptr client) {
    auto id = ++*last;
    auto rules = details->parts()->rules();
    auto who = admit_by_our_keys(rules->gate, x);
    const auto* in = std::get_if<visitor>(&who);
    if (in == nullptr) {
      // Revoked since it knocked.
      client->close(1008, std::get<turned_away>(who).message);
      return websocket_reader{[](const std::string&) {}, [] {}};
    }
    auto mark = x.target.find('?');
    caf::anon_send(details->parts()->events_front(),
                   listener_came{id, std::move(client),
                                 mark == std::string::npos
                                   ? std::string{}
                                   : x.target.substr(mark + 1),
                                 in->key ? in->key->name : ""});
    websocket_reader reader;
    reader.text = [details, id](std::string text) {
      caf::anon_send(details->parts()->events_front(),
                     listener_said{id, std::move(text)});
    };
    reader.closed = [details, id] {
      caf::anon_send(details->parts()->events_front(), listener_left{id});
    };
    return reader;
  };
  return door;
}

/// Host, origin and key, which is set where one was shown. Whoever is turned
/// away has been told so.
bool let_in(const wiring& parts, const server_request& request,
            const http_responder_ptr& answer, std::optional<client_key>& key) {
  auto rules = parts.rules();
  auto who = admit_by_our_keys(rules->gate, request);
  const auto* why = std::get_if<turned_away>(&who);
  if (why == nullptr) {
    if (const auto* shown = std::get<visitor>(who).key)
      key = *shown;
    return true;
  }
  http_headers headers{{"Content-Type", "application/json"}};
  if (why->status == 401)
    headers.emplace_back("WWW-Authenticate", "Bearer");
  boost::json::object error{{"type", "forbidden"}, {"message", why->message}};
  answer->send(
    why->status, std::move(headers),
    boost::json::serialize(boost::json::object{{"error", std::move(error)}}));
  return false;
}

bool is_below(std::string_view path, std::string_view base) {
  return path.starts_with(base)
         && (path.size() == base.size() || path[base.size()] == '/');
}

} // namespace

caf::expected<std::unique_ptr<data_plane>>
open_data_plane(service& of, std::function<std::string()> status) {
  auto* details = &of.details();
  auto parts = details->parts();
  const auto& config = parts->configuration();
  if (auto bad = check_client_keys(config))
    return bad;
  http_server_options options;
  options.host = config.listen_host;
  options.port = config.listen_port;
  options.max_body = config.max_prompt + (1u << 20);
  options.websockets = events_door(details);
  auto pages = std::make_unique<dashboard>(of, std::move(status));
  auto server = start_http_server(
    parts->io(), options,
    [details, pages = pages.get()](server_request request,
                                   http_responder_ptr answer) {
      if (pages->take(request, answer))
        return;
      auto current = details->parts();
      auto asked = std::make_shared<const gateway_request>(std::move(request),
                                                           std::move(answer));
      std::shared_ptr<const server_request> whole{asked, &asked->what};
      http_responder_ptr reply{asked, asked->answer.get()};
      auto path = path_of(*whole);
      auto tasks = is_below(path, "/v1/tasks");
      auto events = path == events_path && whole->method == "GET";
      std::optional<client_key> key;
      if (mcp_http::serves(whole->target))
        caf::anon_send(current->mcp_front(), mcp_http_incoming{whole, reply});
      else if (!tasks && !events)
        caf::anon_send(current->http_front(), http_incoming{whole, reply});
      else if (!let_in(*current, *whole, reply, key))
        return;
      else if (tasks)
        caf::anon_send(current->tasks_front(),
                       tasks_asked{whole, reply, std::move(key)});
      else
        caf::anon_send(current->events_front(),
                       stream_asked{whole, reply, {}, key ? key->name : ""});
    },
    config.tls);
  if (!server)
    return server.error();
  return std::unique_ptr<data_plane>{
    std::make_unique<beast_data_plane>(std::move(pages), std::move(*server))};
}

} // namespace smart_agents
