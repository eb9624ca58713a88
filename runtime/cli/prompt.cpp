#include "runtime/cli/prompt.hpp"

#include "adapters/input_files.hpp"
#include "messages/error.hpp"
#include "runtime/settings_values.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <istream>

namespace smart_agents::cli {

namespace {

bool from_stdin(const std::vector<std::string>& words) {
  return words.empty() || (words.size() == 1 && words[0] == "-");
}

/// `line 3, byte 17 (offset 120)`, for people and for tools.
std::string place(std::string_view text, size_t offset) {
  auto before = text.substr(0, offset);
  auto line = std::count(before.begin(), before.end(), '\n') + 1;
  auto start = before.rfind('\n');
  auto byte = start == std::string_view::npos ? offset + 1 : offset - start;
  return "line " + std::to_string(line) + ", byte " + std::to_string(byte)
         + " (offset " + std::to_string(offset) + ")";
}

/// Length of the sequence that a byte starts; 0 when it starts none.
size_t sequence_length(unsigned char c) {
  if (c < 0x80)
    return 1;
  if (c >= 0xc2 && c < 0xe0)
    return 2;
  if (c >= 0xe0 && c < 0xf0)
    return 3;
  return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

/// Rules out overlong forms, surrogates and what is beyond U+10FFFF.
bool good_second(unsigned char first, unsigned char second) {
  switch (first) {
  case 0xe0: return second >= 0xa0;
  case 0xed: return second < 0xa0;
  case 0xf0: return second >= 0x90;
  case 0xf4: return second < 0x90;
  default: return true;
  }
}

} // namespace

std::optional<size_t> first_bad_utf8(std::string_view text) {
  auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t i = 0; i < text.size();) {
    auto length = sequence_length(byte(i));
    if (length == 0 || i + length > text.size())
      return i;
    for (size_t k = 1; k < length; ++k)
      if ((byte(i + k) & 0xc0) != 0x80)
        return i;
    if (length > 1 && !good_second(byte(i), byte(i + 1)))
      return i;
    i += length;
  }
  return std::nullopt;
}

caf::error check_text(std::string_view text, const std::string& origin,
                      uint64_t limit) {
  auto wrong = [&origin](const std::string& what) {
    return make_error(ec::bad_input, origin + ": " + what);
  };
  if (text.size() > limit)
    return wrong("longer than " + std::to_string(limit)
                 + " bytes; shorten it, or raise server.max_prompt_bytes");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return wrong("is empty");
  if (auto nul = text.find('\0'); nul != std::string_view::npos)
    return wrong("a NUL byte at " + place(text, nul)
                 + "; is it a binary file?");
  if (auto bad = first_bad_utf8(text))
    return wrong("not UTF-8 at " + place(text, *bad)
                 + "; convert it, for example with iconv -t UTF-8");
  return {};
}

std::string read_bounded(std::istream& in, uint64_t limit) {
  std::string result;
  std::string piece(1 << 16, '\0');
  while (in && result.size() <= limit) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    result.append(piece, 0, static_cast<size_t>(in.gcount()));
  }
  return result;
}

caf::expected<std::string> read_prompt(const std::vector<std::string>& words,
                                       std::istream& in, uint64_t limit) {
  auto piped = from_stdin(words);
  auto text = piped ? read_bounded(in, limit) : join(words, " ");
  if (auto error = check_text(text, piped ? "stdin" : "prompt", limit))
    return error;
  return text;
}

caf::expected<std::string> read_files(const std::vector<std::string>& files,
                                      std::istream& in, uint64_t limit) {
  if (from_stdin(files))
    return read_prompt({}, in, limit);
  std::string result;
  for (const auto& name : files) {
    std::error_code ignored;
    if (std::filesystem::is_directory(name, ignored))
      return make_error(ec::bad_input, name + ": is a folder; name its files");
    std::ifstream file{name, std::ios::binary};
    if (!file)
      return make_error(ec::bad_input, name + ": cannot be read");
    auto text = read_bounded(file, limit);
    if (auto error = check_text(text, name, limit))
      return error;
    result.append("=== ").append(name).append("\n").append(text);
    if (result.back() != '\n')
      result += '\n';
    if (result.size() > limit)
      return make_error(ec::bad_input, "the files together: longer than "
                                         + std::to_string(limit)
                                         + " bytes; name fewer, or raise "
                                           "server.max_prompt_bytes");
  }
  return result;
}

caf::expected<std::string> read_material(const std::vector<std::string>& files,
                                         const std::optional<std::string>& diff,
                                         uint64_t limit) {
  if (files.empty() && !diff)
    return std::string{};
  std::error_code none;
  auto here = std::filesystem::current_path(none);
  input_bounds bounds;
  bounds.folders = {here.string(), "/"};
  bounds.max_bytes = limit;
  input_wish wish;
  wish.diff = diff;
  for (const auto& name : files)
    wish.files.push_back(
      name.find("..") == std::string::npos
        ? name
        : std::filesystem::weakly_canonical(here / name, none).string());
  auto text = read_input(wish, bounds);
  if (!text)
    return text;
  if (auto error = check_text(*text, "the files", limit))
    return error;
  return text;
}

} // namespace smart_agents::cli
