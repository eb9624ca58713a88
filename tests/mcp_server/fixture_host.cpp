#include "tests/mcp_server/fixtures.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <memory>

namespace smart_agents::test {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr const char* png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx"
  "0gAAAABJRU5ErkJggg==";
constexpr const char* wav =
  "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

json::object content(json::array all) {
  return {{"content", std::move(all)}};
}

json::object image() {
  return {{"type", "image"}, {"data", png}, {"mimeType", "image/png"}};
}

json::object embedded(std::string_view uri, const char* type,
                      std::string_view text) {
  return {{"type", "resource"},
          {"resource",
           json::object{{"uri", uri}, {"mimeType", type}, {"text", text}}}};
}

json::object question(const char* method, json::object params) {
  return {{"method", method}, {"params", std::move(params)}};
}

json::object elicit(const char* message, json::object properties,
                    json::array required = {}) {
  return question(
    "elicitation/create",
    {{"message", message},
     {"requestedSchema", json::object{{"type", "object"},
                                      {"properties", std::move(properties)},
                                      {"required", std::move(required)}}}});
}

json::object one(const char* name, const char* type) {
  return {{name, json::object{{"type", type}}}};
}

json::object elicit_text(const char* message, const char* name) {
  return elicit(message, one(name, "string"), {name});
}

json::object confirm(const char* message) {
  return elicit(message, one("ok", "boolean"), {"ok"});
}

json::object sample(std::string_view prompt, int tokens) {
  return question(
    "sampling/createMessage",
    {{"messages",
      json::array{json::object{
        {"role", "user"},
        {"content", json::object{{"type", "text"}, {"text", prompt}}}}}},
     {"maxTokens", tokens}});
}

json::object roots() {
  return question("roots/list", {});
}

std::string text_at(const json::value& from, const char* where) {
  boost::system::error_code bad;
  const auto* x = from.find_pointer(where, bad);
  return x && x->is_string() ? std::string{x->get_string()} : "nobody";
}

std::string argument(const mcp_work_ptr& work, const char* name) {
  return std::string{text_field(work->call().arguments, name)};
}

double number(const mcp_work_ptr& work, const char* name, double otherwise) {
  const auto* x = work->call().arguments.if_contains(name);
  return x && x->is_number() ? x->to_number<double>() : otherwise;
}

class host : public std::enable_shared_from_this<host> {
public:
  using later_fn =
    std::function<void(std::chrono::milliseconds, std::function<void()>)>;

  host(mcp_server& server, later_fn later)
    : server_{server}, later_{std::move(later)} {
    add_content();
    add_talk();
    add_questions();
    add_tasks();
    add_prompts();
  }

  void begin(const mcp_work_ptr& work) {
    const auto& call = work->call();
    if (!call.uri.empty())
      return read(work);
    auto i = does_.find(call.tool.empty() ? call.prompt : call.tool);
    if (i == does_.end())
      return work->finish("nothing is known of this", true);
    i->second(work);
  }

private:
  using act = std::function<void(const mcp_work_ptr&)>;

  /// An act that needs an answer: asks until it is there.
  act after(std::string key, std::function<json::object()> asks, act then,
            json::value state = nullptr) {
    return
      [key = std::move(key), asks = std::move(asks), then = std::move(then),
       state = std::move(state)](const mcp_work_ptr& work) {
        if (work->call().answers.contains(key))
          return then(work);
        work->ask({{key, asks()}}, state);
      };
  }

  static act says(std::string text) {
    return [text = std::move(text)](const mcp_work_ptr& work) {
      work->finish(text, false);
    };
  }

  static act gives(json::object result) {
    return [result = std::move(result)](const mcp_work_ptr& work) {
      work->finish(result);
    };
  }

