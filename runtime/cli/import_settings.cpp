#include "runtime/cli/import_settings.hpp"

#include "messages/error.hpp"
#include "runtime/cli/plain_yaml.hpp"
#include "runtime/settings.hpp"
#include "runtime/settings_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

/// A provider as it takes shape.
struct draft {
  std::string name;
  std::string base_url;
  std::string key_env;
  std::string key_file;
  std::vector<std::string> models;
};

/// Addresses that LiteLLM knows by a prefix of the model.
struct known_address {
  std::string_view prefix;
  /// Ours, or that of an OpenAI-compatible server.
  std::string_view name;
  std::string_view base_url;
  std::string_view key_env;
};

constexpr std::array<known_address, 13> addresses{{
  {"openai", "chatgpt", "", ""},
  {"anthropic", "claude", "", ""},
  {"gemini", "gemini", "", ""},
  {"xai", "grok", "", ""},
  {"ollama", "ollama", "", ""},
  {"ollama_chat", "ollama", "", ""},
  {"openrouter", "openrouter", "https://openrouter.ai/api/v1",
   "OPENROUTER_API_KEY"},
  {"groq", "groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"},
  {"deepseek", "deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"},
  {"mistral", "mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"},
  {"together_ai", "together", "https://api.together.xyz/v1",
   "TOGETHERAI_API_KEY"},
  {"fireworks_ai", "fireworks", "https://api.fireworks.ai/inference/v1",
   "FIREWORKS_API_KEY"},
  {"cerebras", "cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"},
}};

std::string text_of(const json::object& x, std::string_view key) {
  const auto* field = x.if_contains(key);
  return field != nullptr && field->is_string()
           ? std::string{field->get_string()}
           : std::string{};
}

/// A name that our configuration takes.
std::string plain_name(std::string_view x) {
  std::string result;
  for (char c : x) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0)
      result += static_cast<char>(std::tolower(byte));
    else if (!result.empty() && result.back() != '-')
      result += '-';
  }
  while (!result.empty() && result.back() == '-')
    result.pop_back();
  return result.empty() ? "imported" : result;
}

/// `https://api.anthropic.com/v1/...` is `claude`, whatever it is called.
std::string ours_by_address(std::string_view address) {
  for (const auto& name : known_providers()) {
    auto host = std::string_view{};
    auto base = default_provider(name).base_url;
    host = base;
    host.remove_prefix(std::min(host.size(), host.find("//") + 2));
    host = host.substr(0, host.find('/'));
    if (!host.empty() && name != "ollama"
        && address.find(host) != std::string_view::npos)
      return name;
  }
  return address.find(":11434") != std::string_view::npos ? "ollama"
                                                          : std::string{};
}

/// The address that our codecs extend.
std::string base_of(std::string address) {
  for (std::string_view end : {"/chat/completions", "/responses", "/messages"})
    if (address.ends_with(end))
      address.resize(address.size() - end.size());
  while (address.ends_with('/'))
    address.pop_back();
  return address;
}

class importer {
public:
  explicit importer(std::string today) : today_{std::move(today)} {}

  caf::expected<imported> run(std::string_view text) {
    auto first = text.find_first_not_of(" \t\r\n");
    auto is_json = first != std::string_view::npos && text[first] == '{';
    auto read =
      is_json ? parse_config_json(text, "the file") : read_plain_yaml(text);
    if (!read)
      return make_error(ec::bad_input, render(read.error()));
    const auto* file = read->if_object();
    const auto* list =
      file == nullptr ? nullptr : file->if_contains("Providers");
    if (list != nullptr && list->is_array())
      read_router(*file, list->get_array());
    else if (list = file == nullptr ? nullptr : file->if_contains("model_list");
             list != nullptr && list->is_array())
      read_litellm(*file, list->get_array());
    else
      return make_error(ec::bad_input,
                        "it is neither claude-code-router's config.json (with "
                        "\"Providers\") nor LiteLLM's config.yaml (with "
                        "\"model_list\")");
    if (drafts_.empty())
      return make_error(ec::bad_input, "no provider in it can be taken over");
    result_.text = write();
    return std::move(result_);
  }

private:
  void note(std::string text) {
    result_.notes.push_back(std::move(text));
  }

  draft& at(const std::string& name) {
    auto found = std::find_if(drafts_.begin(), drafts_.end(),
                              [&](auto& x) { return x.name == name; });
    if (found != drafts_.end())
      return *found;
    drafts_.push_back({});
    drafts_.back().name = name;
    return drafts_.back();
  }

