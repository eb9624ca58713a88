#pragma once

#include "adapters/http_client.hpp"
#include "messages/chat.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// Where an outermost field of a body stands.
struct body_field {
  std::string_view key;
  /// From the key's quote to the end of the value.
  size_t begin = 0;
  size_t end = 0;
  size_t value = 0;
};

/// A field of a body that is set, or left out when `json` is unset.
struct body_change {
  std::string_view key;
  std::optional<std::string> json;
  /// False: only where the body has the field.
  bool add = true;
};

/// The body with changes to its outermost fields; the others keep their order
/// and their bytes, and share them. Unset when it is no JSON object.
std::optional<http_body> splice(const std::shared_ptr<const std::string>& body,
                                const std::vector<body_change>& changes);

/// What every format sets: model and stream, and no sampling for models that
/// refuse it.
std::vector<body_change> common_changes(const chat_request& request,
                                        std::string_view vendor);

/// A text as JSON.
std::string json_string(std::string_view text);

/// A request's own body on its way to a provider of its format.
class own_body {
public:
  /// Unset unless it may go there: the client named this very model, or says
  /// nothing that not every model takes; and nobody changed the request since.
  /// `request` must outlive the result.
  static std::optional<own_body> of(const chat_request& request,
                                    std::string_view format);

  /// As `splice`.
  http_body with(const std::vector<body_change>& changes) const;

private:
  own_body(const client_body& body, std::vector<body_field> fields)
    : body_{&body}, fields_{std::move(fields)} {}

  const client_body* body_;
  std::vector<body_field> fields_;
};

} // namespace smart_agents
