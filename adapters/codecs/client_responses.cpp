#include "adapters/codecs/client_responses.hpp"

#include "adapters/codecs/client_errors.hpp"
#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/client_responses_shapes.hpp"
#include "adapters/codecs/wire.hpp"

#include <utility>

namespace smart_agents::codecs {

namespace {

using namespace responses_api;

constexpr std::string_view format_name = "openai-responses";
constexpr std::string_view family = "gpt";

class codec final : public client_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<client_request> parse(std::string_view body) const override {
    return parse_client_responses(body, false);
  }

  caf::expected<client_request>
  parse_count(std::string_view body) const override {
    return parse_client_responses(body, true);
  }

  std::string render(const answer_head& head,
                     const chat_response& response) const override {
    if (const auto* own = own_words(response, format_name))
      return *own;
    std::vector<item> items;
    for (const auto& x : response.parts)
      add(x, head, items);
    auto why = incomplete(response.finish);
    json_writer out{1024};
    write_response(out, head, why.empty() ? "completed" : "incomplete", why,
                   nullptr, output_of(items), &response.tokens);
    return out.take();
  }

  std::unique_ptr<stream_writer> stream(answer_head head) const override {
    auto pass = head.verbatim;
    auto result = stream_client_responses(std::move(head));
    return pass ? pass_on(true, std::move(result)) : std::move(result);
  }

  std::string render_count(uint64_t input_tokens) const override {
    json_writer out;
    out.begin_object().field("object", "response.input_tokens");
    out.field("input_tokens", input_tokens).end_object();
    return out.take();
  }

  int status_of(failure_class what) const override {
    return openai_status(what);
  }

  std::string render_error(const failure& why,
                           std::string_view) const override {
    return openai_error(why);
  }

  std::string render_unauthorized(std::string_view message,
                                  std::string_view) const override {
    return openai_unauthorized(message);
  }

private:
  static void add(const part& from, const answer_head& head,
                  std::vector<item>& items) {
    auto begin = [&](item::kind what) -> item& {
      auto& x = items.emplace_back();
      x.what = what;
      x.id = id_of(head, what, items.size() - 1);
      return x;
    };
    if (const auto* text = std::get_if<text_part>(&from)) {
      if (!text->text.empty())
        begin(item::kind::message).text = text->text;
    } else if (const auto* thinking = std::get_if<thinking_part>(&from)) {
      auto shown = head.show_thoughts && !thinking->text.empty();
      if (!shown && thinking->signature.empty())
        return;
      auto& x = begin(item::kind::reasoning);
      if (shown)
        x.text = thinking->text;
      if (!thinking->signature.empty())
        x.sealed = seal({thinking->origin, thinking->signer,
                         signed_thing::thought, thinking->signature},
                        format_name, family);
    } else if (const auto* call = std::get_if<tool_call_part>(&from)) {
      if (!call->signature.empty())
        begin(item::kind::reasoning).sealed =
          seal_of_call(call->signature, call->signer);
      auto& x = begin(item::kind::call);
      x.call_id = portable_id(call->id);
      x.name = call->name;
      x.text = call->arguments.empty() ? "{}" : call->arguments;
    } else if (const auto* opaque = std::get_if<opaque_part>(&from)) {
      if (opaque->format == format_name)
        begin(item::kind::kept).text = opaque->json;
    }
  }
};

} // namespace

client_codec_ptr client_responses() {
  return std::make_shared<codec>();
}

} // namespace smart_agents::codecs