  /// A key that is named, or one that stands there and goes into a file.
  void take_key(draft& to, const std::string& key) {
    constexpr std::string_view litellm = "os.environ/";
    if (key.empty() || !to.key_env.empty() || !to.key_file.empty())
      return;
    if (key.starts_with(litellm)) {
      to.key_env = key.substr(litellm.size());
    } else if (key.starts_with("$")) {
      auto name = key.substr(1);
      std::erase_if(name, [](char c) { return c == '{' || c == '}'; });
      to.key_env = name;
    } else if (to.name != "ollama") {
      to.key_file = "keys/" + to.name;
      result_.keys[to.key_file] = key;
    }
  }

  static void add_model(draft& to, const std::string& model) {
    if (!model.empty()
        && std::find(to.models.begin(), to.models.end(), model)
             == to.models.end())
      to.models.push_back(model);
  }

  // -- claude-code-router -------------------------------------------------

  void read_router(const json::object& file, const json::array& list) {
    result_.from = "claude-code-router";
    for (const auto& entry : list) {
      const auto* x = entry.if_object();
      if (x == nullptr)
        continue;
      auto theirs = text_of(*x, "name");
      auto address = text_of(*x, "api_base_url");
      auto name = ours_by_address(address);
      auto& to = at(name.empty() ? plain_name(theirs) : name);
      renamed_[theirs] = to.name;
      if (name.empty())
        to.base_url = base_of(address);
      else if (name == "ollama")
        to.base_url = address.substr(0, address.find(":11434") + 6);
      take_key(to, text_of(*x, "api_key"));
      if (const auto* models = x->if_contains("models");
          models != nullptr && models->is_array())
        for (const auto& model : models->get_array())
          if (model.is_string())
            add_model(to, std::string{model.get_string()});
      if (x->if_contains("transformer") != nullptr)
        note(theirs
             + ": transformers are not needed and were left out; what a server "
               "wants otherwise is a quirk (docs/PROVIDERS.md)");
    }
    if (const auto* router = file.if_contains("Router");
        router != nullptr && router->is_object())
      read_routes(router->get_object());
    if (!text_of(file, "APIKEY").empty())
      note("APIKEY, the key of its clients, was left out: make one with "
           "smart-agents keys");
    if (!text_of(file, "CUSTOM_ROUTER_PATH").empty())
      note("the custom router script was left out: see docs/ROUTING.md");
  }

  void read_routes(const json::object& router) {
    auto rule = [&](const char* key, json::object what) {
      auto target = text_of(router, key);
      auto comma = target.find(',');
      auto known = renamed_.find(target.substr(0, comma));
      if (target.empty())
        return;
      if (comma == std::string::npos || known == renamed_.end())
        return note(std::string{"Router."} + key
                    + " names no provider: " + target);
      auto& to = at(known->second);
      prefer(to, target.substr(comma + 1), key == std::string_view{"think"});
      what["provider"] = to.name;
      if (key == std::string_view{"think"})
        what["strongest"] = true;
      rules_.emplace_back(std::move(what));
    };
    rule("think", {{"types", json::array{"reasoning"}}});
    rule("background", {{"max_complexity", 2}});
    rule("default", {});
    for (const char* key : {"longContext", "webSearch", "image"})
      if (!text_of(router, key).empty())
        note(std::string{"Router."} + key
             + " has no rule of its own here: a model whose window or "
               "abilities do not suffice is passed over by itself");
  }

  /// Puts a model first, or, as the strongest, last.
  static void prefer(draft& to, const std::string& model, bool strongest) {
    std::erase(to.models, model);
    to.models.insert(strongest ? to.models.end() : to.models.begin(), model);
  }

  // -- LiteLLM ------------------------------------------------------------

  void read_litellm(const json::object& file, const json::array& list) {
    result_.from = "LiteLLM";
    for (const auto& entry : list) {
      const auto* x = entry.if_object();
      const auto* field =
        x == nullptr ? nullptr : x->if_contains("litellm_params");
      if (field != nullptr && field->is_object())
        read_model(text_of(*x, "model_name"), field->get_object());
    }
    for (const char* section : {"router_settings", "litellm_settings"})
      if (file.if_contains(section) != nullptr)
        note(std::string{section}
             + " was left out: failover, retries and rests are built in");
    if (file.if_contains("general_settings") != nullptr)
      note("general_settings was left out: keys of clients are made with "
           "smart-agents keys");
  }

