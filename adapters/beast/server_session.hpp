#pragma once

#include "adapters/beast/connection.hpp"
#include "adapters/beast/tls_relay.hpp"
#include "adapters/beast/websocket_session.hpp"
#include "adapters/http_server.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents::beast_detail {

class server_session;

/// The part of a server that lives on one I/O thread.
class server_shard : public std::enable_shared_from_this<server_shard> {
public:
  server_shard(boost::asio::io_context& io, http_server_options options,
               http_handler handler, std::shared_ptr<tls_gate> tls);

  /// Binds, but does not accept yet. Port 0 takes a free one.
  boost::system::error_code listen(const boost::asio::ip::tcp::endpoint& at);

  uint16_t port() const;
  void accept();
  void stop_accepting();
  void stop();

  void enter(server_session& x);
  void leave(server_session& x);

  boost::asio::io_context& context;
  const http_server_options options;
  const http_handler handler;
  websocket_room websockets;

private:
  using timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>;

  void watch();
  void serve(tcp_socket client);

  std::shared_ptr<tls_gate> tls_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io_executor>
    acceptor_;
  timer pause_;
  timer timer_;
  bool watching_ = false;
  bool stopped_ = false;
  std::vector<server_session*> sessions_;
};

/// One connection of a client: reads a request, waits for its answer, and so
/// on. All on its shard's thread.
class server_session : public std::enable_shared_from_this<server_session> {
public:
  server_session(std::shared_ptr<server_shard> shard, tcp_socket socket,
                 std::string peer);

  void start();

  /// Closes the connection if it is late.
  void check(std::chrono::steady_clock::time_point now);
  void close();

  /// Place in the shard's list.
  size_t index = 0;

private:
  friend class beast_responder;
  using error = boost::system::error_code;

  void read();
  void head_read();
  void read_body();
  void request_read(error bad);
  void handle();
  void become_websocket(server_request what);
  void watch_for_leaving();

  // From the responder, which guarantees their order.
  void send(int status, const http_headers& headers, std::string body);
  void start_chunked(int status, const http_headers& headers);
  void write_chunk(std::string bytes, std::function<void(bool)> done);
  void end_chunked();
  void abort();
  void on_gone(std::function<void()> gone);

  std::string make_head(int status, const http_headers& headers) const;
  void refuse(int status, const char* why);
  void answered(error bad);
  void gone();
  void over();

  std::shared_ptr<server_shard> shard_;
  tcp_socket socket_;
  boost::beast::flat_buffer buffer_;
  std::optional<
    boost::beast::http::request_parser<boost::beast::http::string_body>>
    parser_;
  /// The body of the request, when its length is known.
  std::string request_;
  size_t request_size_ = 0;
  std::string head_;
  std::string body_;
  std::string peer_;
  std::function<void()> gone_;
  std::chrono::steady_clock::time_point late_ =
    std::chrono::steady_clock::time_point::max();
  bool keep_alive_ = false;
  bool http_1_0_ = false;
  bool head_request_ = false;
  /// A request is being answered.
  bool answering_ = false;
  /// Its chunked answer has begun.
  bool streaming_ = false;
  bool watching_ = false;
  char seen_ = 0;
  bool closed_ = false;
  bool entered_ = false;
};

} // namespace smart_agents::beast_detail
