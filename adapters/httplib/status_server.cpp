#include "adapters/httplib/status_server.hpp"

#include "adapters/host_name.hpp"
#include "messages/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <httplib.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace smart_agents {

namespace {

namespace json = boost::json;
using request = httplib::Request;
using response = httplib::Response;

constexpr const char* json_type = "application/json";

/// Without SO_REUSEPORT, which would let two processes share a port silently.
void set_options(socket_t socket) {
  int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

} // namespace

struct status_server::impl {
  status_pages pages;
  log_ptr log;
  httplib::Server server;
  std::thread thread;
  uint16_t port = 0;
  bool loopback = true;

  void set_up(const status_server_options& options) {
    auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(options.io_timeout);
    auto rest = std::chrono::duration_cast<std::chrono::microseconds>(
      options.io_timeout - seconds);
    server.set_read_timeout(seconds.count(), rest.count());
    server.set_write_timeout(seconds.count(), rest.count());
    // An idle connection holds a thread, so none stays for long.
    server.set_keep_alive_timeout(1);
    server.set_keep_alive_max_count(100);
    server.set_payload_max_length(4096);
    server.set_socket_options(set_options);
    server.set_tcp_nodelay(true);
    server.new_task_queue = [n = options.threads] {
      return new httplib::ThreadPool(n);
    };
    server.set_default_headers(
      {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
    loopback = is_loopback_host(options.host);
    server.set_pre_routing_handler([this](const request& q, response& a) {
      if (!loopback || is_plain_host(host_of(q.get_header_value("Host")))) {
        // Here, since a POST without a body is no request to httplib.
        if (q.method != "POST" || q.path != "/reload")
          return httplib::Server::HandlerResponse::Unhandled;
        reload(q, a);
        a.set_header("Connection", "close");
        return httplib::Server::HandlerResponse::Handled;
      }
      a.status = 403;
      a.set_content("{\"error\":\"ask for 127.0.0.1 or localhost\"}\n",
                    json_type);
      return httplib::Server::HandlerResponse::Handled;
    });
    server.set_exception_handler([this](const request& q, response& a,
                                        const std::exception_ptr& thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        log->error("status endpoint: {} failed: {}", q.path, e.what());
      } catch (...) {
        log->error("status endpoint: {} failed", q.path);
      }
      a.status = 500;
      a.set_content("{\"error\":\"internal; the log has more\"}\n", json_type);
    });
    server.set_error_handler([](const request&, response& a) {
      if (a.body.empty() && a.status == 404)
        a.set_content("{\"error\":\"no such page; there are /healthz /readyz "
                      "/status /metrics\"}\n",
                      json_type);
    });
  }

  void reload(const request& q, response& a) const {
    // Pages of others may not steer us; programs send no origin.
    if (q.has_header("Origin") || !pages.reload) {
      a.status = q.has_header("Origin") ? 403 : 404;
      a.set_content("{\"error\":\"there is nothing to reload for you\"}\n",
                    json_type);
      return;
    }
    auto why = pages.reload();
    json::object body{{"reloaded", why.empty()}};
    if (!why.empty())
      body["error"] = why;
    a.status = why.empty() ? 200 : 422;
    a.set_content(json::serialize(body) + "\n", json_type);
  }

  void add_pages() {
    server.Get("/healthz", [](const request&, response& a) {
      a.set_content("{\"status\":\"ok\"}\n", json_type);
    });
    server.Get("/readyz", [this](const request&, response& a) {
      auto now = pages.ready();
      json::array reasons;
      for (const auto& x : now.reasons)
        reasons.emplace_back(x);
      json::object body{{"ready", now.ready}, {"reasons", std::move(reasons)}};
      a.status = now.ready ? 200 : 503;
      a.set_content(json::serialize(body) + "\n", json_type);
    });
    server.Get("/status", [this](const request&, response& a) {
      a.set_content(pages.status(), json_type);
    });
    server.Get("/metrics", [this](const request&, response& a) {
      a.set_content(pages.metrics(),
                    "text/plain; version=0.0.4; charset=utf-8");
    });
  }
};

caf::expected<std::unique_ptr<status_server>>
status_server::start(status_pages pages, const status_server_options& options,
                     log_ptr log) {
  auto self = std::make_unique<impl>();
  self->pages = std::move(pages);
  self->log = std::move(log);
  self->set_up(options);
  self->add_pages();
  errno = 0;
  int port = options.port;
  if (port == 0)
    port = self->server.bind_to_any_port(options.host);
  else if (!self->server.bind_to_port(options.host, port))
    port = -1;
  if (port < 0)
    return make_error(
      ec::io_failed,
      "cannot listen on " + options.host + ":" + std::to_string(options.port)
        + " for the status endpoint: " + std::generic_category().message(errno)
        + "; end the program that uses it, or set server.control_port");
  self->port = static_cast<uint16_t>(port);
  self->thread =
    std::thread{[server = &self->server] { server->listen_after_bind(); }};
  // `stop` before the loop runs would be lost.
  while (!self->server.is_running())
    std::this_thread::yield();
  return std::unique_ptr<status_server>{new status_server{std::move(self)}};
}

status_server::status_server(std::unique_ptr<impl> pimpl)
  : impl_{std::move(pimpl)} {}

status_server::~status_server() {
  impl_->server.stop();
  impl_->thread.join();
}

uint16_t status_server::port() const {
  return impl_->port;
}

} // namespace smart_agents
