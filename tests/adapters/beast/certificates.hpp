#pragma once

#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

namespace smart_agents::test {

using key_ptr = std::shared_ptr<EVP_PKEY>;
using x509_ptr = std::shared_ptr<X509>;

/// A certificate and its key, both in memory only.
struct certificate {
  x509_ptr shown;
  key_ptr key;

  /// Makes a server show it.
  void show(boost::asio::ssl::context& to) const {
    SSL_CTX_use_certificate(to.native_handle(), shown.get());
    SSL_CTX_use_PrivateKey(to.native_handle(), key.get());
  }
};

/// What a certificate says of itself.
struct certificate_terms {
  /// As OpenSSL writes them: `DNS:a.test,IP:127.0.0.1`.
  std::string names;
  /// From now on.
  std::chrono::seconds valid_from = std::chrono::hours{-1};
  std::chrono::seconds valid_until = std::chrono::hours{1};
};

/// A certificate authority that exists while its test runs.
class authority {
public:
  explicit authority(const std::string& name)
    : self_{make({"", std::chrono::hours{-2}, std::chrono::hours{2}}, name,
                 nullptr)} {}

  certificate issue(const certificate_terms& terms) const {
    return make(terms, "peer", &self_);
  }

  /// Writes the authority's own certificate where a client can load it: a file
  /// of its own, since tests run beside each other.
  std::string write_pem() const {
    auto path = testing::TempDir() + "authority-XXXXXX";
    auto* file = ::fdopen(::mkstemp(path.data()), "w");
    EXPECT_NE(file, nullptr) << path;
    PEM_write_X509(file, self_.shown.get());
    std::fclose(file);
    return path;
  }

private:
  static certificate make(const certificate_terms& terms,
                          const std::string& name, const certificate* issuer) {
    certificate result{x509_ptr{X509_new(), X509_free},
                       key_ptr{EVP_EC_gen("P-256"), EVP_PKEY_free}};
    auto* x = result.shown.get();
    static long serial = 0;
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), terms.valid_from.count());
    X509_gmtime_adj(X509_getm_notAfter(x), terms.valid_until.count());
    X509_set_pubkey(x, result.key.get());
    X509_NAME_add_entry_by_txt(
      X509_get_subject_name(x), "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const auto& signer = issuer ? *issuer : result;
    X509_set_issuer_name(x, X509_get_subject_name(signer.shown.get()));
    add(x, NID_basic_constraints, issuer ? "CA:FALSE" : "critical,CA:TRUE");
    if (!terms.names.empty())
      add(x, NID_subject_alt_name, terms.names);
    EXPECT_GT(X509_sign(x, signer.key.get(), EVP_sha256()), 0);
    return result;
  }

  static void add(X509* to, int what, const std::string& value) {
    std::shared_ptr<X509_EXTENSION> x{
      X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()),
      X509_EXTENSION_free};
    ASSERT_TRUE(x) << value;
    X509_add_ext(to, x.get(), -1);
  }

  certificate self_;
};

} // namespace smart_agents::test