  void read_model(const std::string& alias, const json::object& x) {
    auto model = text_of(x, "model");
    auto address = text_of(x, "api_base");
    auto slash = model.find('/');
    auto prefix = slash == std::string::npos ? std::string{"openai"}
                                             : model.substr(0, slash);
    const auto* known =
      std::find_if(addresses.begin(), addresses.end(),
                   [&](auto& entry) { return entry.prefix == prefix; });
    if (address.empty() && known == addresses.end())
      return note(alias + " (" + model
                  + ") was left out: its address is not known");
    std::string name;
    if (address.empty())
      name = known->name;
    else if (name = ours_by_address(address); name.empty())
      name = prefix == "openai" || prefix == "hosted_vllm"
               ? plain_name(url_host(address))
               : plain_name(prefix);
    auto& to = at(name);
    if (!address.empty()
        && (name == "ollama" || ours_by_address(address).empty()))
      to.base_url = base_of(address);
    else if (to.base_url.empty() && known != addresses.end())
      to.base_url = known->base_url;
    take_key(to, text_of(x, "api_key"));
    if (to.key_env.empty() && to.key_file.empty() && known != addresses.end())
      to.key_env = known->key_env;
    auto own = slash == std::string::npos ? model : model.substr(slash + 1);
    add_model(to, own);
    if (!alias.empty() && alias != own && alias != model)
      note("the name " + alias + " is " + name + "/" + own + " here");
    add_limit(x, "rpm", "requests", name, own);
    add_limit(x, "tpm", "total_tokens", name, own);
  }

  void add_limit(const json::object& x, const char* theirs, const char* ours,
                 const std::string& provider, const std::string& model) {
    const auto* amount = x.if_contains(theirs);
    if (amount == nullptr || !amount->is_int64() || amount->get_int64() <= 0)
      return;
    limits_.emplace_back(json::object{{"provider", provider},
                                      {"model", model},
                                      {ours, *amount},
                                      {"per", "minute"}});
  }

  static std::string url_host(const std::string& address) {
    auto start = address.find("//");
    auto host = address.substr(start == std::string::npos ? 0 : start + 2);
    return host.substr(0, host.find('/'));
  }

  // -- ours ---------------------------------------------------------------

  std::string write() const {
    std::string out = "// Taken over from " + result_.from
                      + " by `smart-agents init --import` on " + today_
                      + ".\n// Yours to edit. Check it: smart-agents config "
                        "check\n";
    for (const auto& x : result_.notes)
      out += "// - " + one_line(x) + "\n";
    out += "{\n  \"providers\": {\n";
    for (const auto& x : drafts_)
      out += "    " + json::serialize(json::value(x.name)) + ": "
             + json::serialize(entry_of(x)) + ",\n";
    out += "  },\n";
    if (!rules_.empty()) {
      out += "  \"routing\": {\n    \"rules\": [\n";
      for (const auto& x : rules_)
        out += "      " + json::serialize(x) + ",\n";
      out += "    ],\n  },\n";
    }
    if (!limits_.empty()) {
      out += "  \"limits\": [\n";
      for (const auto& x : limits_)
        out += "    " + json::serialize(x) + ",\n";
      out += "  ],\n";
    }
    return out + "}\n";
  }

  static std::string one_line(std::string x) {
    for (char& c : x)
      if (static_cast<unsigned char>(c) < ' ')
        c = ' ';
    return x;
  }

  static json::object entry_of(const draft& x) {
    json::object result;
    auto add = [&result](const char* key, const std::string& value) {
      if (!value.empty())
        result[key] = value;
    };
    add("base_url", x.base_url);
    // The usual name needs no mention.
    if (x.key_env != default_provider(x.name).key_env)
      add("key_env", x.key_env);
    add("key_file", x.key_file);
    if (!x.models.empty()) {
      result["model"] = x.models.front();
      result["strong_model"] = x.models.back();
    }
    return result;
  }

  std::string today_;
  imported result_;
  std::vector<draft> drafts_;
  std::map<std::string, std::string> renamed_;
  std::vector<json::value> rules_;
  std::vector<json::value> limits_;
};

} // namespace

caf::expected<imported> import_settings(std::string_view text,
                                        const std::string& today) {
  return importer{today}.run(text);
}

} // namespace smart_agents::cli
