#pragma once

#include "runtime/settings_context.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace smart_agents {

/// Reads the group `providers` of the file, what the environment says about
/// them, and their keys.
class provider_reader {
public:
  explicit provider_reader(const settings_context& from) : from_{from} {}

  /// The group of the file. Adds to what is known so far.
  std::optional<option_table::complaint>
  read_group(const boost::json::value& value);

  caf::error read_environment();

  /// Checks all and reads their keys; the usable ones go to `into`, known ones
  /// first and in their own order.
  caf::error finish(std::vector<provider_settings>& into);

  /// Of all that were named, usable or not.
  const std::vector<std::string>& names() const {
    return names_;
  }

private:
  struct found {
    option_table::provider_entry entry;
    /// True when the file has an entry of it.
    bool in_file = false;
    /// True when the file names a key variable that is not the default one.
    bool own_key_env = false;
    /// True when the file says where the provider is.
    bool own_address = false;
    /// True when anybody configured it.
    bool asked_for = false;
  };

  caf::error at_provider(const found& x, const std::string& key,
                         const std::string& what) const;
  std::optional<std::pair<std::string, std::string>>
  first_variable(const std::vector<std::string>& names) const;
  found& provider(const std::string& name);
  caf::error read_limit(const std::string& name, uint64_t& limit) const;
  void override(const found& x, const char* key, const std::string& name,
                std::string& into, const std::string& value);
  caf::error check_trust(const found& x) const;
  caf::error check(found& x) const;
  caf::expected<bool> read_key(found& x);
  caf::expected<bool> read_credentials(found& x);

  const settings_context& from_;
  std::vector<found> providers_;
  std::vector<std::string> names_;
};

} // namespace smart_agents
