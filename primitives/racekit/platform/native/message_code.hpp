// SPDX-License-Identifier: MIT
// message_code: HMAC-SHA-256 under a key, by libsodium.
//
// Link with -lsodium.
// Source: H. Krawczyk, M. Bellare, R. Canetti, "HMAC: Keyed-Hashing for Message Authentication",
//         RFC 2104, 1997.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <sodium.h>
#include <stdexcept>
#include <string_view>

namespace racekit {

/// Wiped when it is destroyed.
class message_code {
public:
    static constexpr std::size_t size = crypto_auth_hmacsha256_BYTES;
    static constexpr std::size_t short_size = 16;
    using tag = std::array<unsigned char, size>;

    message_code() = default;
    explicit message_code(std::string_view key) {
        if (::sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
        ::crypto_auth_hmacsha256_init(&begun_, bytes(key), key.size());
    }
    explicit message_code(tag const& key)
        : message_code(std::string_view(reinterpret_cast<char const*>(key.data()), key.size())) {}
    message_code(message_code const&) = default;
    message_code& operator=(message_code const&) = default;
    ~message_code() { ::sodium_memzero(&begun_, sizeof begun_); }

    /// Of all parts, one after another.
    template <class... Parts>
    [[nodiscard]] tag of(Parts const&... parts) const {
        crypto_auth_hmacsha256_state now = begun_;  // the key is in it already
        (::crypto_auth_hmacsha256_update(&now, bytes(parts), std::string_view(parts).size()), ...);
        tag made;
        ::crypto_auth_hmacsha256_final(&now, made.data());
        return made;
    }
    /// In the same time whether they differ early or late.
    [[nodiscard]] static bool same(void const* left, void const* right, std::size_t size) {
        return ::sodium_memcmp(left, right, size) == 0;
    }
    static void wipe(void* what, std::size_t size) { ::sodium_memzero(what, size); }

private:
    static unsigned char const* bytes(std::string_view of) {
        return reinterpret_cast<unsigned char const*>(of.data());
    }
    crypto_auth_hmacsha256_state begun_{};
};

}  // namespace racekit
