#include "actors/coordinator/skill_shelf.hpp"

#include "actors/coordinator/skill_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace smart_agents {

namespace fs = std::filesystem;

namespace {

/// No skill is so long; a file that is cannot be one.
constexpr uint64_t longest = 1u << 20;

/// Files that are looked at; one that has more has no folder of skills.
constexpr size_t most_files = 1000;

/// What a reader wants to know, without the class of the error.
std::string plain(const caf::error& why) {
  auto text = render(why);
  auto prefix = to_string(ec::bad_input) + ": ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

} // namespace

skill_shelf::skill_shelf(std::string folder) : folder_{std::move(folder)} {
  for (const auto& x : built_in_skills())
    built_in_.push_back(std::make_shared<const skill>(x));
}

std::vector<std::string> skill_shelf::refresh() {
  std::vector<std::string> news;
  if (folder_.empty())
    return news;
  // Read beside the lock: whoever looks for a skill does not wait for the disk.
  std::map<std::string, file> known;
  {
    std::lock_guard guard{mutex_};
    known = files_;
  }
  std::map<std::string, file> now;
  std::error_code none;
  for (fs::directory_iterator i{folder_, none}, end; !none && i != end;
       i.increment(none)) {
    if (i->path().extension() != ".skill" || now.size() >= most_files)
      continue;
    std::error_code gone;
    auto size = i->file_size(gone);
    auto changed = i->last_write_time(gone).time_since_epoch().count();
    if (gone)
      continue;
    auto path = i->path().string();
    auto& x = now[path];
    if (auto old = known.find(path); old != known.end())
      x = old->second;
    if (x.changed == changed && x.size == size)
      continue;
    x.changed = changed;
    x.size = size;
    read(path, x);
    if (!x.wrong.empty())
      news.push_back(x.wrong);
  }
  std::lock_guard guard{mutex_};
  files_ = std::move(now);
  return news;
}

void skill_shelf::read(const std::string& path, file& into) const {
  into.wrong.clear();
  if (into.size > longest) {
    into.wrong = path + ": longer than 1 MB, which no skill is";
    return;
  }
  std::ifstream in{path, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    into.wrong = path + ": cannot be read";
    return;
  }
  auto made = parse_skill(text.str(), path);
  if (!made)
    into.wrong = plain(made.error());
  else if (auto name = fs::path{path}.stem().string(); made->name != name)
    into.wrong = path + ": its name is '" + made->name
                 + "': call it so, or the file " + made->name + ".skill";
  else
    into.what = std::make_shared<const skill>(std::move(*made));
}

skill_ptr skill_shelf::find(std::string_view name) const {
  for (const auto& x : all())
    if (x->name == name)
      return x;
  return nullptr;
}

caf::error skill_shelf::check(const std::string& name) const {
  if (find(name))
    return {};
  std::string known;
  for (const auto& x : all())
    known += (known.empty() ? "" : ", ") + x->name;
  std::lock_guard guard{mutex_};
  for (const auto& [path, x] : files_)
    if (!x.wrong.empty() && fs::path{path}.stem() == name)
      return make_error(ec::bad_input, x.wrong);
  return make_error(ec::not_found, "There is no skill called " + name
                                     + "; known are: " + known + ".");
}

std::vector<skill_ptr> skill_shelf::all() const {
  auto result = built_in_;
  std::lock_guard guard{mutex_};
  for (const auto& [path, file] : files_) {
    if (!file.what)
      continue;
    auto same = std::find_if(result.begin(), result.end(),
                             [&mine = file.what](const skill_ptr& y) {
                               return y->name == mine->name;
                             });
    if (same != result.end())
      *same = file.what;
    else
      result.push_back(file.what);
  }
  return result;
}

} // namespace smart_agents
