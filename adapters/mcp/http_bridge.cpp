#include "adapters/mcp/http_bridge.hpp"

#include "adapters/framing.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// Longer than any call; the server's pings keep the rest short.
constexpr auto longest = std::chrono::hours{24};
constexpr auto silence = std::chrono::minutes{2};

std::string_view text_at(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_string() ? std::string_view{x->get_string()}
                             : std::string_view{};
}

const json::object& object_at(const json::object& from, std::string_view key) {
  static const json::object none;
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_object() ? x->get_object() : none;
}

/// What `Mcp-Name` repeats; empty for nothing.
std::string_view name_of(std::string_view method, const json::object& params) {
  if (method == "tools/call" || method == "prompts/get")
    return text_at(params, "name");
  if (method == "resources/read")
    return text_at(params, "uri");
  if (method.starts_with("tasks/"))
    return text_at(params, "taskId");
  return {};
}

std::string error_for(const json::value& id, const std::string& why) {
  return json::serialize(
    json::object{{"jsonrpc", "2.0"},
                 {"id", id},
                 {"error", json::object{{"code", -32603}, {"message", why}}}});
}

/// One message of the client's.
struct outgoing {
  std::string line;
  json::value id;
  std::string method;
  std::string name;
  /// Of the modern era.
  std::string version;
  /// The request that a cancellation names.
  std::string cancels;
};

outgoing read_line(std::string line) {
  outgoing result;
  boost::system::error_code bad;
  auto root = json::parse(line, bad);
  result.line = std::move(line);
  if (bad || !root.is_object())
    return result;
  const auto& fields = root.get_object();
  const auto& params = object_at(fields, "params");
  if (const auto* id = fields.if_contains("id"))
    result.id = *id;
  result.method = text_at(fields, "method");
  result.name = name_of(result.method, params);
  result.version = text_at(object_at(params, "_meta"),
                           "io.modelcontextprotocol/protocolVersion");
  if (result.method == "notifications/cancelled")
    if (const auto* id = params.if_contains("requestId"))
      result.cancels = json::serialize(*id);
  return result;
}

} // namespace

class http_bridge::impl : public std::enable_shared_from_this<impl> {
public:
  explicit impl(http_bridge_options options) : options_{std::move(options)} {}

  void take(std::string line);
  void listen();
  size_t waiting() const;
  void end();
  void over(const std::string& key);
  void greeted(const http_head& head, std::string_view answer);
  void write(std::string_view message) const {
    options_.write(std::string{message});
  }

private:
  http_request make_request(const char* method) const;
  void send(http_request request, const json::value& id, std::string key,
            bool greets);

  const http_bridge_options options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<http_exchange>> exchanges_;
  std::string session_;
  std::string version_;
  bool ended_ = false;
};

namespace {

/// Hands one answer on, JSON or stream.
template <class Bridge>
class answer_reader final : public http_listener {
public:
  answer_reader(std::shared_ptr<Bridge> to, json::value id, std::string key,
                bool greets)
    : to_{std::move(to)}, id_{std::move(id)}, key_{std::move(key)}, greets_{
                                                                      greets} {}

  void on_head(http_head head) override {
    head_ = std::move(head);
    streams_ = find_header(head_.headers, "Content-Type")
                 .starts_with("text/event-stream");
  }

  bool on_body(std::string_view bytes) override {
    if (!streams_) {
      body_ += bytes;
      return true;
    }
    sse_splitter::event event;
    while (splitter_.next(bytes, event) == frame_status::ready)
      if (!event.data.empty())
        hand(event.data);
    return true;
  }

  void on_end() override {
    to_->over(key_);
    if (!streams_)
      hand_body();
    else if (!answered_)
      complain("the server ended the stream without an answer");
  }

  void on_failure(http_failure why) override {
    to_->over(key_);
    if (why.what != http_failure::kind::cancelled && !answered_)
      complain(why.message);
  }

private:
  void hand(std::string_view message) {
    boost::system::error_code bad;
    auto root = json::parse({message.data(), message.size()}, bad);
    if (bad || !root.is_object())
      return;
    const auto& fields = root.get_object();
    const auto* id = fields.if_contains("id");
    if (id && *id == id_ && !fields.contains("method"))
      answered_ = true;
    if (greets_ && answered_)
      to_->greeted(head_, message);
    to_->write(message);
  }

  void hand_body() {
    boost::system::error_code bad;
    auto root = json::parse(body_, bad);
    auto* fields = bad ? nullptr : root.if_object();
    if (fields == nullptr)
      return complain("the server answers with status "
                      + std::to_string(head_.status));
    // Refused before the message was read: the client waits for its id.
    if (auto* id = fields->if_contains("id"); id && id->is_null())
      *id = id_;
    hand(json::serialize(root));
  }

