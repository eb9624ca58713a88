#pragma once

#include "adapters/http_client.hpp"
#include "adapters/provider_codec.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Official command-line clients as providers: a process per call instead of an
/// HTTP exchange, so that everything behind a provider works for both.

namespace smart_agents {

class io_threads;

/// How a command is run.
struct cli_options {
  /// Program and arguments; `{model}` in them stands for the model.
  std::vector<std::string> command;
  /// Where it runs; a client that reads its folder finds nothing there.
  std::string folder = "/tmp";
};

/// An `http_client` whose exchanges are processes: the request's body goes to
/// stdin, what comes from stdout is the answer's body. Each process leads a
/// group of its own; however the exchange ends, the whole group is gone soon:
/// SIGTERM, two seconds later SIGKILL. The time limits of the request hold, and
/// `max_body` bounds its output. Variables that hold keys or addresses of
/// providers are not handed down: the client shall use its own log-in.
std::shared_ptr<http_client> make_cli_client(io_threads& io,
                                             cli_options options);

/// The codec of a command: the conversation as a text in; out comes `text`, or
/// `claude-json`, which is what `claude --output-format stream-json --verbose`
/// prints, usage included. Null for another output.
codec_ptr make_cli_codec(std::string_view output);

} // namespace smart_agents
