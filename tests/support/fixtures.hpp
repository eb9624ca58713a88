#pragma once

#include "adapters/http_client.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace smart_agents::test {

/// The bytes of tests/wire/NAME.
inline std::string fixture(const std::string& name) {
  std::ifstream in{std::string{tests_dir} + "/wire/" + name, std::ios::binary};
  EXPECT_TRUE(in) << "no fixture " << name;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A raw answer, taken apart.
struct raw_answer {
  http_head head;
  std::string body;
};

inline raw_answer http_fixture(const std::string& name) {
  auto text = fixture(name);
  raw_answer result;
  auto end = text.find("\r\n\r\n");
  EXPECT_NE(end, std::string::npos) << name;
  result.body = text.substr(end + 4);
  std::istringstream lines{text.substr(0, end)};
  std::string version;
  lines >> version >> result.head.status;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    auto colon = line.find(": ");
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    result.head.headers.emplace_back(line.substr(0, colon),
                                     line.substr(colon + 2));
  }
  return result;
}

} // namespace smart_agents::test
