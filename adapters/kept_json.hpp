#pragma once

#include "messages/dialect.hpp"

#include <caf/expected.hpp>

#include <boost/json/object.hpp>

#include <string>

namespace smart_agents {

/// A JSON object that outlives us in a file, which several processes read and
/// write.
class kept_json {
public:
  /// `what` is what would be lost, for errors: "what was learned of ...".
  kept_json(std::string path, std::string what);

  /// The object; empty when there is no file. Fails with `ec::storage_failed`
  /// when it cannot be read as one.
  caf::expected<boost::json::object> read() const;

  /// Moves a new file to its place when it is whole: nobody sees a part. Fails
  /// with `ec::storage_failed`.
  caf::error write(const boost::json::object& x) const;

  /// Held from a read to the write that follows from it, so that no process
  /// undoes what another wrote in between. Where the file system knows no
  /// locks, it holds nothing.
  class turn {
  public:
    explicit turn(const kept_json& of);
    ~turn();
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

  private:
    int file_ = -1;
  };

private:
  caf::error trouble(const std::string& why) const;

  std::string path_;
  std::string what_;
};

} // namespace smart_agents
