#include "actors/quota/calendar_window.hpp"

#include "messages/error.hpp"

#include <date/date.h>
#include <gtest/gtest.h>

#include <sstream>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

/// An instant, written in UTC.
wall_time utc(const std::string& text) {
  std::istringstream in{text};
  date::sys_seconds result{};
  in >> date::parse("%F %T", result);
  EXPECT_TRUE(in) << text;
  return result;
}

calendar zone(const std::string& name) {
  auto result = calendar::in(name);
  EXPECT_TRUE(result) << name;
  return result ? *result : calendar{};
}

time_span span(const std::string& begin, const std::string& end) {
  return {utc(begin), utc(end)};
}

} // namespace

TEST(CalendarWindow, TurnsAtMidnightInUtc) {
  calendar here;
  auto day = span("2026-11-23 00:00:00", "2026-11-24 00:00:00");
  EXPECT_EQ(here.day(utc("2026-11-23 00:00:00")), day);
  EXPECT_EQ(here.day(utc("2026-11-23 23:59:59")), day);
  EXPECT_NE(here.day(utc("2026-11-24 00:00:00")), day);
}

TEST(CalendarWindow, KnowsTheLengthsOfMonths) {
  calendar here;
  EXPECT_EQ(here.month(utc("2026-11-30 23:59:59")),
            span("2026-11-01 00:00:00", "2026-12-01 00:00:00"));
  EXPECT_EQ(here.month(utc("2026-12-31 12:00:00")),
            span("2026-12-01 00:00:00", "2027-01-01 00:00:00"));
  EXPECT_EQ(here.month(utc("2027-02-28 12:00:00")),
            span("2027-02-01 00:00:00", "2027-03-01 00:00:00"));
  EXPECT_EQ(here.month(utc("2028-02-29 12:00:00")),
            span("2028-02-01 00:00:00", "2028-03-01 00:00:00"));
}

TEST(CalendarWindow, TurnsAtMidnightInLosAngeles) {
  auto there = zone("America/Los_Angeles");
  // Standard time, 8 hours behind.
  EXPECT_EQ(there.day(utc("2026-11-23 07:59:59")),
            span("2026-11-22 08:00:00", "2026-11-23 08:00:00"));
  EXPECT_EQ(there.day(utc("2026-11-23 08:00:00")),
            span("2026-11-23 08:00:00", "2026-11-24 08:00:00"));
}

TEST(CalendarWindow, CountsTwentyThreeHoursWhenClocksGoForward) {
  auto day = zone("America/Los_Angeles").day(utc("2026-03-08 12:00:00"));
  EXPECT_EQ(day, span("2026-03-08 08:00:00", "2026-03-09 07:00:00"));
  EXPECT_EQ(day.end - day.begin, 23h);
}

TEST(CalendarWindow, CountsTwentyFiveHoursWhenClocksGoBack) {
  auto day = zone("America/Los_Angeles").day(utc("2026-11-01 12:00:00"));
  EXPECT_EQ(day, span("2026-11-01 07:00:00", "2026-11-02 08:00:00"));
  EXPECT_EQ(day.end - day.begin, 25h);
}

TEST(CalendarWindow, CountsAMonthThatHoldsAClockChange) {
  EXPECT_EQ(zone("America/Los_Angeles").month(utc("2026-11-23 12:00:00")),
            span("2026-11-01 07:00:00", "2026-12-01 08:00:00"));
}

TEST(CalendarWindow, StartsADayWithoutMidnightAtItsFirstMoment) {
  // Beirut went from 23:59:59 straight to 01:00:00 on 2021-03-28.
  auto there = zone("Asia/Beirut");
  auto day = there.day(utc("2021-03-28 12:00:00"));
  EXPECT_EQ(day, span("2021-03-27 22:00:00", "2021-03-28 21:00:00"));
  EXPECT_EQ(there.day(utc("2021-03-27 21:59:59")).end, day.begin);
}

TEST(CalendarWindow, StartsADayWithTwoMidnightsAtTheFirst) {
  // Havana went from 00:59:59 back to 00:00:00 on 2020-11-01.
  auto there = zone("America/Havana");
  auto day = span("2020-11-01 04:00:00", "2020-11-02 05:00:00");
  EXPECT_EQ(there.day(utc("2020-11-01 04:30:00")), day);
  EXPECT_EQ(there.day(utc("2020-11-01 05:30:00")), day);
}

TEST(CalendarWindow, LeavesNoGapThroughAYear) {
  for (const auto* name :
       {"UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata",
        "Australia/Lord_Howe", "Asia/Beirut", "America/Havana"}) {
    auto there = zone(name);
    auto day = there.day(utc("2026-01-01 12:00:00"));
    auto month = there.month(utc("2026-01-01 12:00:00"));
    for (int i = 0; i < 400; ++i) {
      EXPECT_TRUE(there.day(day.end - 1ns) == day) << name << " " << i;
      auto next = there.day(day.end);
      ASSERT_EQ(next.begin, day.end) << name << " " << i;
      if (!month.contains(next.begin)) {
        ASSERT_EQ(next.begin, month.end) << name << " " << i;
        month = there.month(next.begin);
      }
      day = next;
    }
  }
}

TEST(CalendarWindow, NamesAnUnknownZone) {
  for (const auto* name : {"Mars/Olympus", "../../etc/passwd", "/etc/passwd",
                           "America", "PST-nonsense", "utc "}) {
    auto wrong = calendar::in(name);
    ASSERT_FALSE(wrong) << name;
    EXPECT_EQ(render(wrong.error()),
              "bad_config: time_zone: \"" + std::string{name}
                + "\" is not known: take an IANA name such as \"UTC\" or "
                  "\"America/Los_Angeles\" (package tzdata)");
  }
}

TEST(CalendarWindow, ShowsTimesAndDurationsForPeople) {
  EXPECT_EQ(calendar{}.show(utc("2026-11-24 00:00:00")),
            "2026-11-24 00:00 UTC");
  EXPECT_EQ(zone("America/Los_Angeles").show(utc("2026-11-24 08:00:00")),
            "2026-11-24 00:00 PST");
  EXPECT_EQ(show(8h + 12min), "8 h 12 min");
  EXPECT_EQ(show(8h), "8 h");
  EXPECT_EQ(show(8h + 1ns), "8 h 1 min");
  EXPECT_EQ(show(45s), "45 s");
  EXPECT_EQ(show(90s), "1 min 30 s");
  EXPECT_EQ(show(59min + 59s), "1 h");
  EXPECT_EQ(show(76h), "3 d 4 h");
}

} // namespace smart_agents
