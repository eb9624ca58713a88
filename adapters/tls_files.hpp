#pragma once

#include "messages/dialect.hpp"

#include <caf/error.hpp>

#include <string>

namespace smart_agents {

/// What a server shows of itself over TLS: PEM files of its certificate, with
/// those that vouch for it after it, and of its key.
struct tls_files {
  std::string certificate;
  std::string key;
  bool operator==(const tls_files&) const = default;

  /// False for a server that speaks plainly.
  bool used() const {
    return !certificate.empty() || !key.empty();
  }
};

/// Fails with `ec::bad_config`, naming file and remedy, when one of the two is
/// missing, cannot be read or understood, or is not for the other, and when the
/// certificate has expired.
caf::error check_tls_files(const tls_files& which);

} // namespace smart_agents
