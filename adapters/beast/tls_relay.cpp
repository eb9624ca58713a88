#include "adapters/beast/tls_relay.hpp"

#include "messages/error.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace smart_agents {

namespace {

namespace ssl = boost::asio::ssl;

caf::error wrong(const std::string& what) {
  return make_error(ec::bad_config, "server.tls: " + what);
}

caf::error unreadable(const std::string& path) {
  if (std::ifstream{path}.good())
    return {};
  return wrong(path
               + " cannot be read: " + std::generic_category().message(errno));
}

/// Makes a server show what the files hold.
caf::error show(ssl::context& to, const tls_files& which) {
  if (which.certificate.empty() || which.key.empty())
    return wrong(std::string{which.certificate.empty() ? "certificate" : "key"}
                 + " is missing: name the PEM files of both");
  for (const auto* path : {&which.certificate, &which.key})
    if (auto bad = unreadable(*path))
      return bad;
  boost::system::error_code bad;
  to.use_certificate_chain_file(which.certificate, bad);
  if (bad)
    return wrong(which.certificate
                 + " holds no certificate in PEM: " + bad.message());
  // A key that asks for a password would stop a service at every start.
  to.set_password_callback(
    [](size_t, ssl::context::password_purpose) { return std::string{}; }, bad);
  ERR_clear_error();
  to.use_private_key_file(which.key, ssl::context::pem, bad);
  if (bad
      && ERR_GET_REASON(static_cast<unsigned long>(bad.value()))
           == X509_R_KEY_VALUES_MISMATCH)
    return wrong(which.key + " is not the key of " + which.certificate);
  if (bad)
    return wrong(which.key + " holds no private key in PEM without a password: "
                 + bad.message());
  if (SSL_CTX_check_private_key(to.native_handle()) != 1)
    return wrong(which.key + " is not the key of " + which.certificate);
  const auto* until =
    X509_get0_notAfter(SSL_CTX_get0_certificate(to.native_handle()));
  if (X509_cmp_current_time(until) < 0)
    return wrong(which.certificate + " has expired: put a new one there");
  return {};
}

} // namespace

caf::error check_tls_files(const tls_files& which) {
  ssl::context context{ssl::context::tls_server};
  return show(context, which);
}

namespace beast_detail {

namespace {

namespace asio = boost::asio;

constexpr auto handshake_timeout = std::chrono::seconds{10};

/// Hands that are shaken at once; a flood of them shall not cost more.
constexpr size_t most_shaking = 2048;

constexpr size_t piece_size = 16384;

} // namespace

/// One client. All on its thread.
class tls_gate::relay : public std::enable_shared_from_this<relay> {
public:
  relay(std::shared_ptr<tls_gate> gate, asio::io_context& context,
        tcp_socket client)
    : gate_{std::move(gate)}, context_{context}, client_{std::move(client),
                                                         gate_->tls_},
      plain_{context.get_executor()}, patience_{context.get_executor()} {
    ++gate_->shaking_;
  }

  ~relay() {
    if (shaking_)
      --gate_->shaking_;
  }

  void start(std::function<void(tcp_socket)> ready) {
    patience_.expires_after(handshake_timeout);
    patience_.async_wait([weak = weak_from_this()](error bad) {
      if (auto self = weak.lock(); self && !bad)
        self->close();
    });
    client_.async_handshake(
      asio::ssl::stream_base::server,
      [self = shared_from_this(), ready = std::move(ready)](error bad) {
        self->patience_.cancel();
        self->shaking_ = false;
        --self->gate_->shaking_;
        if (bad || !self->open(ready))
          self->close();
      });
  }

private:
  using error = boost::system::error_code;
  using timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>,
                               io_executor>;
  using local_socket =
    asio::basic_stream_socket<asio::local::stream_protocol, io_executor>;

  bool open(const std::function<void(tcp_socket)>& ready) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return false;
    error bad;
    plain_.assign({}, ends[0], bad);
    tcp_socket other{context_.get_executor()};
    if (bad)
      ::close(ends[0]);
    else
      other.assign(asio::ip::tcp::v4(), ends[1], bad);
    if (bad) {
      ::close(ends[1]);
      return false;
    }
    read_client();
    read_server();
    ready(std::move(other));
    return true;
  }

  void read_client() {
    client_.async_read_some(
      asio::buffer(inward_), [self = shared_from_this()](error bad, size_t n) {
        // Whatever the reason: nothing more comes from there.
        if (bad) {
          error ignored;
          self->plain_.shutdown(asio::socket_base::shutdown_send, ignored);
          return;
        }
        asio::async_write(self->plain_, asio::buffer(self->inward_.data(), n),
                          [self](error bad, size_t) {
                            if (bad)
                              self->close();
                            else
                              self->read_client();
                          });
      });
  }

  void read_server() {
    plain_.async_read_some(
      asio::buffer(outward_), [self = shared_from_this()](error bad, size_t n) {
        if (bad)
          return self->say_goodbye();
        asio::async_write(self->client_, asio::buffer(self->outward_.data(), n),
                          [self](error bad, size_t) {
                            if (bad)
                              self->close();
                            else
                              self->read_server();
                          });
      });
  }

  /// The server is done. A client that does not answer is not waited for.
  void say_goodbye() {
    patience_.expires_after(std::chrono::seconds{1});
    patience_.async_wait([weak = weak_from_this()](error bad) {
      if (auto self = weak.lock(); self && !bad)
        self->close();
    });
    client_.async_shutdown([self = shared_from_this()](error) {
      self->patience_.cancel();
      self->close();
    });
  }

  void close() {
    error ignored;
    client_.lowest_layer().close(ignored);
    plain_.close(ignored);
  }

  std::shared_ptr<tls_gate> gate_;
  asio::io_context& context_;
  asio::ssl::stream<tcp_socket> client_;
  local_socket plain_;
  timer patience_;
  bool shaking_ = true;
  std::array<char, piece_size> inward_{};
  std::array<char, piece_size> outward_{};
};

tls_gate::tls_gate() : tls_{asio::ssl::context::tls_server} {
  SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
}

caf::expected<std::shared_ptr<tls_gate>>
tls_gate::open(const tls_files& which) {
  std::shared_ptr<tls_gate> result{new tls_gate};
  if (auto bad = show(result->tls_, which))
    return bad;
  return result;
}

void tls_gate::take(asio::io_context& context, tcp_socket client,
                    std::function<void(tcp_socket)> ready) {
  if (shaking_ >= most_shaking)
    return;
  std::make_shared<relay>(shared_from_this(), context, std::move(client))
    ->start(std::move(ready));
}

} // namespace beast_detail

} // namespace smart_agents
