#include "adapters/beast/tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace smart_agents::beast_detail {

void expect_peer(SSL* tls, const std::string& host) {
  auto* rules = SSL_get0_param(tls);
  X509_VERIFY_PARAM_set_hostflags(rules,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
                                    | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  // Server Name Indication takes names only (RFC 6066 section 3).
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1)
    return;
  X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size());
  SSL_set_tlsext_host_name(tls, host.c_str());
}

std::string explain_handshake(const SSL* tls,
                              const boost::system::error_code& bad) {
  auto why = SSL_get_verify_result(tls);
  switch (why) {
  case X509_V_OK: return bad.message();
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return "the certificate is for another host";
  case X509_V_ERR_CERT_HAS_EXPIRED: return "the certificate has expired";
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return "the certificate is not yet valid; check this machine's clock";
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_CERT_UNTRUSTED:
    return "the certificate's authority is not known here; if you trust it, "
           "name a PEM file with its certificate in SSL_CERT_FILE";
  default: return X509_verify_cert_error_string(why);
  }
}

} // namespace smart_agents::beast_detail
