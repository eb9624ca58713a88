#include "adapters/simulator/listings.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace smart_agents::sim {

namespace json = boost::json;

namespace {

constexpr auto released = "2026-09-22T00:00:00Z";
constexpr int64_t released_seconds = 1'790'035'200;
constexpr auto digest =
  "500a1f067a9f782620b40bee6f7b0c89e17ae61f686b92c24933e4ca4b2b8b41";

bool starts_with(std::string_view x, std::string_view prefix) {
  return x.substr(0, prefix.size()) == prefix;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

/// A number of the query, or `otherwise`.
size_t query_number(std::string_view target, std::string_view key,
                    size_t otherwise) {
  auto at = target.find(std::string{key} + "=");
  if (at == target.npos)
    return otherwise;
  auto digits = target.substr(at + key.size() + 1);
  size_t result = 0;
  auto [end, bad] =
    std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return bad == std::errc{} && result > 0 ? result : otherwise;
}

// -- models -------------------------------------------------------------------

json::object supported(bool x) {
  return {{"supported", x}};
}

json::object anthropic_model(const model& x) {
  json::object effort = supported(true);
  for (auto level : {"low", "medium", "high", "xhigh", "max"})
    effort[level] = supported(true);
  json::object thinking = supported(true);
  thinking["types"] = json::object{{"adaptive", supported(true)},
                                   {"between_tools", supported(false)},
                                   {"disabled", supported(false)},
                                   {"enabled", supported(false)}};
  json::object abilities;
  for (auto name : {"batch", "citations", "code_execution"})
    abilities[name] = supported(true);
  json::object management = supported(true);
  for (auto name : {"clear_thinking_20251015", "clear_tool_uses_20250919",
                    "compact_20260112"})
    management[name] = supported(true);
  abilities["context_management"] = std::move(management);
  abilities["effort"] = std::move(effort);
  for (auto name : {"image_input", "pdf_input"})
    abilities[name] = supported(true);
  // The simulator has no tools of its own.
  json::object tools = supported(false);
  for (auto name : {"code_execution", "web_search"})
    tools[name] = supported(false);
  abilities["server_tools"] = std::move(tools);
  abilities["structured_outputs"] = supported(true);
  abilities["thinking"] = std::move(thinking);
  return {{"type", "model"},
          {"id", x.name},
          {"display_name", x.name + " (simulated)"},
          {"created_at", released},
          {"deprecated_at", nullptr},
          {"retires_at", nullptr},
          {"lifecycle", "active"},
          {"line", nullptr},
          {"max_input_tokens", x.context},
          {"max_tokens", x.max_output},
          {"capabilities", std::move(abilities)}};
}

json::object openai_model(const model& x) {
  return {{"id", x.name},
          {"object", "model"},
          {"created", released_seconds},
          {"owned_by", "simulated"},
          {"shutdown_date", nullptr}};
}

json::object gemini_model(const model& x) {
  return {{"name", "models/" + x.name},
          {"version", "001"},
          {"displayName", x.name + " (simulated)"},
          {"description", "Simulated"},
          {"inputTokenLimit", x.context},
          {"outputTokenLimit", x.max_output},
          {"supportedGenerationMethods",
           json::array{"generateContent", "countTokens"}},
          {"temperature", 1},
          {"topP", 0.95},
          {"topK", 64},
          {"maxTemperature", 2},
          {"thinking", true}};
}

json::object ollama_details(const model& x) {
  auto family = x.name.substr(0, x.name.find(':'));
  return {{"parent_model", ""},       {"format", "gguf"},
          {"family", family},         {"families", json::array{family}},
          {"parameter_size", "8.2B"}, {"quantization_level", "Q4_K_M"}};
}

json::object model_object(vendor whose, const model& x) {
  switch (whose) {
  case vendor::anthropic: return anthropic_model(x);
  case vendor::gemini: return gemini_model(x);
  default: return openai_model(x);
  }
}

json::object model_list(vendor whose, const std::vector<model>& models,
                        std::string_view target) {
  auto size = query_number(
    target, whose == vendor::gemini ? "pageSize" : "limit", models.size());
  // OpenAI has one page only.
  if (whose != vendor::gemini && whose != vendor::anthropic)
    size = models.size();
  size = std::min(size, models.size());
  json::array list;
  for (size_t i = 0; i < size; ++i)
    list.push_back(model_object(whose, models[i]));
  if (whose == vendor::gemini)
    return {{"models", std::move(list)}, {"nextPageToken", ""}};
  if (whose != vendor::anthropic)
    return {{"object", "list"}, {"data", std::move(list)}};
  json::object result{{"data", std::move(list)},
                      {"has_more", size < models.size()}};
  if (size > 0) {
    result["first_id"] = models.front().name;
    result["last_id"] = models[size - 1].name;
  } else {
    result["first_id"] = result["last_id"] = nullptr;
  }
  return result;
}

// -- Ollama -------------------------------------------------------------------

json::array abilities() {
  return {"completion", "tools", "thinking"};
}

json::object ollama_tags(const std::vector<model>& models) {
  json::array list;
  for (const auto& x : models)
    list.push_back(json::object{{"name", x.name},
                                {"model", x.name},
                                {"modified_at", released},
                                {"size", 5'225'388'164},
                                {"digest", digest},
                                {"details", ollama_details(x)},
                                {"capabilities", abilities()}});
  return {{"models", std::move(list)}};
}

/// Every model counts as loaded.
json::object ollama_ps(const std::vector<model>& models) {
  json::array list;
  for (const auto& x : models)
    list.push_back(json::object{{"name", x.name},
                                {"model", x.name},
                                {"size", 6'654'289'920},
                                {"digest", digest},
                                {"details", ollama_details(x)},
                                {"expires_at", "2099-01-01T00:00:00Z"},
                                {"size_vram", 6'654'289'920},
                                {"context_length", x.context}});
  return {{"models", std::move(list)}};
}

json::object ollama_show(const model& x) {
  auto family = x.name.substr(0, x.name.find(':'));
  return {
    {"license", "none (simulated)"},
    {"modelfile", "# simulated\nFROM " + x.name},
    {"parameters", "temperature 0.6"},
    {"template", "{{ .Prompt }}"},
    {"details", ollama_details(x)},
    {"model_info", json::object{{"general.architecture", family},
                                {"general.parameter_count", 8'190'735'360},
                                {family + ".context_length", x.context},
                                {family + ".embedding_length", 4096},
                                {"tokenizer.ggml.model", "gpt2"}}},
    {"capabilities", abilities()},
    {"modified_at", released}};
}

std::string name_in(const std::string& body) {
  json::error_code bad;
  auto x = json::parse(body, bad);
  if (bad || !x.is_object())
    return {};
  for (auto key : {"model", "name"})
    if (const auto* name = x.get_object().if_contains(key))
      if (name->is_string())
        return std::string{name->get_string()};
  return {};
}

json::object token_count_of(const ask& x) {
  switch (x.format) {
  case wire::gemini:
    return {{"totalTokens", x.input_tokens},
            {"cachedContentTokenCount", 0},
            {"promptTokensDetails",
             json::array{json::object{{"modality", "TEXT"},
                                      {"tokenCount", x.input_tokens}}}}};
  case wire::responses:
    return {{"object", "response.input_tokens"},
            {"input_tokens", x.input_tokens}};
  default: return {{"input_tokens", x.input_tokens}};
  }
}

route find_openai(vendor whose, bool get, std::string_view path) {
  if (!starts_with(path, "/v1/"))
    return {};
  path.remove_prefix(4);
  if (get && path == "models")
    return {endpoint_kind::models, wire::chat, {}};
  if (get && starts_with(path, "models/"))
    return {endpoint_kind::model, wire::chat, path.substr(7)};
  if (!get && path == "chat/completions")
    return {endpoint_kind::completion, wire::chat, {}};
  auto responses = whose == vendor::openai || whose == vendor::xai;
  if (!get && responses && path == "responses")
    return {endpoint_kind::completion, wire::responses, {}};
  if (!get && whose == vendor::openai && path == "responses/input_tokens")
    return {endpoint_kind::count, wire::responses, {}};
  return {};
}

route find_gemini(bool get, std::string_view path) {
  auto prefix = starts_with(path, "/v1beta/") ? 8u : 4u;
  if (prefix == 4u && !starts_with(path, "/v1/"))
    return {};
  path.remove_prefix(prefix);
  if (get && path == "models")
    return {endpoint_kind::models, wire::gemini, {}};
  if (!starts_with(path, "models/"))
    return {};
  path.remove_prefix(7);
  if (get)
    return {endpoint_kind::model, wire::gemini, path};
  auto method = path.substr(std::min(path.find(':'), path.size()));
  if (method == ":generateContent" || method == ":streamGenerateContent")
    return {endpoint_kind::completion, wire::gemini, {}};
  if (method == ":countTokens")
    return {endpoint_kind::count, wire::gemini, {}};
  return {};
}

route find_anthropic(bool get, std::string_view path) {
  if (!get && path == "/v1/messages")
    return {endpoint_kind::completion, wire::anthropic, {}};
  if (!get && path == "/v1/messages/count_tokens")
    return {endpoint_kind::count, wire::anthropic, {}};
  if (get && path == "/v1/models")
    return {endpoint_kind::models, wire::anthropic, {}};
  if (get && starts_with(path, "/v1/models/"))
    return {endpoint_kind::model, wire::anthropic, path.substr(11)};
  return {};
}

route find_ollama(bool get, std::string_view path) {
  if (!get && path == "/api/chat")
    return {endpoint_kind::completion, wire::ollama_chat, {}};
  if (!get && path == "/api/generate")
    return {endpoint_kind::completion, wire::ollama_generate, {}};
  if (get && path == "/api/tags")
    return {endpoint_kind::ollama_tags, wire::ollama_chat, {}};
  if (!get && path == "/api/show")
    return {endpoint_kind::ollama_show, wire::ollama_chat, {}};
  if (get && path == "/api/ps")
    return {endpoint_kind::ollama_ps, wire::ollama_chat, {}};
  if (get && path == "/api/version")
    return {endpoint_kind::ollama_version, wire::ollama_chat, {}};
  return find_openai(vendor::ollama, get, path);
}

} // namespace

route find_route(vendor whose, std::string_view method,
                 std::string_view target) {
  auto path = path_of(target);
  if (method == "HEAD" || (method == "GET" && path == "/"))
    return {endpoint_kind::root, wire::ollama_chat, {}};
  auto get = method == "GET";
  if (!get && method != "POST")
    return {};
  switch (whose) {
  case vendor::anthropic: return find_anthropic(get, path);
  case vendor::gemini: return find_gemini(get, path);
  case vendor::ollama: return find_ollama(get, path);
  default: return find_openai(whose, get, path);
  }
}

reply answer_listing(book& from, const route& where, std::string_view target,
                     const http_headers& headers, const std::string& body) {
  auto not_found = [&](std::string message) {
    return from.refuse_other(
      {failure_class::model_not_found, std::move(message), {}, {}},
      where.format);
  };
  reply result;
  auto good = [&](const json::object& x) {
    result.headers = from.other();
    result.headers.emplace_back("content-type", "application/json");
    // For those who would miss models: it answers for any.
    if (from.how().models.empty())
      result.headers.emplace_back("x-simulated-models", "any");
    result.body = json::serialize(x);
    return result;
  };
  if (where.what == endpoint_kind::unknown)
    return not_found("Not Found: " + std::string{path_of(target)});
  auto needs_no_key = where.what == endpoint_kind::root;
  if (!needs_no_key)
    if (auto wrong = from.check_key(headers, target))
      return from.refuse_other(*wrong, where.format);
  auto models = from.how().models;
  switch (where.what) {
  case endpoint_kind::models:
    return good(model_list(from.whose(), models, target));
  case endpoint_kind::model:
    if (auto x = from.find_model(where.name))
      return good(model_object(from.whose(), *x));
    return not_found("model: " + std::string{where.name});
  case endpoint_kind::ollama_tags: return good(ollama_tags(models));
  case endpoint_kind::ollama_ps: return good(ollama_ps(models));
  case endpoint_kind::ollama_version: return good({{"version", "0.12.6"}});
  case endpoint_kind::ollama_show: {
    auto name = name_in(body);
    if (auto x = from.find_model(name))
      return good(ollama_show(*x));
    return not_found("model '" + name + "' not found");
  }
  case endpoint_kind::count: {
    auto read =
      read_ask(where.format, from.whose(), target, headers, body, true);
    if (auto* wrong = std::get_if<refusal>(&read))
      return from.refuse_other(*wrong, where.format);
    return good(token_count_of(std::get<ask>(read)));
  }
  default: break;
  }
  result.headers = from.other();
  result.headers.emplace_back("content-type", "text/plain; charset=utf-8");
  result.body = from.whose() == vendor::ollama ? "Ollama is running"
                                               : "simulated provider\n";
  return result;
}

} // namespace smart_agents::sim
