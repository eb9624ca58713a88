#include "adapters/input_files.hpp"

#include "adapters/confined_path.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace smart_agents {

namespace fs = std::filesystem;

namespace {

/// Files and folders that a pattern looks at; a tree that has more is not
/// meant as a whole.
constexpr size_t most_entries = 200'000;

bool is_pattern(std::string_view x) {
  return x.find_first_of("*?") != x.npos;
}

caf::error wrong(const std::string& what) {
  return make_error(ec::bad_input, what);
}

caf::error too_much(uint64_t bytes) {
  return wrong("the input is longer than " + std::to_string(bytes)
               + " bytes in all; name fewer files, or raise input.max_bytes");
}

/// True for what can be sent to a model as text.
bool is_text(std::string_view x) {
  return x.find('\0') == x.npos;
}

/// The files below a folder that fit, by name. Links are not followed, and what
/// git keeps for itself is passed over.
caf::expected<std::vector<std::string>> expand(const std::string& pattern,
                                               const input_bounds& bounds) {
  if (pattern.find("..") != pattern.npos || pattern.starts_with("/"))
    return wrong(pattern
                 + ": a pattern begins in the folder of the work and has no "
                   "..; write for example src/**/*.cpp");
  if (std::count(pattern.begin(), pattern.end(), '*') > 8)
    return wrong(pattern + ": has more than eight *");
  std::vector<std::string> result;
  size_t seen = 0;
  std::error_code none;
  fs::path root{bounds.folders.front()};
  fs::recursive_directory_iterator i{
    root, fs::directory_options::skip_permission_denied, none};
  for (fs::recursive_directory_iterator end; !none && i != end;
       i.increment(none)) {
    if (++seen > most_entries)
      return wrong(pattern + ": " + root.string() + " has more than "
                   + std::to_string(most_entries)
                   + " files; begin the pattern further down");
    auto name = i->path().filename().string();
    std::error_code gone;
    if (i->is_symlink(gone) || gone)
      continue;
    if (i->is_directory(gone)) {
      if (name == ".git" || name == "node_modules")
        i.disable_recursion_pending();
      continue;
    }
    auto path = i->path().lexically_relative(root).string();
    if (i->is_regular_file(gone) && fits_pattern(path, pattern))
      result.push_back(std::move(path));
  }
  if (result.empty())
    return wrong(pattern + ": fits no file below " + root.string());
  if (result.size() > bounds.max_files)
    return wrong(pattern + ": fits " + std::to_string(result.size())
                 + " files, more than the " + std::to_string(bounds.max_files)
                 + " that one request may name");
  std::sort(result.begin(), result.end());
  return result;
}

caf::error append(std::string& out, const std::string& path,
                  const input_bounds& bounds, bool by_pattern) {
  auto file = read_confined(path, bounds.folders, bounds.max_bytes);
  if (!file)
    return std::move(file.error());
  if (!is_text(file->bytes))
    // A pattern may fit pictures; who names one means it.
    return by_pattern ? caf::error{}
                      : wrong(path + ": is no text (it has NUL bytes)");
  out += "=== " + path + "\n" + file->bytes;
  if (out.back() != '\n')
    out += '\n';
  return out.size() > bounds.max_bytes ? too_much(bounds.max_bytes)
                                       : caf::error{};
}

// -- git ----------------------------------------------------------------------

/// A revision as people write it: nothing that git could take for an option.
bool is_revision(std::string_view x) {
  return x.size() < 200 && !x.starts_with('-')
         && std::all_of(x.begin(), x.end(), [](unsigned char c) {
              return std::isalnum(c)
                     || std::string_view{"._-/~^@{}:+"}.find(
                          static_cast<char>(c))
                          != std::string_view::npos;
            });
}

struct child_output {
  std::string text;
  bool too_long = false;
  bool late = false;
  int status = -1;
};

/// Runs a program without a shell and reads what it prints.
caf::expected<child_output> run(const std::vector<std::string>& words,
                                uint64_t limit, caf::timespan patience) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return make_error(ec::io_failed, "no pipe for " + words.front());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  // Our threads block signals; a child that waits for one would wait for ever.
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t no_signals;
  sigemptyset(&no_signals);
  posix_spawnattr_setsigmask(&how, &no_signals);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& x : words)
    argv.push_back(const_cast<char*>(x.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  auto bad = posix_spawnp(&child, words.front().c_str(), &actions, &how,
                          argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&how);
  close(ends[1]);
  if (bad != 0) {
    close(ends[0]);
    return make_error(ec::io_failed,
                      words.front() + " cannot be started; is it installed?");
  }
  child_output result;
  auto until = std::chrono::steady_clock::now() + patience;
  std::array<char, 65536> piece{};
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                  until - std::chrono::steady_clock::now())
                  .count();
    pollfd wait{ends[0], POLLIN, 0};
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0) {
      result.late = true;
      break;
    }
    auto got = read(ends[0], piece.data(), piece.size());
    if (got <= 0)
      break;
    result.text.append(piece.data(), static_cast<size_t>(got));
    if (result.text.size() > limit) {
      result.too_long = true;
      break;
    }
  }
  close(ends[0]);
  if (result.late || result.too_long)
    kill(child, SIGKILL);
  waitpid(child, &result.status, 0);
  return result;
}