  void add_content() {
    does_["test_simple_text"] =
      says("This is a simple text response for testing.");
    does_["test_image_content"] = gives(content({image()}));
    does_["test_audio_content"] = gives(content({json::object{
      {"type", "audio"}, {"data", wav}, {"mimeType", "audio/wav"}}}));
    does_["test_embedded_resource"] =
      gives(content({embedded("test://embedded-resource", "text/plain",
                              "This is an embedded resource content.")}));
    does_["test_multiple_content_types"] = gives(
      content({mcp_text("Multiple content types test:"), image(),
               embedded("test://mixed-content-resource", "application/json",
                        R"({"test":"data","value":123})")}));
    does_["test_error_handling"] = [](const mcp_work_ptr& work) {
      work->finish("This tool intentionally returns an error for testing",
                   true);
    };
    does_["json_schema_2020_12_tool"] = says("fine");
    does_["test_header"] = says("fine");
    does_["echo"] = [](const mcp_work_ptr& work) {
      work->finish("echo: " + argument(work, "message"), false);
    };
    does_["hang"] = [](const mcp_work_ptr&) {};
  }

  void add_talk() {
    does_["test_tool_with_logging"] = [this](const mcp_work_ptr& work) {
      work->log(mcp_level::info, "Tool execution started");
      later_(50ms, [work] {
        work->log(mcp_level::info, "Tool processing data");
        work->log(mcp_level::info, "Tool execution completed");
        work->finish("Tool with logging executed successfully", false);
      });
    };
    does_["test_tool_with_progress"] = [this](const mcp_work_ptr& work) {
      work->progress(0, "begun", 100);
      later_(20ms, [work] {
        work->progress(50, "half", 100);
        work->progress(100, "done", 100);
        work->finish("done", false);
      });
    };
    does_["test_streaming_elicitation"] = [](const mcp_work_ptr& work) {
      work->progress(50, "half", 100);
      work->finish("Streaming complete", false);
    };
    does_["test_logging_tool"] = [](const mcp_work_ptr& work) {
      work->log(mcp_level::info, "working");
      work->finish("Logging evaluated", false);
    };
    does_["test_reconnection"] = [this](const mcp_work_ptr& work) {
      work->hang_up();
      later_(100ms, [work] {
        work->finish("Reconnection test completed successfully.", false);
      });
    };
    does_["test_trigger_tool_change"] = [this](const mcp_work_ptr& work) {
      server_.tools_changed();
      work->finish("changed", false);
    };
    does_["test_trigger_prompt_change"] = [this](const mcp_work_ptr& work) {
      server_.prompts_changed();
      work->finish("changed", false);
    };
  }

  /// Finishes with what the client answered.
  static void repeat(const mcp_work_ptr& work) {
    work->finish("answers: " + json::serialize(work->call().answers), false);
  }

