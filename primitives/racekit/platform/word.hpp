// A value of up to 16 bytes as two machine words: how typed values cross an untyped interface.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace racekit {

struct word {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend constexpr bool operator==(word const&, word const&) = default;
};

/// The bytes of `value`, zero-extended. Padding bits are kept as they are, as std::atomic keeps
/// them.
template <class T>
[[nodiscard]] inline word to_word(T const& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T>, "an atomic value must be trivially copyable");
    static_assert(sizeof(T) <= sizeof(word), "an atomic value must fit into 16 bytes");
    word result;
    std::memcpy(static_cast<void*>(&result), &value, sizeof(T));
    return result;
}

template <class T>
[[nodiscard]] inline T from_word(word const& bits) noexcept {
    alignas(T) unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &bits, sizeof(T));
    return std::bit_cast<T>(bytes);
}

}  // namespace racekit
