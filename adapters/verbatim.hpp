#pragma once

#include "adapters/http_client.hpp"
#include "messages/chat.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Same format in and out: the client's body passes as it is, but for the
/// fields that must change, so that fields which we do not know are kept and
/// prompt caches see the client's own bytes. The canonical request stays the
/// truth: a body is only used while it means the same.

namespace smart_agents {

/// Keeps a client's body beside the request that it was parsed to. Null when it
/// cannot pass: when it holds state of other providers, or orphaned calls that
/// have to be mended.
std::shared_ptr<const client_body>
keep_body(std::string_view format, std::shared_ptr<const std::string> json,
          http_headers headers, const chat_request& parsed);

/// A field of a body that is set, or left out when `json` is unset.
struct body_change {
  std::string_view key;
  std::optional<std::string> json;
  /// False: only where the body has the field.
  bool add = true;
};

/// The body with changes to its outermost fields; the others keep their order
/// and their bytes. Unset when it is no JSON object.
std::optional<std::string> splice(std::string_view body,
                                  const std::vector<body_change>& changes);

/// What every format sets: model and stream, and no sampling for models that
/// refuse it.
std::vector<body_change> common_changes(const chat_request& request,
                                        std::string_view vendor);

/// A text as JSON.
std::string json_string(std::string_view text);

/// True when the request's own body may go to a provider of `format`: the
/// client named this very model, or says nothing that not every model takes;
/// and nobody changed the request since.
bool may_pass(const chat_request& request, std::string_view format);

} // namespace smart_agents