  void add_questions() {
    does_["test_sampling"] = [](const mcp_work_ptr& work) {
      const auto* x = work->call().answers.if_contains("q");
      if (x == nullptr)
        return work->ask({{"q", sample(argument(work, "prompt"), 100)}});
      work->finish("LLM response: " + text_at(*x, "/content/text"), false);
    };
    does_["test_elicitation"] = [](const mcp_work_ptr& work) {
      if (work->call().answers.contains("q"))
        return repeat(work);
      auto asked = elicit_text("", "response");
      asked["params"].as_object()["message"] = argument(work, "message");
      work->ask({{"q", std::move(asked)}});
    };
    does_["test_elicitation_sep1034_defaults"] = after(
      "q",
      [] {
        return elicit("Please review the defaults", json::parse(R"({
          "name": {"type": "string", "default": "John Doe"},
          "age": {"type": "integer", "default": 30},
          "score": {"type": "number", "default": 95.5},
          "status": {"type": "string", "default": "active",
                     "enum": ["active", "inactive", "pending"]},
          "verified": {"type": "boolean", "default": true}})")
                                                      .as_object());
      },
      repeat);
    does_["test_elicitation_sep1330_enums"] = after(
      "q",
      [] {
        return elicit("Please choose", json::parse(R"({
          "untitledSingle": {"type": "string",
            "enum": ["option1", "option2", "option3"]},
          "titledSingle": {"type": "string", "oneOf": [
            {"const": "value1", "title": "First Option"},
            {"const": "value2", "title": "Second Option"},
            {"const": "value3", "title": "Third Option"}]},
          "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"]},
          "untitledMulti": {"type": "array", "minItems": 1, "maxItems": 3,
            "items": {"type": "string",
                      "enum": ["option1", "option2", "option3"]}},
          "titledMulti": {"type": "array", "minItems": 1, "maxItems": 3,
            "items": {"anyOf": [
              {"const": "value1", "title": "First Choice"},
              {"const": "value2", "title": "Second Choice"},
              {"const": "value3", "title": "Third Choice"}]}}})")
                                         .as_object());
      },
      repeat);
    does_["test_missing_capability"] = after(
      "q", [] { return sample("Hi", 10); }, repeat);
    const std::string prefix = "test_input_required_result_";
    does_[prefix + "elicitation"] = after(
      "user_name", [] { return elicit_text("What is your name?", "name"); },
      [](const mcp_work_ptr& work) {
        work->finish(
          "Hello, " + text_at(work->call().answers, "/user_name/content/name")
            + "!",
          false);
      });
    does_[prefix + "sampling"] = after(
      "capital_question",
      [] { return sample("What is the capital of France?", 100); }, repeat);
    does_[prefix + "list_roots"] = after("client_roots", roots, repeat);
    does_[prefix + "request_state"] = after(
      "confirm", [] { return confirm("Please confirm"); },
      [](const mcp_work_ptr& work) {
        auto kept = work->call().state == json::value("kept");
        work->finish(kept ? "state-ok" : "state-lost", !kept);
      },
      "kept");
    does_[prefix + "tampered_state"] = does_[prefix + "request_state"];
    does_[prefix + "multiple_inputs"] = [](const mcp_work_ptr& work) {
      const auto& given = work->call().answers;
      json::object all{{"user_name", elicit_text("What is your name?", "name")},
                       {"greeting", sample("Generate a greeting", 50)},
                       {"client_roots", roots()}};
      for (const auto& [key, value] : given)
        all.erase(key);
      if (all.empty())
        return repeat(work);
      work->ask(std::move(all), "multiple");
    };
    does_[prefix + "multi_round"] = [](const mcp_work_ptr& work) {
      const auto& call = work->call();
      if (call.answers.contains("step2") && call.state.is_string())
        return work->finish(
          "Multi-round complete for " + std::string{call.state.get_string()}
            + " who likes " + text_at(call.answers, "/step2/content/color"),
          false);
      if (call.answers.contains("step1"))
        return work->ask(
          {{"step2",
            elicit_text("Step 2: What is your favorite color?", "color")}},
          json::value(text_at(call.answers, "/step1/content/name")));
      work->ask({{"step1", elicit_text("Step 1: What is your name?", "name")}},
                1);
    };
    does_[prefix + "capabilities"] = [](const mcp_work_ptr& work) {
      if (!work->call().answers.empty())
        return repeat(work);
      json::object all;
      if (work->call().capabilities.contains("elicitation"))
        all["elicit_input"] = elicit_text("Elicitation input", "value");
      if (work->call().capabilities.contains("sampling"))
        all["sample_input"] = sample("Sample request", 50);
      if (all.empty())
        return work->finish("No supported capabilities declared", false);
      work->ask(std::move(all), "capabilities");
    };
  }

  static bool as_task(const mcp_work_ptr& work) {
    mcp_task task;
    task.keep = 5min;
    task.poll = 200ms;
    return work->become(std::move(task));
  }

  void add_tasks() {
    does_["greet"] = [](const mcp_work_ptr& work) {
      auto name = argument(work, "name");
      work->finish("Hello, " + (name.empty() ? "world" : name) + "!", false);
    };
    auto works = [this](const char* unit, double scale) {
      return [this, unit, scale](const mcp_work_ptr& work) {
        as_task(work);
        auto amount = number(work, unit, 800 / scale);
        auto label = argument(work, "label");
        later_(std::chrono::milliseconds{static_cast<int>(amount * scale)},
               [work, label] {
                 work->finish("computed " + label + ", job finished", false);
               });
        work->note("started");
      };
    };
    does_["slow_compute"] = works("seconds", 1000);
    does_["job"] = works("ms", 1);
    does_["failing_job"] = [this](const mcp_work_ptr& work) {
      as_task(work);
      later_(1s, [work] { work->finish("failed on purpose", true); });
    };
    does_["protocol_error_job"] = [this](const mcp_work_ptr& work) {
      as_task(work);
      later_(300ms, [work] {
        work->refuse(mcp_error::internal, "Internal error: panic");
      });
    };
    does_["confirm_delete"] = [this](const mcp_work_ptr& work) {
      auto name = argument(work, "filename");
      if (const auto* x = work->call().answers.if_contains("confirm"))
        return work->finish("deleted " + name + " " + json::serialize(*x),
                            false);
      as_task(work);
      later_(100ms, [work] {
        work->ask({{"confirm", elicit("Delete it?", one("confirm", "boolean"),
                                      {"confirm"})}});
      });
    };
    does_["multi_input"] = [this](const mcp_work_ptr& work) {
      if (work->call().answers.size() >= 2)
        return repeat(work);
      as_task(work);
      later_(100ms, [work] {
        work->ask({{"q1", elicit_text("first?", "v")},
                   {"q2", elicit_text("second?", "v")}});
      });
    };
    does_["test_tool_with_task"] = after(
      "user_name", [] { return elicit_text("What is your name?", "name"); },
      [this](const mcp_work_ptr& work) {
        as_task(work);
        later_(300ms, [work] {
          work->finish(
            "Hello from a task, "
              + text_at(work->call().answers, "/user_name/content/name"),
            false);
        });
      });
  }

  static json::object user(json::object what) {
    return {{"role", "user"}, {"content", std::move(what)}};
  }

  static json::object messages(json::array all) {
    return {{"messages", std::move(all)}};
  }

  void add_prompts() {
    does_["test_simple_prompt"] =
      gives(messages({user(mcp_text("This is a simple prompt for testing."))}));
    does_["test_prompt_with_arguments"] = [](const mcp_work_ptr& work) {
      work->finish(messages(
        {user(mcp_text("Prompt with arguments: arg1='" + argument(work, "arg1")
                       + "', arg2='" + argument(work, "arg2") + "'"))}));
    };
    does_["test_prompt_with_embedded_resource"] = [](const mcp_work_ptr& work) {
      work->finish(messages(
        {user(embedded(argument(work, "resourceUri"), "text/plain",
                       "Embedded resource content for testing.")),
         user(mcp_text("Please process the embedded resource above."))}));
    };
    does_["test_prompt_with_image"] = gives(messages(
      {user(image()), user(mcp_text("Please analyze the image above."))}));
    does_["test_input_required_result_prompt"] = after(
      "user_context",
      [] {
        return elicit_text("What context should the prompt use?", "context");
      },
      [](const mcp_work_ptr& work) {
        work->finish(messages({user(mcp_text(
          text_at(work->call().answers, "/user_context/content/context")))}));
      });
  }

  static void read(const mcp_work_ptr& work) {
    const auto& uri = work->call().uri;
    json::object one{{"uri", uri}, {"mimeType", "text/plain"}};
    if (uri == "test://static-binary") {
      one["mimeType"] = "image/png";
      one["blob"] = png;
    } else if (uri.starts_with("test://template/")) {
      auto id = uri.substr(16, uri.size() - 16 - 5);
      one["mimeType"] = "application/json";
      one["text"] = json::serialize(json::object{
        {"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}});
    } else {
      one["text"] = "This is the content of the resource.";
    }
    work->finish({{"contents", json::array{std::move(one)}}});
  }

  mcp_server& server_;
  later_fn later_;
  std::map<std::string, act> does_;
};

} // namespace

mcp_host fixture_host(
  mcp_server& server,
  std::function<void(std::chrono::milliseconds, std::function<void()>)> later) {
  auto all = std::make_shared<host>(server, std::move(later));
  return {[all](const mcp_work_ptr& work) { all->begin(work); },
          [](const mcp_work_ptr&) {}};
}

} // namespace smart_agents::test
