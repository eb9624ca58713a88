// Runs every fuzz target over the files of the folders that are named, and over
// seeded mutations of each: the same every time, so that a failure can be
// repeated. What lies in a folder with a target's name (tests/fuzz/kept) is for
// that target alone, and as it is. Not a replacement for the fuzzers
// (docs/PROVIDERS.md says how they are run), but it keeps what they found from
// coming back.

#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace smart_agents::fuzz {

namespace {

std::map<std::string, target>& targets() {
  static std::map<std::string, target> all;
  return all;
}

/// Mutations of one file.
constexpr int rounds = 40;

std::string read(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// One to four changes of the kinds that break parsers.
std::string mutated(const std::string& from, const std::string& other,
                    std::mt19937& random) {
  static const char* const pieces[] = {
    "\"",    "\\",   "{",       "}",       "[",
    "]",     ",",    ":",       "null",    "-1",
    "1e999", "\n\n", "\r",      "data: ",  "\xEF\xBB\xBF",
    "\xFF",  "\xC3", "\\ud800", "[[[[[[[["};
  auto result = from;
  for (auto n = 1 + random() % 4; n > 0; --n) {
    auto at = result.empty() ? 0 : random() % result.size();
    auto length = std::min<size_t>(1 + random() % 16, result.size() - at);
    switch (random() % 6) {
    case 0:
      if (!result.empty())
        result[at] = static_cast<char>(random());
      break;
    case 1: result.erase(at, length); break;
    case 2: result.insert(at, pieces[random() % std::size(pieces)]); break;
    case 3: result.resize(at); break;
    case 4: result.insert(at, result.substr(at, length)); break;
    default:
      if (!other.empty())
        result.replace(at, length, other.substr(random() % other.size(), 40));
    }
  }
  return result;
}

} // namespace

bool add_target(const char* name, target what) {
  return targets().emplace(name, what).second;
}

} // namespace smart_agents::fuzz

int main(int argc, char** argv) {
  using namespace smart_agents::fuzz;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{argv[i]})
      if (entry.is_regular_file())
        files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty() || targets().empty()) {
    std::cerr << "usage: fuzz_replay FOLDER...\n";
    return 2;
  }
  uint64_t runs = 0;
  std::string other;
  for (const auto& file : files) {
    auto bytes = read(file);
    auto folder = file.parent_path().filename().string();
    auto of_one = targets().contains(folder);
    for (const auto& [name, run] : targets()) {
      if (of_one && name != folder)
        continue;
      std::mt19937 random{static_cast<uint32_t>(bytes.size())};
      for (int round = 0; round <= (of_one ? 0 : rounds); ++round) {
        auto input = round == 0 ? bytes : mutated(bytes, other, random);
        try {
          run(input);
        } catch (const std::exception& e) {
          std::cerr << name << ": " << file.filename() << " round " << round
                    << ": " << e.what() << "\n";
          return 1;
        }
        ++runs;
      }
    }
    other = std::move(bytes);
  }
  std::cout << runs << " inputs, " << targets().size() << " targets, "
            << files.size() << " files\n";
  return 0;
}
