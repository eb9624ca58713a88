#include "adapters/beast/io_threads.hpp"
#include "adapters/cli_provider.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 does not say that this is C.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace smart_agents {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using pipe_end = asio::posix::stream_descriptor;

/// Between SIGTERM and SIGKILL.
constexpr auto last_words = 2s;
/// How long output is waited for that a dead command's children hold open.
constexpr auto late_output = 1s;
/// So much of stderr's end is kept, for the message.
constexpr size_t most_complaint = 4096;

/// A variable that would make the command use our keys, or call ourselves.
bool is_ours(std::string_view variable) {
  auto name = variable.substr(0, variable.find('='));
  return boost::algorithm::ends_with(name, "_API_KEY")
         || boost::algorithm::ends_with(name, "_BASE_URL")
         || name == "ANTHROPIC_AUTH_TOKEN" || name == "CLAUDECODE";
}

class cli_run final : public http_exchange,
                      public std::enable_shared_from_this<cli_run> {
public:
  cli_run(asio::io_context& io, const cli_options& options,
          http_request request, std::shared_ptr<http_listener> listener)
    : io_{io}, options_{options}, request_{std::move(request)},
      prompt_{request_.body.text()}, listener_{std::move(listener)}, in_{io},
      out_{io}, err_{io}, life_{io}, timer_{io}, kill_timer_{io} {}

  ~cli_run() override {
    if (pid_ <= 0)
      return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void start() {
    if (auto wrong = spawn(); wrong != 0)
      return fail(http_failure::kind::connect,
                  "cannot run " + options_.command.front() + ": "
                    + std::generic_category().message(wrong),
                  false);
    wait(request_.limits.first_byte);
    asio::async_write(in_, asio::buffer(prompt_),
                      [self = shared_from_this()](auto, size_t) {
                        boost::system::error_code ignored;
                        self->in_.close(ignored);
                      });
    read();
    read_complaint();
    life_.async_wait(pipe_end::wait_read,
                     [self = shared_from_this()](auto) { self->ended(); });
  }

  void resume() override {
    asio::post(io_, [self = shared_from_this()] {
      if (std::exchange(self->paused_, false))
        self->read();
    });
  }

  void cancel() override {
    asio::post(io_, [self = shared_from_this()] {
      self->fail(http_failure::kind::cancelled, "cancelled", true);
    });
  }

private:
  /// Starts the command; an errno when it cannot.
  int spawn() {
    std::array<std::array<int, 2>, 3> pipes{};
    for (size_t i = 0; i < pipes.size(); ++i)
      if (::pipe2(pipes[i].data(), O_CLOEXEC) != 0) {
        auto wrong = errno;
        for (size_t j = 0; j < i; ++j)
          close_both(pipes[j]);
        return wrong;
      }
    auto wrong = spawn_with(pipes[0][0], pipes[1][1], pipes[2][1]);
    ::close(pipes[0][0]);
    ::close(pipes[1][1]);
    ::close(pipes[2][1]);
    in_.assign(pipes[0][1]);
    out_.assign(pipes[1][0]);
    err_.assign(pipes[2][0]);
    if (wrong != 0)
      return wrong;
    auto fd = ::pidfd_open(pid_, 0);
    if (fd < 0)
      return errno; // the destructor ends it
    life_.assign(fd);
    return 0;
  }

  static void close_both(const std::array<int, 2>& ends) {
    ::close(ends[0]);
    ::close(ends[1]);
  }

  int spawn_with(int in, int out, int err) {
    auto words = options_.command;
    auto model = find_header(request_.headers, "model");
    for (auto& x : words)
      boost::algorithm::replace_all(x, "{model}", model);
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& x : words)
      argv.push_back(x.data());
    argv.push_back(nullptr);
    std::vector<char*> env;
    for (char** x = environ; *x != nullptr; ++x)
      if (!is_ours(*x))
        env.push_back(*x);
    env.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawn_file_actions_addchdir_np(&files, options_.folder.c_str());
    // Our threads block signals, and ignore SIGPIPE; it shall do neither.
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP
                                            | POSIX_SPAWN_SETSIGMASK
                                            | POSIX_SPAWN_SETSIGDEF);
    auto wrong = posix_spawnp(&pid_, argv.front(), &files, &attributes,
                              argv.data(), env.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (wrong != 0)
      pid_ = 0;
    return wrong;
  }

  /// Ends the exchange unless something comes within `limit`.
  void wait(caf::timespan limit) {
    auto now = std::chrono::steady_clock::now();
    auto at = std::min(now + limit, request_.limits.deadline);
    timer_.expires_at(at);
    timer_.async_wait([self = shared_from_this()](auto bad) {
      if (bad)
        return;
      if (self->exited_)
        return self->conclude(); // a child of it holds its output open
      self->fail(http_failure::kind::timeout,
                 self->options_.command.front() + " took too long", true);
    });
  }

  void read() {
    out_.async_read_some(asio::buffer(piece_),
                         [self = shared_from_this()](auto bad, size_t n) {
                           if (self->over_)
                             return;
                           if (bad)
                             return self->output_over();
                           self->take({self->piece_.data(), n});
                         });
  }

  void take(std::string_view bytes) {
    if (!std::exchange(head_sent_, true))
      listener_->on_head({200, {}});
    taken_ += bytes.size();
    if (taken_ > request_.limits.max_body)
      return fail(http_failure::kind::too_large,
                  options_.command.front() + " prints more than "
                    + std::to_string(request_.limits.max_body) + " bytes",
                  true);
    wait(request_.limits.idle);
    paused_ = !listener_->on_body(bytes);
    if (!paused_)
      read();
  }

  void read_complaint() {
    err_.async_read_some(asio::buffer(complaint_piece_),
                         [self = shared_from_this()](auto bad, size_t n) {
                           if (bad)
                             return;
                           auto& all = self->complaint_;
                           all.append(self->complaint_piece_.data(), n);
                           if (all.size() > most_complaint)
                             all.erase(0, all.size() - most_complaint);
                           self->read_complaint();
                         });
  }

  void output_over() {
    output_over_ = true;
    if (exited_)
      conclude();
  }

  /// The command itself is gone.
  void ended() {
    // Its number is not used again before it is waited for.
    ::kill(-pid_, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    kill_timer_.cancel();
    exited_ = true;
    status_ = status;
    if (output_over_)
      conclude();
    else if (!over_ && !paused_)
      wait(late_output);
  }

  void conclude() {
    if (over_)
      return;
    auto good = WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
    if (!good && head_sent_)
      return fail(http_failure::kind::reset, verdict(), true);
    auto listener = finish();
    if (!head_sent_)
      listener->on_head({good ? 200 : 500, {}});
    if (!good)
      listener->on_body(verdict());
    listener->on_end();
  }

  std::string verdict() const {
    auto text =
      options_.command.front()
      + (WIFEXITED(status_)
           ? " ended with code " + std::to_string(WEXITSTATUS(status_))
           : " was ended by signal " + std::to_string(WTERMSIG(status_)));
    auto said = complaint_.substr(0, complaint_.find_last_not_of(" \n") + 1);
    return said.empty() ? text : text + ": " + said;
  }

  void fail(http_failure::kind what, std::string message, bool sent) {
    if (over_)
      return;
    auto listener = finish();
    end_group();
    listener->on_failure({what, std::move(message), sent});
  }

  /// Nothing is told after this.
  std::shared_ptr<http_listener> finish() {
    over_ = true;
    timer_.cancel();
    boost::system::error_code ignored;
    in_.close(ignored);
    out_.close(ignored);
    err_.close(ignored);
    return std::exchange(listener_, nullptr);
  }

  void end_group() {
    if (pid_ <= 0)
      return;
    ::kill(-pid_, SIGTERM);
    kill_timer_.expires_after(last_words);
    kill_timer_.async_wait([self = shared_from_this()](auto bad) {
      if (!bad && self->pid_ > 0)
        ::kill(-self->pid_, SIGKILL);
    });
  }

  asio::io_context& io_;
  cli_options options_;
  http_request request_;
  std::string prompt_;
  std::shared_ptr<http_listener> listener_;
  pipe_end in_;
  pipe_end out_;
  pipe_end err_;
  /// Readable when the command has ended.
  pipe_end life_;
  asio::steady_timer timer_;
  asio::steady_timer kill_timer_;
  std::array<char, 16384> piece_{};
  std::array<char, 1024> complaint_piece_{};
  std::string complaint_;
  uint64_t taken_ = 0;
  pid_t pid_ = 0;
  int status_ = 0;
  bool head_sent_ = false;
  bool paused_ = false;
  bool output_over_ = false;
  bool exited_ = false;
  bool over_ = false;
};

class cli_client final : public http_client {
public:
  cli_client(io_threads& io, cli_options options)
    : io_{io}, options_{std::move(options)} {}

  std::shared_ptr<http_exchange>
  send(http_request request, std::shared_ptr<http_listener> listener) override {
    auto& context = io_.context(io_.here());
    auto run = std::make_shared<cli_run>(context, options_, std::move(request),
                                         std::move(listener));
    asio::post(context, [run] { run->start(); });
    return run;
  }

private:
  io_threads& io_;
  cli_options options_;
};

} // namespace

std::shared_ptr<http_client> make_cli_client(io_threads& io,
                                             cli_options options) {
  return std::make_shared<cli_client>(io, std::move(options));
}

} // namespace smart_agents
