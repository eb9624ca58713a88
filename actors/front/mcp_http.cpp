#include "actors/front/mcp_http.hpp"

#include "actors/front/mcp_http_checks.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr std::string_view metadata_path =
  "/.well-known/oauth-protected-resource";

/// Streams that a session keeps after their end.
constexpr size_t max_kept_streams = 64;

const http_headers json_type{{"Content-Type", "application/json"}};

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view header(const server_request& x, std::string_view name) {
  auto value = find_header(x.headers, name);
  auto from = value.find_first_not_of(" \t");
  if (from == std::string_view::npos)
    return {};
  return value.substr(from, value.find_last_not_of(" \t") - from + 1);
}

void refuse(const http_responder_ptr& answer, int status, int code,
            std::string_view why, const json::value& id = nullptr) {
  answer->send(status, json_type, mcp_protocol::error(id, code, why));
}

bool takes_streams(const server_request& x) {
  auto accepts = header(x, "Accept");
  return accepts.find("text/event-stream") != std::string_view::npos
         || accepts.find("*/*") != std::string_view::npos;
}

/// How a client reaches us.
std::string base_of(const server_request& x) {
  auto scheme = header(x, "X-Forwarded-Proto") == "https" ? "https" : "http";
  return std::string{scheme} + "://" + std::string{header(x, "Host")};
}

/// For what needs no answer.
class no_link final : public mcp_link {
public:
  void tell(std::string) override {}
  void answer(mcp_reply) override {}
};

} // namespace

mcp_http::mcp_http(mcp_server& server, mcp_http_options options)
  : server_{server}, options_{std::move(options)} {}

bool mcp_http::serves(std::string_view target) {
  auto path = path_of(target);
  return path == "/mcp" || path == metadata_path
         || path == std::string{metadata_path} + "/mcp";
}

void mcp_http::receive(const server_request& request,
                       const http_responder_ptr& answer, instant now) {
  if (auto wrong = check_origin(request.headers, options_.hosts);
      !wrong.empty())
    return refuse(answer, 403, mcp_error::invalid_request, wrong);
  incoming in{request, answer, {}, now};
  if (path_of(request.target) != "/mcp")
    return describe(in);
  if (options_.admit) {
    auto who = options_.admit(request);
    if (const auto* why = std::get_if<turned_away>(&who)) {
      auto headers = json_type;
      if (why->status == 401)
        headers.emplace_back("WWW-Authenticate",
                             options_.authorization_servers.empty()
                               ? "Bearer"
                               : "Bearer resource_metadata=\""
                                   + base_of(request)
                                   + std::string{metadata_path} + "/mcp\"");
      return answer->send(
        why->status, std::move(headers),
        mcp_protocol::error(nullptr, mcp_error::invalid_request, why->message));
    }
    in.principal = std::move(std::get<std::string>(who));
  }
  if (request.method == "POST")
    return post(in);
  if (!header(request, "Mcp-Session-Id").empty()) {
    if (request.method == "GET")
      return resume(in);
    if (request.method == "DELETE")
      return close(in);
  }
  answer->send(405, {{"Allow", "POST"}}, {});
}

/// RFC 9728.
void mcp_http::describe(const incoming& in) const {
  if (in.request.method != "GET" || options_.authorization_servers.empty())
    return in.answer->send(404, json_type, "{}");
  json::array servers;
  for (const auto& x : options_.authorization_servers)
    servers.emplace_back(x);
  in.answer->send(200, json_type,
                  json::serialize(json::object{
                    {"resource", base_of(in.request) + "/mcp"},
                    {"authorization_servers", std::move(servers)},
                    {"bearer_methods_supported", json::array{"header"}}}));
}

void mcp_http::post(const incoming& in) {
  if (header(in.request, "Content-Type").find("json") == std::string_view::npos)
    return refuse(in.answer, 415, mcp_error::invalid_request,
                  "Content-Type must be application/json");
  auto parsed = mcp_protocol::parse(in.request.body);
  if (auto* reply = std::get_if<mcp_reply>(&parsed))
    return in.answer->send(reply->status, json_type, std::move(reply->text));
  auto* message = std::get_if<mcp_message>(&parsed);
  if (message == nullptr)
    return refuse(in.answer, 400, mcp_error::invalid_request,
                  "the body is no message");
  auto version = header(in.request, "MCP-Protocol-Version");
  auto session = header(in.request, "Mcp-Session-Id");
  auto legacy = version.empty() ? !message->modern : is_legacy_version(version);
  if (!message->modern && (legacy || !session.empty()))
    return post_legacy(in, std::move(*message));
  message->modern = true;
  post_modern(in, std::move(*message));
}