caf::expected<std::string> diff_of(const std::string& revision,
                                   const input_bounds& bounds) {
  if (!is_revision(revision))
    return wrong("diff: '" + revision
                 + "' is no revision; write for example main, HEAD~3 or "
                   "main...topic");
  // A repository may be anybody's: nothing that its configuration names is
  // run.
  std::vector<std::string> words{
    "git", "-C", bounds.folders.front(), "-c", "core.fsmonitor=false", "-c",
    "diff.external=", "-c", "core.pager=cat", "--no-pager", "diff",
    "--no-ext-diff", "--no-textconv", "--no-color",
    revision.empty() ? "HEAD" : revision, "--",
    // Not what lies beside the folder.
    "."};
  auto got = run(words, bounds.max_bytes, bounds.patience);
  if (!got)
    return std::move(got.error());
  if (got->too_long)
    return too_much(bounds.max_bytes);
  if (got->late)
    return make_error(ec::io_failed, "git diff took too long; name files");
  if (!WIFEXITED(got->status) || WEXITSTATUS(got->status) != 0)
    return wrong("diff: git knows no '"
                 + (revision.empty() ? std::string{"HEAD"} : revision) + "' in "
                 + bounds.folders.front()
                 + "; is it a repository, and is the revision right?");
  if (got->text.empty())
    return wrong("diff: nothing has changed since "
                 + (revision.empty() ? std::string{"HEAD"} : revision));
  return "=== git diff " + revision + "\n" + got->text;
}

} // namespace

bool fits_pattern(std::string_view path, std::string_view pattern) {
  while (!pattern.empty()) {
    if (pattern.starts_with("**")) {
      auto rest = pattern.substr(2);
      // `**/x` is also `x` itself.
      if (rest.starts_with('/') && fits_pattern(path, rest.substr(1)))
        return true;
      if (rest.empty())
        return true;
      for (size_t i = 0; i < path.size(); ++i)
        if (path[i] == '/' && fits_pattern(path.substr(i), rest))
          return true;
      return !rest.starts_with('/') && fits_pattern(path, pattern.substr(1));
    }
    if (pattern.front() == '*') {
      auto rest = pattern.substr(1);
      for (size_t i = 0; i <= path.size(); ++i) {
        if (fits_pattern(path.substr(i), rest))
          return true;
        if (i < path.size() && path[i] == '/')
          return false;
      }
      return false;
    }
    if (path.empty()
        || (pattern.front() == '?' ? path.front() == '/'
                                   : path.front() != pattern.front()))
      return false;
    path.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return path.empty();
}

caf::expected<std::string> read_input(const input_wish& what,
                                      const input_bounds& bounds) {
  if (bounds.folders.empty())
    return wrong("no folder may be read; name some by input.folders");
  std::string out;
  if (what.diff) {
    auto diff = diff_of(*what.diff, bounds);
    if (!diff)
      return diff;
    out = std::move(*diff);
    if (!out.empty() && out.back() != '\n')
      out += '\n';
  }
  for (const auto& name : what.files) {
    if (!is_pattern(name)) {
      if (auto bad = append(out, name, bounds, false))
        return bad;
      continue;
    }
    auto files = expand(name, bounds);
    if (!files)
      return std::move(files.error());
    for (const auto& file : *files)
      if (auto bad = append(out, file, bounds, true))
        return bad;
  }
  return out;
}

} // namespace smart_agents
