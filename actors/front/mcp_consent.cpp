#include "actors/front/mcp_consent.hpp"

#include "actors/front/mcp_offer.hpp"

#include <boost/json/array.hpp>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr const char* question = "go_on";
constexpr const char* price = "usd";

} // namespace

mcp_consent consent_of(const mcp_call& call) {
  const auto* answer = call.answers.if_contains(question);
  if (answer == nullptr || !call.state.is_object()
      || !call.state.get_object().contains(price))
    return mcp_consent::unknown;
  if (!answer->is_object())
    return mcp_consent::refused;
  const auto& fields = answer->get_object();
  const auto* yes = object_field(fields, "content").if_contains(question);
  return text_field(fields, "action") == "accept" && yes
             && *yes == json::value(true)
           ? mcp_consent::given
           : mcp_consent::refused;
}

bool can_ask_user(const mcp_call& call) {
  return call.capabilities.contains("elicitation");
}

json::object consent_question(const std::string& text) {
  return {
    {question,
     json::object{
       {"method", "elicitation/create"},
       {"params",
        json::object{
          {"message", text},
          {"requestedSchema",
           json::object{
             {"type", "object"},
             {"properties",
              json::object{
                {question, json::object{{"type", "boolean"},
                                        {"title", "Go on"},
                                        {"description",
                                         "Make the call at this price."}}}}},
             {"required", json::array{question}}}}}}}}};
}

json::value consent_state(const mcp_call& call, double usd) {
  auto result = call.answers;
  result[price] = usd;
  return result;
}

const json::value* answer_in(const mcp_call& call, std::string_view name) {
  if (const auto* now = call.answers.if_contains({name.data(), name.size()}))
    return now;
  return call.state.is_object()
           ? call.state.get_object().if_contains({name.data(), name.size()})
           : nullptr;
}

} // namespace smart_agents