  void complain(const std::string& why) {
    if (!id_.is_null())
      to_->write(error_for(id_, why));
  }

  std::shared_ptr<Bridge> to_;
  json::value id_;
  std::string key_;
  bool greets_;
  http_head head_;
  bool streams_ = false;
  bool answered_ = false;
  sse_splitter splitter_{64u << 20};
  std::string body_;
};

} // namespace

http_request http_bridge::impl::make_request(const char* method) const {
  http_request result;
  result.method = method;
  result.to = options_.to;
  result.headers = options_.headers;
  result.headers.emplace_back("Accept", "application/json, text/event-stream");
  result.limits.first_byte = silence;
  result.limits.idle = silence;
  result.limits.deadline = std::chrono::steady_clock::now() + longest;
  result.limits.max_body = 1u << 30;
  if (!session_.empty())
    result.headers.emplace_back("Mcp-Session-Id", session_);
  return result;
}

void http_bridge::impl::send(http_request request, const json::value& id,
                             std::string key, bool greets) {
  auto reader =
    std::make_shared<answer_reader<impl>>(shared_from_this(), id, key, greets);
  auto exchange = options_.client->send(std::move(request), reader);
  exchanges_[std::move(key)] = std::move(exchange);
}

void http_bridge::impl::take(std::string line) {
  if (line.find_first_not_of(" \t\r") == std::string::npos)
    return;
  auto x = read_line(std::move(line));
  std::lock_guard guard{mutex_};
  if (ended_)
    return;
  if (!x.cancels.empty())
    if (auto i = exchanges_.find(x.cancels); i != exchanges_.end())
      i->second->cancel();
  auto request = make_request("POST");
  request.headers.emplace_back("Content-Type", "application/json");
  if (!x.version.empty() || (session_.empty() && x.method != "initialize")) {
    // A modern notification has no place in HTTP.
    if (x.id.is_null() && !x.method.empty())
      return;
    request.headers.emplace_back("MCP-Protocol-Version",
                                 x.version.empty() ? "2026-07-28" : x.version);
    request.headers.emplace_back("Mcp-Method", x.method);
    if (!x.name.empty())
      request.headers.emplace_back("Mcp-Name", encode_header(x.name));
  } else if (!version_.empty()) {
    request.headers.emplace_back("MCP-Protocol-Version", version_);
  }
  request.body = std::move(x.line);
  auto key = x.id.is_null() ? "note " + x.method : json::serialize(x.id);
  send(std::move(request), x.id, std::move(key), x.method == "initialize");
}

/// The session has begun: what belongs to no request comes on a stream of its
/// own.
void http_bridge::impl::greeted(const http_head& head,
                                std::string_view answer) {
  boost::system::error_code bad;
  auto root = json::parse({answer.data(), answer.size()}, bad);
  std::lock_guard guard{mutex_};
  session_ = find_header(head.headers, "Mcp-Session-Id");
  version_ = text_at(object_at(root.as_object(), "result"), "protocolVersion");
  if (ended_ || session_.empty())
    return;
  auto request = make_request("GET");
  request.headers.emplace_back("MCP-Protocol-Version", version_);
  send(std::move(request), nullptr, "standing", false);
}

void http_bridge::impl::over(const std::string& key) {
  std::lock_guard guard{mutex_};
  exchanges_.erase(key);
}

size_t http_bridge::impl::waiting() const {
  std::lock_guard guard{mutex_};
  return exchanges_.size() - exchanges_.count("standing");
}

void http_bridge::impl::end() {
  std::lock_guard guard{mutex_};
  if (std::exchange(ended_, true))
    return;
  for (const auto& [key, exchange] : exchanges_)
    exchange->cancel();
  if (!session_.empty())
    send(make_request("DELETE"), nullptr, "end", false);
}

http_bridge::http_bridge(http_bridge_options options)
  : impl_{std::make_shared<impl>(std::move(options))} {}

void http_bridge::take(std::string line) {
  impl_->take(std::move(line));
}

size_t http_bridge::waiting() const {
  return impl_->waiting();
}

void http_bridge::end() {
  impl_->end();
}

std::string encode_header(std::string_view text) {
  auto plain = !text.empty() && text.front() != ' ' && text.back() != ' '
               && !text.starts_with("=?base64?")
               && std::all_of(text.begin(), text.end(),
                              [](char c) { return c >= ' ' && c < '\x7f'; });
  if (plain)
    return std::string{text};
  constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result = "=?base64?";
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t held = 0;
    for (size_t j = 0; j < 3; ++j)
      held =
        held << 8
        | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j)
      result += i + j > text.size() ? '=' : digits[held >> (18 - 6 * j) & 63];
  }
  return result + "?=";
}

} // namespace smart_agents
