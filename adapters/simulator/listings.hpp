#pragma once

#include "adapters/simulator/book.hpp"

namespace smart_agents::sim {

/// What a path of a provider is for.
enum class endpoint_kind : uint8_t {
  /// Nothing: 404.
  unknown,
  completion,
  /// Counts the tokens of a request.
  count,
  /// Lists models.
  models,
  /// Shows one.
  model,
  ollama_tags,
  ollama_show,
  ollama_ps,
  ollama_version,
  /// `/`, and HEAD.
  root,
};

/// Where a request goes.
struct route {
  endpoint_kind what = endpoint_kind::unknown;
  wire format = wire::chat;
  /// The model that the path names, for `model`.
  std::string_view name;
};

/// Finds the way of `METHOD TARGET` at a provider of that vendor.
route find_route(vendor whose, std::string_view method,
                 std::string_view target);

/// Answers what is no completion: listings, token counts, probes.
reply answer_listing(book& from, const route& where, std::string_view target,
                     const http_headers& headers, const std::string& body);

} // namespace smart_agents::sim
