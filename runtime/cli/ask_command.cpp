#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/media_arguments.hpp"
#include "runtime/cli/prompt.hpp"
#include "runtime/cli/thread.hpp"
#include "runtime/shutdown.hpp"

#include <unistd.h>

#include <algorithm>
#include <future>
#include <iostream>
#include <mutex>

namespace smart_agents::cli {

namespace {

/// Prints a streamed answer as it comes. Its functions run on a runtime
/// thread, one at a time; `over` hands the end to the command's thread.
class printer {
public:
  printer() : terminal_{isatty(STDOUT_FILENO) == 1} {}

  void piece(const stream_event& x) {
    if (const auto* text = std::get_if<text_delta>(&x))
      print(text->text);
  }

  /// True once any text was shown.
  bool shown() const {
    return shown_;
  }

  void print(const std::string& text) {
    if (text.empty())
      return;
    auto safe = terminal_ ? for_terminal(text) : text;
    std::cout << safe << std::flush;
    shown_ = true;
    ends_line_ = safe.empty() ? ends_line_ : safe.back() == '\n';
  }

  void finish_line() {
    if (shown_ && !ends_line_)
      std::cout << std::endl;
  }

private:
  bool terminal_;
  bool shown_ = false;
  bool ends_line_ = true;
};

/// Turns a signal into the cancellation of a task: at once the end while there
/// is no service yet (somebody waits at stdin), then a polite end.
class cancel_on_signal {
public:
  explicit cancel_on_signal(std::string id) : id_{std::move(id)} {}

  void watch(service* running) {
    std::lock_guard guard{mutex_};
    running_ = running;
  }

  void cancel() {
    std::lock_guard guard{mutex_};
    if (running_ != nullptr)
      running_->cancel(id_);
  }

  const std::string& id() const {
    return id_;
  }

private:
  void came(int number) {
    std::lock_guard guard{mutex_};
    if (running_ == nullptr)
      _exit(128 + number);
    running_->cancel(id_);
  }

  std::mutex mutex_;
  service* running_ = nullptr;
  std::string id_;
  signal_watch watch_{[this](int number) { came(number); }};
};

int show(session& in, printer& out, const outcome& end) {
  const auto look = in.err_style();
  if (const auto* why = std::get_if<answer_failed>(&end)) {
    if (in.args().json)
      session::print(to_json(*why));
    out.finish_line();
    std::cerr << failure_block(*why, look) << std::flush;
    return exit_of(*why);
  }
  const auto& got = *std::get<answer_ptr>(end);
  if (in.args().json)
    return session::print(to_json(got));
  if (!out.shown())
    out.print(text_of(got.response.parts));
  out.finish_line();
  std::cerr << "\n" << answer_block(got, look) << std::flush;
  return std::cout ? done : failed;
}

/// Shows the end, and keeps it where the user wants to go on.
int show_and_keep(session& in, printer& out, const outcome& end, thread& talk,
                  cancel_on_signal& signals) {
  auto exit = show(in, out, end);
  signals.watch(nullptr);
  if (const auto* good = std::get_if<answer_ptr>(&end))
    if (auto bad = talk.keep(**good))
      return in.give_up(bad);
  return exit;
}

} // namespace

int run_ask(session& in) {
  // First, so that every thread inherits the mask.
  cancel_on_signal signals{make_task_id()};
  auto config = in.load_with_provider();
  if (!config)
    return wrong_usage;
  auto text = read_prompt(in.args().task.prompt, std::cin, config->max_prompt);
  if (!text)
    return in.give_up(text.error());
  if (const auto& system = in.args().task.system; !system.empty())
    if (auto wrong = check_text(system, "--system", config->max_prompt))
      return in.give_up(wrong);
  const auto& args = in.args().task;
  auto files = args.files;
  auto wanted = take_media(files);
  wanted.insert(wanted.end(), args.media.begin(), args.media.end());
  auto media = read_media(wanted, config->input.max_media_bytes);
  if (!media)
    return in.give_up(media.error());
  auto material = read_material(files, args.diff, config->input.max_bytes);
  if (!material)
    return in.give_up(material.error());
  if (!material->empty())
    *text += "\n\n" + *material;
  auto talk = thread::open(*config, args.thread);
  if (!talk)
    return in.give_up(talk.error());
  auto what = make_task(args, *config, std::move(*text), "cli");
  for (auto& part : *media)
    what.request.messages.edit().back().parts.emplace_back(std::move(part));
  if (auto bad = talk->recall(what))
    return in.give_up(bad);
  what.id = signals.id();
  what.request.stream = in.args().task.stream && !in.args().json;
  auto agents = service::start(std::move(*config), in.log());
  if (!agents)
    return in.give_up(agents.error());
  signals.watch(agents->get());
  printer out;
  std::promise<outcome> over;
  stream_reader reader;
  reader.started = [](const answer&) {};
  reader.piece = [&](const stream_event& x) {
    out.piece(x);
    // Nobody reads any more, as in `ask ... | head -1`.
    if (!std::cout)
      signals.cancel();
  };
  reader.finished = [&](answer_ptr x) { over.set_value(std::move(x)); };
  reader.failed = [&](const answer_failed& x) { over.set_value(x); };
  auto end = over.get_future();
  (*agents)->submit(std::move(what), std::move(reader));
  return show_and_keep(in, out, end.get(), *talk, signals);
}

int run_orchestrate(session& in) {
  cancel_on_signal signals{make_task_id()};
  auto config = in.load_with_provider();
  if (!config)
    return wrong_usage;
  const auto& args = in.args().task;
  auto plain =
    !args.diff
    && std::none_of(args.files.begin(), args.files.end(),
                    [](const std::string& x) {
                      return x.find_first_of("*?") != std::string::npos;
                    });
  auto text = plain
                ? read_files(args.files, std::cin, config->max_prompt)
                : read_material(args.files, args.diff, config->input.max_bytes);
  if (!text)
    return in.give_up(text.error());
  auto talk = thread::open(*config, args.thread);
  if (!talk)
    return in.give_up(talk.error());
  auto what = make_task(args, *config, std::move(*text), "skill:" + args.skill);
  if (auto bad = talk->recall(what))
    return in.give_up(bad);
  what.id = signals.id();
  auto agents = service::start(std::move(*config), in.log());
  if (!agents)
    return in.give_up(agents.error());
  signals.watch(agents->get());
  printer out;
  std::shared_ptr<void> listening;
  if (!in.args().json)
    listening = (*agents)->subscribe(
      [id = signals.id(), look = in.err_style()](const event& x) {
        if (x.what == event::kind::step && x.task_id == id)
          std::cerr << look.dim(for_terminal(x.text)) << "\n" << std::flush;
      });
  auto end = (*agents)->orchestrate(args.skill, std::move(what));
  listening = nullptr;
  return show_and_keep(in, out, end, *talk, signals);
}

} // namespace smart_agents::cli
