#include "messages/error.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

TEST(Error, RendersItsCodeAndItsSentence) {
  EXPECT_EQ(render(make_error(ec::bad_input, "prompt: empty")),
            "bad_input: prompt: empty");
}

TEST(Error, RendersNothingAsNone) {
  EXPECT_EQ(render(caf::error{}), "none");
}

} // namespace smart_agents
