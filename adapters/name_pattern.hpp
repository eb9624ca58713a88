#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// True when `name` is `pattern`, in which `*` stands for anything.
bool matches(std::string_view pattern, std::string_view name);

/// True when one of the patterns is for that model, be it by `PROVIDER/MODEL`
/// or by the model's name alone.
bool matches_model(const std::vector<std::string>& patterns,
                   std::string_view provider, std::string_view model);

} // namespace smart_agents
