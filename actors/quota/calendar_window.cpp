#include "actors/quota/calendar_window.hpp"

#include "messages/error.hpp"

#include <date/date.h>
#include <date/tz.h>

#include <chrono>
#include <exception>

namespace smart_agents {

namespace {

/// The first instant of a local date.
wall_time start_of(const date::time_zone* zone, date::local_days day) {
  if (zone == nullptr)
    return wall_time{date::sys_days{day.time_since_epoch()}};
  return zone->to_sys(day, date::choose::earliest);
}

date::local_days date_of(const date::time_zone* zone, wall_time t) {
  if (zone == nullptr)
    return date::local_days{
      std::chrono::floor<date::days>(t.time_since_epoch())};
  return std::chrono::floor<date::days>(zone->to_local(t));
}

} // namespace

caf::expected<calendar> calendar::in(const std::string& zone) {
  calendar result;
  if (zone == "UTC" || zone.empty())
    return result;
  // The library opens zone files by name; a name from a configuration file
  // must not leave their folder.
  auto wrong = zone.front() == '/' || zone.find("..") != std::string::npos
               || zone.find('\0') != std::string::npos;
  try {
    if (!wrong) {
      result.zone_ = date::locate_zone(zone);
      return result;
    }
  } catch (const std::exception&) {
    // Reported below, like every other name that is no zone.
  }
  return make_error(ec::bad_config,
                    "time_zone: \"" + zone
                      + "\" is not known: take an IANA name such as \"UTC\" "
                        "or \"America/Los_Angeles\" (package tzdata)");
}

time_span calendar::day(wall_time t) const {
  auto today = date_of(zone_, t);
  return {start_of(zone_, today), start_of(zone_, today + date::days{1})};
}

time_span calendar::month(wall_time t) const {
  auto today = date::year_month_day{date_of(zone_, t)};
  auto first = today.year() / today.month() / 1;
  return {start_of(zone_, date::local_days{first}),
          start_of(zone_, date::local_days{first + date::months{1}})};
}

time_span calendar::week(wall_time t) const {
  auto today = date_of(zone_, t);
  auto monday = today - (date::weekday{today} - date::Monday);
  return {start_of(zone_, monday), start_of(zone_, monday + date::weeks{1})};
}

std::string calendar::name() const {
  return zone_ == nullptr ? "UTC" : zone_->name();
}

std::string calendar::show(wall_time t) const {
  auto minute = std::chrono::floor<std::chrono::minutes>(t);
  if (zone_ == nullptr)
    return date::format("%F %R UTC", minute);
  return date::format("%F %R %Z", date::make_zoned(zone_, minute));
}

std::string show(caf::timespan duration) {
  using namespace std::chrono;
  auto text = [](auto major, const char* first, auto minor,
                 const char* second) {
    auto result = std::to_string(major) + first;
    return minor == 0 ? result : result + " " + std::to_string(minor) + second;
  };
  auto s = ceil<seconds>(duration).count();
  if (s < 60)
    return std::to_string(s) + " s";
  if (s < 600)
    return text(s / 60, " min", s % 60, " s");
  auto m = ceil<minutes>(duration).count();
  if (m < 60)
    return std::to_string(m) + " min";
  if (m < minutes{hours{24}}.count())
    return text(m / 60, " h", m % 60, " min");
  auto h = ceil<hours>(duration).count();
  return text(h / 24, " d", h % 24, " h");
}

} // namespace smart_agents
