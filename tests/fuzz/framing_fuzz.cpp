// Streams into events and lines: the same whatever the reads.

#include "adapters/framing.hpp"
#include "tests/fuzz/target.hpp"

#include <string>
#include <utility>
#include <vector>

namespace smart_agents {

namespace {

constexpr size_t bound = 1u << 13;

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs events_in(std::string_view bytes, size_t read) {
  sse_splitter splitter{bound};
  sse_splitter::event event;
  pairs result;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, read);
    bytes.remove_prefix(piece.size());
    for (;;) {
      auto status = splitter.next(piece, event);
      if (status == frame_status::hungry)
        break;
      if (status == frame_status::too_large)
        return result;
      result.emplace_back(event.name, event.data);
    }
  }
  if (splitter.finish(event) == frame_status::ready)
    result.emplace_back(event.name, event.data);
  return result;
}

std::vector<std::string> lines_in(std::string_view bytes, size_t read) {
  line_splitter splitter{bound};
  std::string_view line;
  std::vector<std::string> result;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, read);
    bytes.remove_prefix(piece.size());
    for (;;) {
      auto status = splitter.next(piece, line);
      if (status == frame_status::hungry)
        break;
      if (status == frame_status::too_large)
        return result;
      result.emplace_back(line);
    }
  }
  if (splitter.finish(line) == frame_status::ready)
    result.emplace_back(line);
  return result;
}

} // namespace

FUZZ_TARGET(framing) {
  bytes = bytes.substr(0, bound / 2); // below it, where cuts may differ
  auto whole = events_in(bytes, bytes.size() + 1);
  auto lines = lines_in(bytes, bytes.size() + 1);
  for (size_t read : {1, 3, 64}) {
    fuzz::must(events_in(bytes, read) == whole, "the same events");
    fuzz::must(lines_in(bytes, read) == lines, "the same lines");
  }
}

} // namespace smart_agents
