#pragma once

#include "actors/front/mcp_http.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

namespace json = boost::json;

/// What an HTTP client was sent. Its socket is ready at once.
struct fake_socket {
  int status = 0;
  http_headers headers;
  std::string body;
  bool streams = false;
  bool ended = false;
  std::function<void()> gone;

  std::string header(const char* name) const {
    return std::string{find_header(headers, name)};
  }

  json::value answer() const {
    boost::system::error_code bad;
    return json::parse(body, bad);
  }

  /// The messages of a stream.
  std::vector<json::value> events() const {
    std::vector<json::value> result;
    for (size_t at = 0; (at = body.find("data: {", at)) != std::string::npos;) {
      auto end = body.find('\n', at);
      result.push_back(json::parse(body.substr(at + 6, end - at - 6)));
      at = end;
    }
    return result;
  }

  /// The last event's id.
  std::string last_id() const {
    auto at = body.rfind("id: ");
    return at == std::string::npos
             ? ""
             : body.substr(at + 4, body.find('\n', at) - at - 4);
  }
};

using fake_socket_ptr = std::shared_ptr<fake_socket>;

class fake_responder final : public http_responder {
public:
  explicit fake_responder(fake_socket_ptr to) : to_{std::move(to)} {}

  void send(int status, http_headers headers, std::string body) override {
    to_->status = status;
    to_->headers = std::move(headers);
    to_->body = std::move(body);
    to_->ended = true;
  }

  void start(int status, http_headers headers) override {
    to_->status = status;
    to_->headers = std::move(headers);
    to_->streams = true;
  }

  void write(std::string bytes, std::function<void(bool)> done) override {
    to_->body += bytes;
    done(true);
  }

  void end() override {
    to_->ended = true;
  }

  void abort() override {
    to_->ended = true;
  }

  void on_gone(std::function<void()> gone) override {
    to_->gone = std::move(gone);
  }

  bool answered() const override {
    return to_->status != 0;
  }

private:
  fake_socket_ptr to_;
};

/// A server with one tool, `wait`, whose calls the test ends itself.
class McpHttpTest : public ::testing::Test {
protected:
  static mcp_offer offer() {
    mcp_tool wait;
    wait.name = "wait";
    wait.schema = {{"type", "object"}};
    wait.tasks = mcp_task_use::possible;
    mcp_offer result;
    result.tools = {wait};
    result.resources = {{"x://a", "a", "A", "A thing."}};
    result.tools_change = result.resources_change = result.tasks = true;
    return result;
  }

  void SetUp() override {
    server_.serve(
      {[this](const mcp_work_ptr& work) { begun_.push_back(work); },
       [this](const mcp_work_ptr& work) { cancelled_.push_back(work); }});
    options_.on_gone = [this](uint64_t x) { http_->gone(x); };
    http_ = std::make_unique<mcp_http>(server_, options_);
  }

  static http_headers plain() {
    return {{"Host", "127.0.0.1:8787"},
            {"Content-Type", "application/json"},
            {"Accept", "application/json, text/event-stream"}};
  }

  fake_socket_ptr send(std::string method, http_headers headers,
                       std::string body = {}, std::string target = "/mcp") {
    auto socket = std::make_shared<fake_socket>();
    server_request request{std::move(method), std::move(target),
                           std::move(headers), std::move(body), "127.0.0.1"};
    http_->receive(request, std::make_shared<fake_responder>(socket), now_);
    return socket;
  }

  static std::string message(std::string method, json::object params,
                             json::value id = 7) {
    json::object result{{"jsonrpc", "2.0"},
                        {"method", std::move(method)},
                        {"params", std::move(params)}};
    if (!id.is_null())
      result["id"] = std::move(id);
    return json::serialize(result);
  }

  static json::object meta(json::object capabilities = {}) {
    return {
      {"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
      {"io.modelcontextprotocol/clientCapabilities", std::move(capabilities)}};
  }

  static http_headers modern_headers(const std::string& method,
                                     const std::string& name = {}) {
    auto result = plain();
    result.emplace_back("MCP-Protocol-Version", "2026-07-28");
    result.emplace_back("Mcp-Method", method);
    if (!name.empty())
      result.emplace_back("Mcp-Name", name);
    return result;
  }

  fake_socket_ptr modern(const std::string& method, json::object params = {},
                         const std::string& name = {}) {
    if (!params.contains("_meta"))
      params["_meta"] = meta();
    return send("POST", modern_headers(method, name),
                message(method, std::move(params)));
  }

  fake_socket_ptr call(json::object capabilities = {}, json::object more = {}) {
    more["name"] = "wait";
    more["_meta"] = meta(std::move(capabilities));
    return modern("tools/call", std::move(more), "wait");
  }

  http_headers session_headers() const {
    auto result = plain();
    result.emplace_back("MCP-Protocol-Version", "2025-11-25");
    result.emplace_back("Mcp-Session-Id", session_);
    return result;
  }

  void open_session() {
    auto hello =
      send("POST", plain(),
           message("initialize",
                   {{"protocolVersion", "2025-11-25"},
                    {"capabilities", {{"elicitation", json::object{}}}}}));
    session_ = hello->header("Mcp-Session-Id");
  }

  fake_socket_ptr legacy(std::string method, json::object params = {},
                         json::value id = 7) {
    return send("POST", session_headers(),
                message(std::move(method), std::move(params), std::move(id)));
  }

  wall_time wall_{std::chrono::hours{24 * 365 * 56}};
  mcp_server server_{
    {"agents", "1.2", "Ask."}, offer(), [this] { return wall_; }};
  mcp_http_options options_;
  std::unique_ptr<mcp_http> http_;
  instant now_{};
  std::string session_;
  std::vector<mcp_work_ptr> begun_;
  std::vector<mcp_work_ptr> cancelled_;
};

} // namespace smart_agents
