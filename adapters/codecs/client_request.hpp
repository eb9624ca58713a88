#pragma once

#include "adapters/client_codec.hpp"
#include "adapters/codecs/json_reader.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

/// What the served formats share when they read requests. Unlike a provider's
/// answers, requests are read strictly: a field of the wrong type is refused by
/// name, since its sender can mend it.

namespace smart_agents::codecs {

/// Remembers the first thing that is wrong with a request, and what nobody
/// will be told. Reading goes on after a fault; its results are not used.
class findings {
public:
  /// "WHERE: WHAT".
  void wrong(std::string_view where, std::string_view what);

  /// A field that no provider will be told, once.
  void lost(std::string_view name);

  /// The first fault as `ec::bad_input`, or none.
  caf::error fault() const;

  std::vector<std::string> take_losses() {
    return std::move(losses_);
  }

private:
  std::string fault_;
  std::vector<std::string> losses_;
};

/// The object that a request's body is, never null and valid as long as
/// `reader` parses nothing else, or `ec::bad_input`.
caf::expected<const json::object*> parse_body(json_reader& reader,
                                              std::string_view body);

/// One object of a request, and its place there.
class fields {
public:
  /// Not an object: a fault, and no fields.
  fields(const json::value& x, std::string where, findings& out);

  fields(const json::object& x, std::string where, findings& out)
    : object_{&x}, where_{std::move(where)}, out_{&out} {}

  /// The value, or null when it is missing or null.
  const json::value* at(std::string_view key) const {
    return find(*object_, key);
  }

  /// `WHERE.KEY`.
  std::string place(std::string_view key) const;

  void wrong(std::string_view key, std::string_view what) const {
    out_->wrong(place(key), what);
  }

  /// A string, or empty; missing is a fault where it is required.
  std::string text(std::string_view key, bool required = false) const;

  bool flag(std::string_view key, bool otherwise = false) const;

  /// A whole number from `least` on.
  std::optional<uint32_t> count(std::string_view key, uint32_t least = 1) const;

  std::optional<double> number(std::string_view key) const;

  /// An object as compact JSON, or empty.
  std::string object_text(std::string_view key) const;

  /// The fields of an object; empty ones when it is missing.
  fields object(std::string_view key) const;

  /// Calls `f(value, place)` for each element of an array, or does nothing.
  template <class F>
  void each(std::string_view key, F f) const {
    const auto* x = at(key);
    if (x == nullptr)
      return;
    if (!x->is_array()) {
      wrong(key, "must be an array");
      return;
    }
    size_t i = 0;
    for (const auto& item : x->get_array())
      f(item, place(key) + "[" + std::to_string(i++) + "]");
  }

  /// A string, or an array of strings.
  std::vector<std::string> texts(std::string_view key) const;

  /// Notes those of `names` that are set as lost.
  void lose(std::initializer_list<std::string_view> names) const;

  findings& out() const {
    return *out_;
  }

  const json::object& raw() const {
    return *object_;
  }

private:
  const json::object* object_;
  std::string where_;
  findings* out_;
};

/// A writer that passes `wire_event`s on as they are, and leaves to `inner`
/// what no provider says. `usage` says that the client wants Chat's chunk
/// without choices.
std::unique_ptr<stream_writer> pass_on(bool usage,
                                       std::unique_ptr<stream_writer> inner);

/// The answer as its provider wrote it, where it may pass; else null.
inline const std::string* own_words(const chat_response& response,
                                    std::string_view format) {
  const auto* x = response.verbatim.get();
  return x && x->format == format ? &x->json : nullptr;
}

/// Reads `data:TYPE;base64,DATA` or any other URL.
media_part media_from_url(media_part::kind what, std::string_view url);

/// An effort by name (`xhigh` is `max`); a fault for an unknown one.
effort effort_from(std::string_view name, std::string_view where,
                   findings& out);

/// Adds parts to the conversation; neighbours of one role are one message.
void append(std::vector<message>& to, role from, std::vector<part> parts);

// -- signatures ---------------------------------------------------------------

/// What a signature belongs to.
enum class signed_thing : uint8_t { thought, call };

/// A signature in a client's hands.
struct signature {
  /// Format and model that it is good for.
  std::string origin;
  std::string signer;
  signed_thing what = signed_thing::thought;
  /// As its provider wrote it.
  std::string text;
};

/// Clients give signatures back as they got them, but know of one provider
/// only. Those of others are sealed with their origin: `sa1|...`. Those of the
/// format's own vendor (models that begin with `family`) stay as they are, so
/// that a conversation can go on without us.
std::string seal(const signature& x, std::string_view format,
                 std::string_view family);

/// Opens a seal. What is not sealed is the vendor's own: any of its models.
signature unseal(std::string_view text, std::string_view format,
                 std::string_view family);

} // namespace smart_agents::codecs
