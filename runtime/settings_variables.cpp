#include "runtime/settings_variables.hpp"

namespace smart_agents {

const std::vector<provider_variables>& known_variables() {
  static const std::vector<provider_variables> result{
    {"ollama", "OLLAMA", {}, {"OLLAMA_BASE_URL"}, {"OLLAMA_MODEL"}},
    {"gemini",
     "GEMINI",
     {"GOOGLE_API_KEY", "GEMINI_API_KEY"},
     {"GEMINI_BASE_URL", "GOOGLE_BASE_URL"},
     {"GEMINI_MODEL", "GOOGLE_MODEL"}},
    {"grok",
     "GROK",
     {"GROK_API_KEY", "XAI_API_KEY"},
     {"GROK_BASE_URL", "XAI_BASE_URL"},
     {"GROK_MODEL", "XAI_MODEL"}},
    {"chatgpt",
     "CHATGPT",
     {"OPENAI_API_KEY"},
     {"CHATGPT_BASE_URL", "OPENAI_BASE_URL"},
     {"OPENAI_CHAT_MODEL", "CHATGPT_MODEL", "OPENAI_MODEL"}},
    {"claude",
     "CLAUDE",
     {"ANTHROPIC_API_KEY"},
     {"CLAUDE_BASE_URL", "ANTHROPIC_BASE_URL"},
     {"CLAUDE_MODEL", "ANTHROPIC_MODEL"}},
  };
  return result;
}

const std::vector<std::pair<const char*, std::vector<task_type>>>&
default_provider_variables() {
  using enum task_type;
  static const std::vector<std::pair<const char*, std::vector<task_type>>>
    result{
      {"DEFAULT_TEXT_PROVIDER", {text, creative}},
      {"DEFAULT_CODE_PROVIDER", {code}},
      {"DEFAULT_REASONING_PROVIDER", {reasoning}},
      {"DEFAULT_MULTIMODAL_PROVIDER", {image, audio, video}},
    };
  return result;
}

} // namespace smart_agents