void mcp_http::post_modern(const incoming& in, mcp_message message) {
  if (message.what == mcp_message::kind::response)
    return refuse(in.answer, 400, mcp_error::invalid_request,
                  "nothing was asked");
  // A connection that closes is how requests are taken back.
  if (message.what == mcp_message::kind::notification)
    return in.answer->send(202, {}, {});
  if (auto wrong =
        check_mirrors(in.request.headers, message, server_.protocol().offer());
      !wrong.empty())
    return refuse(in.answer, 400, mcp_error::header_mismatch, wrong,
                  message.id);
  auto link = std::make_shared<post_link>(in.answer, http_headers{},
                                          takes_streams(in.request));
  auto session = std::make_shared<mcp_session>();
  session->principal = in.principal;
  server_.receive(session, link, std::move(message));
  if (link->open())
    watch(in.answer, {link, {}, 0, {}, in.now});
}

mcp_http::legacy_session* mcp_http::find(const incoming& in) {
  auto i = sessions_.find(header(in.request, "Mcp-Session-Id"));
  // Of another client it is as good as none.
  if (i == sessions_.end() || i->second.state->principal != in.principal) {
    refuse(in.answer, 404, mcp_error::invalid_request,
           "there is no such session (any more); initialize a new one");
    return nullptr;
  }
  i->second.used = in.now;
  return &i->second;
}

void mcp_http::post_legacy(const incoming& in, mcp_message message) {
  auto name = std::string{header(in.request, "Mcp-Session-Id")};
  auto version = header(in.request, "MCP-Protocol-Version");
  if (!version.empty() && !is_legacy_version(version))
    return refuse(in.answer, 400, mcp_error::invalid_request,
                  "unsupported MCP-Protocol-Version", message.id);
  if (name.empty()) {
    if (message.method == "initialize"
        && message.what == mcp_message::kind::request)
      return open_session(in, std::move(message));
    return refuse(in.answer, 400, mcp_error::invalid_request,
                  "the header Mcp-Session-Id is missing; initialize first",
                  message.id);
  }
  auto* session = find(in);
  if (session == nullptr)
    return;
  auto state = session->state;
  if (message.what != mcp_message::kind::request) {
    in.answer->send(202, {}, {});
    return server_.receive(state, std::make_shared<no_link>(),
                           std::move(message));
  }
  if (message.method != "tools/call" || !takes_streams(in.request))
    return server_.receive(
      state, std::make_shared<post_link>(in.answer, http_headers{}, false),
      std::move(message));
  auto stream = ++last_stream_;
  auto& streams = session->streams;
  while (streams.size() > max_kept_streams) {
    auto old = std::find_if(streams.begin(), streams.end(),
                            [](const auto& x) { return x.second->done(); });
    if (old == streams.end())
      break;
    streams.erase(old);
  }
  auto link =
    std::make_shared<resumable_link>(stream, state->version >= "2025-11-25");
  streams.emplace(stream, link);
  attach(*session, name, stream, in, 0, false);
  server_.receive(state, link, std::move(message));
}

void mcp_http::attach(legacy_session& session, const std::string& name,
                      uint64_t stream, const incoming& in, uint64_t after,
                      bool again) {
  auto writer = std::make_shared<event_writer>(
    in.answer, http_headers{{"Mcp-Session-Id", name}});
  session.streams.at(stream)->attach(writer, after, again);
  watch(in.answer, {{}, name, stream, writer, in.now});
}

void mcp_http::open_session(const incoming& in, mcp_message message) {
  if (!make_room())
    return refuse(in.answer, 503, mcp_error::internal,
                  "there are too many sessions; try again later", message.id);
  auto name = random_name();
  legacy_session session;
  session.state = std::make_shared<mcp_session>();
  session.state->principal = in.principal;
  session.used = in.now;
  auto standing = std::make_shared<resumable_link>(0, true);
  session.state->standing = standing;
  session.streams.emplace(0, standing);
  auto state = session.state;
  sessions_.emplace(name, std::move(session));
  server_.receive(state,
                  std::make_shared<post_link>(
                    in.answer, http_headers{{"Mcp-Session-Id", name}}, false),
                  std::move(message));
}

