#include "adapters/mcp/http_bridge.hpp"

#include "adapters/framing.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace smart_agents {

namespace json = boost::json;

namespace {

/// Longer than any call; the server's pings keep the rest short.
constexpr auto longest = std::chrono::hours{24};
constexpr auto silence = std::chrono::minutes{2};

/// Before another connection, where the server names no time; doubled each
/// time.
constexpr auto first_pause = std::chrono::seconds{1};

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

/// A request whose answer comes on a stream, or the stream for what belongs to
/// no request.
struct reading {
  json::value id;
  /// Of the exchange.
  std::string key;
  /// It is `initialize`.
  bool greets = false;
  /// The last event that came, in a session that can be gone on with.
  std::string place = {};
  caf::timespan pause = first_pause;
  /// To go on, without an event since.
  int tries = 0;
};

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
  bool wait(caf::timespan patience) const;
  void end();
  void over(const std::string& key);
  bool go_on(reading from);
  void greeted(const http_head& head, std::string_view answer);
  void write(std::string_view message) const {
    options_.write(std::string{message});
  }

private:
  http_request make_request(const char* method) const;
  void send(http_request request, reading what);
  void resume(reading from);
  void cancel(const std::string& key);
  size_t count() const {
    return exchanges_.size() - exchanges_.count("standing");
  }

  const http_bridge_options options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  /// Null while one waits to be gone on with.
  std::map<std::string, std::shared_ptr<http_exchange>> exchanges_;
  std::string session_;
  std::string version_;
  bool ended_ = false;
};

namespace {

/// Hands one answer on, JSON or stream, for as long as the bridge is there,
/// which itself holds the exchange that we listen to.
template <class Bridge>
class answer_reader final : public http_listener {
public:
  answer_reader(std::weak_ptr<Bridge> to, reading what)
    : to_{std::move(to)}, what_{std::move(what)} {}

  void on_head(http_head head) override {
    head_ = std::move(head);
    streams_ = find_header(head_.headers, "Content-Type")
                 .starts_with("text/event-stream");
    // What belongs to no request is told only where there is a stream for it.
    given_up_ = what_.key == "standing" && !streams_;
  }

  bool on_body(std::string_view bytes) override {
    auto to = to_.lock();
    if (!to)
      return true;
    if (!streams_) {
      body_ += bytes;
      return true;
    }
    sse_splitter::event event;
    while (splitter_.next(bytes, event) == frame_status::ready) {
      what_.tries = 0;
      if (!event.data.empty())
        hand(*to, event.data);
    }
    return true;
  }

  void on_end() override {
    auto to = to_.lock();
    if (!to || (streams_ && !answered_ && goes_on(*to)))
      return;
    to->over(what_.key);
    if (!streams_)
      hand_body(*to);
    else if (!answered_)
      complain(*to, "the server ended the stream without an answer");
  }

  void on_failure(http_failure why) override {
    auto to = to_.lock();
    auto cancelled = why.what == http_failure::kind::cancelled;
    if (!to || (!cancelled && !answered_ && goes_on(*to)))
      return;
    to->over(what_.key);
    if (!cancelled && !answered_)
      complain(*to, why.message);
  }

private:
  /// True when the rest is asked for on another connection.
  bool goes_on(Bridge& to) {
    if (given_up_)
      return false;
    if (!splitter_.last_id().empty())
      what_.place = splitter_.last_id();
    if (auto said = splitter_.retry_after())
      what_.pause = std::chrono::milliseconds{said};
    return to.go_on(what_);
  }

  void hand(Bridge& to, std::string_view message) {
    boost::system::error_code bad;
    auto root = json::parse({message.data(), message.size()}, bad);
    if (bad || !root.is_object())
      return;
    const auto& fields = root.get_object();
    const auto* id = fields.if_contains("id");
    if (id && *id == what_.id && !fields.contains("method"))
      answered_ = true;
    if (what_.greets && answered_)
      to.greeted(head_, message);
    to.write(message);
  }

  void hand_body(Bridge& to) {
    boost::system::error_code bad;
    auto root = json::parse(body_, bad);
    auto* fields = bad ? nullptr : root.if_object();
    if (fields == nullptr)
      return complain(to, "the server answers with status "
                            + std::to_string(head_.status));
    // Nobody waits for an answer to a notification.
    if (what_.id.is_null())
      return;
    // Refused before the message was read: the client waits for its id.
    if (auto* id = fields->if_contains("id"); id && id->is_null())
      *id = what_.id;
    hand(to, json::serialize(root));
  }

