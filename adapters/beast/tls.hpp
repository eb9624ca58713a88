#pragma once

#include <boost/system/error_code.hpp>
#include <openssl/types.h>

#include <string>

namespace smart_agents::beast_detail {

/// Makes a handshake ask for `host`, a name or an address, and accept no
/// certificate for another (RFC 9525: alternative names only, whole-label
/// wildcards).
void expect_peer(SSL* tls, const std::string& host);

/// Why a handshake failed, for people: what is wrong with the certificate
/// where that was the reason, and `bad` where not.
std::string explain_handshake(const SSL* tls,
                              const boost::system::error_code& bad);

} // namespace smart_agents::beast_detail