/// The longest unused session makes room, unless its client reads it.
bool mcp_http::make_room() {
  if (sessions_.size() < options_.max_sessions)
    return true;
  auto oldest = sessions_.end();
  for (auto i = sessions_.begin(); i != sessions_.end(); ++i) {
    const auto& streams = i->second.streams;
    auto read = std::any_of(streams.begin(), streams.end(),
                            [](const auto& x) { return x.second->attached(); });
    if (!read
        && (oldest == sessions_.end() || i->second.used < oldest->second.used))
      oldest = i;
  }
  if (oldest == sessions_.end())
    return false;
  end(std::string{oldest->first});
  return true;
}

/// GET: the standing stream, or the rest of one that broke.
void mcp_http::resume(const incoming& in) {
  if (!takes_streams(in.request))
    return in.answer->send(406, {}, {});
  auto* session = find(in);
  if (session == nullptr)
    return;
  auto name = std::string{header(in.request, "Mcp-Session-Id")};
  auto last = header(in.request, "Last-Event-ID");
  if (last.empty())
    return attach(*session, name, 0, in, 0, false);
  uint64_t stream = 0;
  uint64_t event = 0;
  auto [cut, bad] =
    std::from_chars(last.data(), last.data() + last.size(), stream);
  auto good = bad == std::errc{} && cut != last.data() + last.size()
              && *cut == '_'
              && std::from_chars(cut + 1, last.data() + last.size(), event).ec
                   == std::errc{};
  if (!good || !session->streams.contains(stream))
    return refuse(in.answer, 400, mcp_error::invalid_request,
                  "Last-Event-ID is not one of this session's");
  attach(*session, name, stream, in, event, true);
}

void mcp_http::close(const incoming& in) {
  if (find(in) == nullptr)
    return;
  end(std::string{header(in.request, "Mcp-Session-Id")});
  in.answer->send(204, {}, {});
}

void mcp_http::end(const std::string& name) {
  auto session = sessions_.extract(name);
  server_.leave(session.mapped().state);
  for (const auto& [number, stream] : session.mapped().streams)
    stream->hang_up();
}

void mcp_http::watch(const http_responder_ptr& answer, exchange x) {
  auto number = ++last_exchange_;
  exchanges_.emplace(number, std::move(x));
  answer->on_gone([number, tell = options_.on_gone] {
    if (tell)
      tell(number);
  });
}

resumable_link* mcp_http::stream_of(const exchange& x) {
  auto session = sessions_.find(x.session);
  if (session == sessions_.end())
    return nullptr;
  auto stream = session->second.streams.find(x.stream);
  if (stream == session->second.streams.end()
      || !stream->second->is_read_by(x.reader.lock()))
    return nullptr;
  return stream->second.get();
}

void mcp_http::gone(uint64_t number) {
  auto x = exchanges_.extract(number);
  if (!x)
    return;
  if (auto link = x.mapped().modern.lock())
    server_.lost(link);
  if (auto* stream = stream_of(x.mapped()))
    stream->detach(x.mapped().reader.lock());
}

void mcp_http::tick(instant now) {
  server_.sweep();
  for (auto i = exchanges_.begin(); i != exchanges_.end();) {
    auto& x = i->second;
    auto link = x.modern.lock();
    auto* stream = stream_of(x);
    if (stream == nullptr && !(link && link->open())) {
      i = exchanges_.erase(i);
      continue;
    }
    // Who reads is there.
    if (stream)
      sessions_.find(x.session)->second.used = now;
    if (now - x.touched >= options_.ping_every) {
      x.touched = now;
      if (stream)
        stream->ping();
      else
        link->ping();
    }
    ++i;
  }
  std::vector<std::string> idle;
  for (const auto& [name, x] : sessions_)
    if (now - x.used >= options_.session_idle)
      idle.push_back(name);
  for (const auto& name : idle)
    end(name);
}

} // namespace smart_agents
