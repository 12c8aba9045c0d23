#include "netplay/password.hpp"

#include "base/ensure.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

namespace netplay_relay::netplay {

std::string password_hash(std::uint32_t salt, std::string_view password)
{
    std::string hashed;
    for (int shift = 28; shift >= 0; shift -= 4)
        hashed += "0123456789ABCDEF"[salt >> shift & 15];
    hashed += password.substr(0, password_max);

    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const int is_done =
        EVP_Digest(hashed.data(), hashed.size(), digest.data(), &size, EVP_sha256(), nullptr);
    OPENSSL_cleanse(hashed.data(), hashed.size());
    ensure(is_done == 1 && size == 32, "SHA-256 is not there");

    std::string hex;
    for (std::size_t at = 0; at < size; ++at) {
        hex += "0123456789abcdef"[digest[at] >> 4];
        hex += "0123456789abcdef"[digest[at] & 15];
    }
    return hex;
}

bool same_hash(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace netplay_relay::netplay
