// Fields replaced in a body that passes as it is.

#include "adapters/verbatim.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/json/parse.hpp>

namespace smart_agents {

FUZZ_TARGET(splice) {
  auto out = splice(std::make_shared<const std::string>(bytes),
                    {{"model", json_string("m\"1")},
                     {"stream", std::nullopt},
                     {"max_tokens", "7", false}});
  boost::json::error_code error;
  auto before = boost::json::parse({bytes.data(), bytes.size()}, error);
  // What is no JSON object is never made one that a provider would take: it is
  // checked when it is parsed, before it gets here.
  if (error || !before.is_object())
    return;
  if (!out)
    return; // deeper than the reader goes; it is written anew
  auto after = boost::json::parse(out->text(), error);
  fuzz::must(!error && after.is_object(), "still an object");
  auto& x = after.get_object();
  fuzz::must(x.contains("model"), "the model is set");
  for (const auto& [name, value] : before.get_object()) {
    if (name == "model" || name == "stream" || name == "max_tokens")
      continue;
    const auto* kept = x.if_contains(name);
    fuzz::must(kept != nullptr && *kept == value, "the others are kept");
  }
}

} // namespace smart_agents
