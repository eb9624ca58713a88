#include "messages/error.hpp"
#include "runtime/settings.hpp"
#include "runtime/settings_json.hpp"
#include "runtime/settings_table.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

using namespace smart_agents;
using testing::HasSubstr;

namespace {

std::string read_file(const std::string& name) {
  std::ifstream in{std::string{test::tests_dir} + "/../" + name};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::optional<std::string> home_and_keys(std::string_view name) {
  if (name == "HOME")
    return "/nowhere";
  if (name.find("_API_KEY") != std::string_view::npos)
    return "k";
  return std::nullopt;
}

template <class T>
std::vector<std::string> keys_of(const option_table::table<T>& options) {
  std::vector<std::string> result;
  for (const auto& x : options)
    result.push_back(x.key);
  return result;
}

std::vector<std::string> keys_of(const boost::json::value& object) {
  std::vector<std::string> result;
  for (const auto& [key, value] : object.as_object())
    result.emplace_back(key);
  return result;
}

} // namespace

TEST(SettingsExample, IsWhatTheTableSays) {
  EXPECT_EQ(read_file("smart-agents.example.json"), settings_example())
    << "write it again: smart-agents config example > "
       "smart-agents.example.json";
}

TEST(SettingsExample, ShowsEveryOption) {
  auto x = parse_config_json(read_file("smart-agents.example.json"), "example");
  ASSERT_TRUE(x) << render(x.error());
  for (const auto& name : known_providers()) {
    const auto& provider = x->at("providers").at(name);
    EXPECT_EQ(keys_of(provider), keys_of(option_table::provider_options()));
    EXPECT_EQ(keys_of(provider.at("limits")),
              keys_of(option_table::limit_options()));
  }
  EXPECT_EQ(keys_of(x->at("routing")),
            keys_of(option_table::routing_options()));
  EXPECT_EQ(keys_of(x->at("server")), keys_of(option_table::server_options()));
  EXPECT_EQ(keys_of(x->at("log")), keys_of(option_table::log_file_options()));
}

TEST(SettingsExample, ChangesNothing) {
  settings_source source;
  auto none = parse_settings("{}", "none", home_and_keys, source);
  auto example = parse_settings(read_file("smart-agents.example.json"),
                                "example", home_and_keys, source);
  ASSERT_TRUE(none) << render(none.error());
  ASSERT_TRUE(example) << render(example.error());
  EXPECT_EQ(show_settings(*example), show_settings(*none));
}

TEST(SettingsExample, LoadsWithoutAnyKey) {
  settings_source source;
  auto home_alone = [](std::string_view name) -> std::optional<std::string> {
    return name == "HOME" ? std::optional<std::string>{"/nowhere"}
                          : std::nullopt;
  };
  auto x = parse_settings(read_file("smart-agents.example.json"), "example",
                          home_alone, source);
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(x->providers.size(), 1u);
}

TEST(SettingsSchema, DescribesEveryOptionWithTypeAndDefault) {
  auto schema = parse_config_json(settings_schema(), "schema");
  ASSERT_TRUE(schema) << render(schema.error());
  auto check = [](const boost::json::value& group) {
    for (const auto& [key, x] : group.at("properties").as_object()) {
      EXPECT_FALSE(x.at("description").as_string().empty()) << key;
      EXPECT_TRUE(x.as_object().contains("$ref")
                  || x.as_object().contains("default"))
        << key;
    }
    EXPECT_EQ(group.at("additionalProperties"), boost::json::value(false));
  };
  check(schema->at("$defs").at("provider"));
  check(schema->at("$defs").at("limits"));
  check(schema->at("$defs").at("rule"));
  for (const char* group : {"routing", "server", "log"})
    check(schema->at("properties").at(group));
}

TEST(SettingsDocumentation, HasTheTableOfEveryOption) {
  EXPECT_THAT(read_file("docs/CONFIGURATION.md"),
              HasSubstr(settings_markdown()))
    << "write it again: smart-agents config table";
}
