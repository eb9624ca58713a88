// How long do streams wait for their first token, and do all of them end?
// Opens many server-sent streams at once; bench/gateway_bench runs it against
// the upstream alone, nginx and the gateway.

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using steady = std::chrono::steady_clock;

struct results {
  std::vector<int64_t> first_token_us;
  size_t complete = 0;
  size_t failed = 0;
};

/// One client: a connection that asks for one stream after another.
class client : public std::enable_shared_from_this<client> {
public:
  client(asio::io_context& io, uint16_t port, const std::string& request,
         int rounds, results& out)
    : socket_{io}, timer_{io}, port_{port}, request_{request}, left_{rounds},
      rounds_{rounds}, out_{out} {}

  void start(steady::duration after) {
    timer_.expires_after(after);
    timer_.async_wait([self = shared_from_this()](auto) { self->connect(); });
  }

private:
  using error = boost::system::error_code;

  void connect() {
    socket_.async_connect({asio::ip::address_v4::loopback(), port_},
                          [self = shared_from_this()](error bad) {
                            if (bad)
                              return self->fail();
                            error ignored;
                            self->socket_.set_option(tcp::no_delay{true},
                                                     ignored);
                            self->ask();
                          });
  }

  void ask() {
    begun_ = steady::now();
    seen_.clear();
    first_.reset();
    asio::async_write(socket_, asio::buffer(request_),
                      [self = shared_from_this()](error bad, size_t) {
                        bad ? self->fail() : self->read();
                      });
  }

  void read() {
    socket_.async_read_some(
      asio::buffer(buffer_), [self = shared_from_this()](error bad, size_t n) {
        bad ? self->fail() : self->take({self->buffer_.data(), n});
      });
  }

  void take(std::string_view bytes) {
    // What was seen before is kept as far as a mark may lie across the border.
    seen_.append(bytes);
    if (!first_ && has_token())
      first_ = steady::now();
    auto ended = seen_.ends_with("0\r\n\r\n");
    auto good = seen_.find("[DONE]") != std::string::npos;
    if (!ended) {
      constexpr size_t longest_mark = 64;
      if (first_ && seen_.size() > longest_mark && !good)
        seen_.erase(0, seen_.size() - longest_mark);
      return read();
    }
    if (!good || !first_)
      return fail();
    ++out_.complete;
    // The first round opens all streams; the others are among so many.
    if (left_ < rounds_ || rounds_ == 1)
      out_.first_token_us.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(*first_ - begun_)
          .count());
    if (--left_ > 0)
      ask();
  }

  bool has_token() const {
    constexpr std::string_view mark = "\"content\":\"";
    for (auto at = seen_.find(mark); at != std::string::npos;
         at = seen_.find(mark, at + 1))
      if (at + mark.size() < seen_.size() && seen_[at + mark.size()] != '"')
        return true;
    return false;
  }

  void fail() {
    ++out_.failed;
    error ignored;
    socket_.close(ignored);
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  uint16_t port_;
  const std::string& request_;
  int left_;
  int rounds_;
  results& out_;
  std::array<char, 16384> buffer_;
  std::string seen_;
  steady::time_point begun_;
  std::optional<steady::time_point> first_;
};

int64_t quantile(std::vector<int64_t>& sorted, double share) {
  if (sorted.empty())
    return -1;
  auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<size_t>(share * last)];
}

int run(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr,
                 "usage: streams_bench PORT BODY.json STREAMS ROUNDS SECONDS\n"
                 "Opens STREAMS chat streams within SECONDS, each ROUNDS times "
                 "in a row; bench/gateway_bench runs it.\n");
    return 2;
  }
  auto port = static_cast<uint16_t>(std::atoi(argv[1]));
  std::ifstream file{argv[2], std::ios::binary};
  std::ostringstream body;
  body << file.rdbuf();
  auto streams = std::atoi(argv[3]);
  auto rounds = std::atoi(argv[4]);
  auto over = std::chrono::duration<double>(std::atof(argv[5]));
  auto request = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                 "Content-Type: application/json\r\n"
                 "Authorization: Bearer simulated\r\nContent-Length: "
                 + std::to_string(body.str().size()) + "\r\n\r\n" + body.str();
  asio::io_context io{1};
  results out;
  for (int i = 0; i < streams; ++i)
    std::make_shared<client>(io, port, request, rounds, out)
      ->start(std::chrono::duration_cast<steady::duration>(over * i / streams));
  io.run();
  auto& times = out.first_token_us;
  std::sort(times.begin(), times.end());
  std::printf("{\"complete\": %zu, \"failed\": %zu, \"p50_us\": %lld, "
              "\"p99_us\": %lld, \"max_us\": %lld}\n",
              out.complete, out.failed,
              static_cast<long long>(quantile(times, 0.5)),
              static_cast<long long>(quantile(times, 0.99)),
              static_cast<long long>(quantile(times, 1)));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "streams_bench: %s\n", e.what());
    return 1;
  }
}
