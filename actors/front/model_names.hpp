#pragma once

#include "adapters/http_client.hpp"
#include "messages/chat.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smart_agents {

/// Sends requests that look so to a model. All conditions given must hold; an
/// empty one always does.
struct model_route {
  /// A header that must be there: `name`, or `name: value` with `*` for
  /// anything.
  std::string header;
  /// A text that the system prompt must hold.
  std::string system;
  /// The model that the client names, with `*` for anything.
  std::string model;
  /// The model's name for the router.
  std::string use;
  bool operator==(const model_route&) const = default;
};

/// How the names that clients use become those of the router.
struct model_names {
  /// Pattern and name, the first that matches counts.
  std::vector<std::pair<std::string, std::string>> aliases;
  std::vector<model_route> routes;
};

/// The model that a request is for. In this order: the header
/// `x-smart-agents-model`, a mark `<smart-agents-model>NAME</...>` in a system
/// message (which is cut out, so that no provider sees it), the routes, the
/// aliases, and what the client wrote.
std::string choose_model(const model_names& names, const http_headers& headers,
                         chat_request& request);

} // namespace smart_agents