  void complain(Bridge& to, const std::string& why) {
    if (!what_.id.is_null())
      to.write(error_for(what_.id, why));
  }

  std::weak_ptr<Bridge> to_;
  reading what_;
  http_head head_;
  bool streams_ = false;
  bool given_up_ = false;
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

void http_bridge::impl::send(http_request request, reading what) {
  auto key = what.key;
  auto reader =
    std::make_shared<answer_reader<impl>>(weak_from_this(), std::move(what));
  exchanges_[key] = options_.client->send(std::move(request), reader);
}

/// Asks for the rest of a stream of a session, a while later. False where that
/// is not possible.
bool http_bridge::impl::go_on(reading from) {
  std::lock_guard guard{mutex_};
  auto i = exchanges_.find(from.key);
  // Requests without a place were not begun, or are of the modern era.
  auto possible = from.key == "standing" || !from.place.empty();
  if (!options_.later || ended_ || session_.empty() || !possible
      || i == exchanges_.end() || ++from.tries > http_bridge::max_tries)
    return false;
  i->second = nullptr;
  auto pause = from.pause;
  from.pause = 2 * pause;
  options_.later(pause, [self = weak_from_this(), from] {
    if (auto bridge = self.lock())
      bridge->resume(from);
  });
  return true;
}

void http_bridge::impl::resume(reading from) {
  std::lock_guard guard{mutex_};
  // Nobody waits for what was cancelled.
  auto i = exchanges_.find(from.key);
  if (ended_ || i == exchanges_.end() || i->second)
    return;
  auto request = make_request("GET");
  request.headers.emplace_back("MCP-Protocol-Version", version_);
  if (!from.place.empty())
    request.headers.emplace_back("Last-Event-ID", from.place);
  send(std::move(request), std::move(from));
}

void http_bridge::impl::take(std::string line) {
  if (line.find_first_not_of(" \t\r") == std::string::npos)
    return;
  auto x = read_line(std::move(line));
  if (!x.cancels.empty())
    cancel(x.cancels);
  std::lock_guard guard{mutex_};
  if (ended_)
    return;
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
  send(std::move(request), {x.id, std::move(key), x.method == "initialize"});
}

void http_bridge::impl::cancel(const std::string& key) {
  std::shared_ptr<http_exchange> running;
  {
    std::lock_guard guard{mutex_};
    auto i = exchanges_.find(key);
    if (i == exchanges_.end())
      return;
    running = i->second;
    if (!running)
      exchanges_.erase(i);
    changed_.notify_all();
  }
  // It tells us, so not under the lock.
  if (running)
    running->cancel();
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
  send(std::move(request), {nullptr, "standing"});
}

void http_bridge::impl::over(const std::string& key) {
  std::lock_guard guard{mutex_};
  exchanges_.erase(key);
  changed_.notify_all();
}

size_t http_bridge::impl::waiting() const {
  std::lock_guard guard{mutex_};
  return count();
}

bool http_bridge::impl::wait(caf::timespan patience) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [this] { return count() == 0; });
}

void http_bridge::impl::end() {
  std::vector<std::shared_ptr<http_exchange>> running;
  {
    std::lock_guard guard{mutex_};
    if (std::exchange(ended_, true))
      return;
    std::erase_if(exchanges_, [](const auto& x) { return !x.second; });
    for (const auto& [key, exchange] : exchanges_)
      running.push_back(exchange);
  }
  for (const auto& x : running)
    x->cancel();
  std::lock_guard guard{mutex_};
  if (!session_.empty())
    send(make_request("DELETE"), {nullptr, "end"});
  changed_.notify_all();
}

http_bridge::http_bridge(http_bridge_options options)
  : impl_{std::make_shared<impl>(std::move(options))} {}

void http_bridge::take(std::string line) {
  impl_->take(std::move(line));
}

size_t http_bridge::waiting() const {
  return impl_->waiting();
}

bool http_bridge::wait(caf::timespan patience) const {
  return impl_->wait(patience);
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
