#pragma once

#include "actors/coordinator/skills.hpp"
#include "messages/error.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

using skill_ptr = std::shared_ptr<const skill>;

/// The skills there are: the built-in ones, and those of a folder of the
/// user's (`NAME.skill`, docs/SKILLS.md), which may be added, changed and
/// removed while the program runs. One of the user's hides a built-in one of
/// its name. Thread-safe.
class skill_shelf {
public:
  /// An empty `folder` has the built-in ones alone. Reads nothing yet.
  explicit skill_shelf(std::string folder = {});

  /// Reads what has changed in the folder. Blocks, so not for I/O threads.
  /// Returns what is newly wrong: file, line, cause, remedy.
  std::vector<std::string> refresh();

  /// The skill of that name, or null. A file that became wrong does not take
  /// away what it was before.
  skill_ptr find(std::string_view name) const;

  /// Says that there is no skill of that name and which there are; or what is
  /// wrong with its file. No error when there is one.
  caf::error check(const std::string& name) const;

  /// All, the built-in ones first.
  std::vector<skill_ptr> all() const;

private:
  struct file {
    int64_t changed = 0;
    uint64_t size = 0;
    /// Null as long as it was never right.
    skill_ptr what;
    std::string wrong;
  };

  void read(const std::string& path, file& into) const;

  const std::string folder_;
  std::vector<skill_ptr> built_in_;
  mutable std::mutex mutex_;
  /// By path.
  std::map<std::string, file> files_;
};

} // namespace smart_agents
