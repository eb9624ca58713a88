#include "runtime/cli/media_arguments.hpp"

#include "adapters/media.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace smart_agents::cli {

namespace {

bool is_media(const std::string& file) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(file, none))
    return false;
  std::array<char, 64> start{};
  std::ifstream in{file, std::ios::binary};
  in.read(start.data(), start.size());
  return sniff_media({start.data(), static_cast<size_t>(in.gcount())})
    .has_value();
}

const char* name_of(media_part::kind x) {
  switch (x) {
  case media_part::kind::image: return "image";
  case media_part::kind::audio: return "audio";
  case media_part::kind::video: return "video";
  case media_part::kind::document: return "document";
  }
  return "";
}

} // namespace

std::vector<media_argument> take_media(std::vector<std::string>& files) {
  std::vector<media_argument> result;
  auto rest = std::stable_partition(files.begin(), files.end(),
                                    [](auto& x) { return !is_media(x); });
  for (auto i = rest; i != files.end(); ++i)
    result.push_back({"", std::move(*i)});
  files.erase(rest, files.end());
  return result;
}

caf::expected<std::vector<media_part>>
read_media(const std::vector<media_argument>& wanted, uint64_t max_bytes) {
  std::error_code none;
  auto here = std::filesystem::current_path(none);
  media_rules rules;
  rules.folders = {here.string(), "/"};
  rules.max_bytes = max_bytes;
  std::vector<media_part> result;
  for (const auto& x : wanted) {
    auto source = x.source;
    if (is_local_media(source) && source.find("..") != std::string::npos)
      source = std::filesystem::weakly_canonical(here / source, none).string();
    auto part = load_media(source, rules);
    if (!part)
      return part.error();
    std::string kind = name_of(part->what);
    if (!x.kind.empty() && x.kind != kind)
      return make_error(ec::bad_input, "--" + x.kind + " " + x.source + ": is "
                                         + part->mime_type + "; say --"
                                         + (kind == "document" ? "file" : kind)
                                         + " instead");
    result.push_back(std::move(*part));
  }
  return result;
}

} // namespace smart_agents::cli
