#include "actors/coordinator/skill_shelf.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using testing::HasSubstr;

namespace smart_agents {

namespace {

class SkillShelf : public ::testing::Test {
protected:
  SkillShelf() {
    std::string name = "/tmp/smart-agents-skills-XXXXXX";
    folder_ = mkdtemp(name.data());
  }

  ~SkillShelf() override {
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& about,
             const std::string& prompt = "{{input}}") {
    auto path = folder_ / (name + ".skill");
    std::ofstream{path} << "{\"name\": \"" << name << "\", \"description\": \""
                        << about
                        << "\", \"steps\": [{\"name\": \"one\", \"title\": "
                           "\"the step\"}]}\n\n=== one: prompt\n"
                        << prompt << "\n";
  }

  std::filesystem::path folder_;
};

TEST_F(SkillShelf, HasTheBuiltInOnes) {
  skill_shelf shelf;
  EXPECT_TRUE(shelf.refresh().empty());
  EXPECT_TRUE(shelf.find("code_review"));
  EXPECT_EQ(shelf.all().size(), built_in_skills().size());
  EXPECT_EQ(shelf.check("magic"), ec::not_found);
  EXPECT_FALSE(shelf.check("code_review"));
}

TEST_F(SkillShelf, TakesWhatIsAddedChangedAndRemoved) {
  skill_shelf shelf{folder_.string()};
  shelf.refresh();
  EXPECT_FALSE(shelf.find("mine"));
  write("mine", "First.");
  EXPECT_TRUE(shelf.refresh().empty());
  ASSERT_TRUE(shelf.find("mine"));
  EXPECT_EQ(shelf.find("mine")->description, "First.");
  write("mine", "The second one.");
  shelf.refresh();
  EXPECT_EQ(shelf.find("mine")->description, "The second one.");
  std::filesystem::remove(folder_ / "mine.skill");
  shelf.refresh();
  EXPECT_FALSE(shelf.find("mine"));
}

TEST_F(SkillShelf, SaysWhatIsWrongAndKeepsWhatWasRight) {
  skill_shelf shelf{folder_.string()};
  write("mine", "Good.");
  write("worse", "Bad.", "{{drafts}}");
  auto news = shelf.refresh();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0], HasSubstr("worse.skill:"));
  EXPECT_THAT(news[0], HasSubstr("{{drafts}}"));
  EXPECT_EQ(shelf.check("worse"), ec::bad_input);
  EXPECT_THAT(render(shelf.check("worse")), HasSubstr("{{drafts}}"));
  write("mine", "Good no more.", "{{nothing}}");
  EXPECT_EQ(shelf.refresh().size(), 1u);
  EXPECT_EQ(shelf.find("mine")->description, "Good.");
  EXPECT_TRUE(shelf.refresh().empty()) << "told once";
}

TEST_F(SkillShelf, WantsAFileOfTheSkillsName) {
  skill_shelf shelf{folder_.string()};
  write("mine", "Good.");
  std::filesystem::rename(folder_ / "mine.skill", folder_ / "other.skill");
  auto news = shelf.refresh();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0], HasSubstr("its name is 'mine'"));
}

TEST_F(SkillShelf, LetsTheUsersHideABuiltInOne) {
  skill_shelf shelf{folder_.string()};
  write("debug", "My own.");
  shelf.refresh();
  EXPECT_EQ(shelf.find("debug")->description, "My own.");
  EXPECT_EQ(shelf.all().size(), built_in_skills().size());
}

} // namespace

} // namespace smart_agents
