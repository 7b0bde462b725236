// SPDX-License-Identifier: MIT
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

namespace word_detail {

/// Initialises any member of T, but is no T itself.
template <class T>
struct anything {
    template <class Member>
        requires(!std::is_same_v<Member, T> && !std::is_base_of_v<Member, T>)
    operator Member() const;
};
template <class T>
using any = anything<T>;
/// Initialises what T is derived from.
template <class T>
struct any_base {
    template <class Base>
        requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
    operator Base() const;
};

/// How many members an aggregate has, up to four: each in braces, so that an array is one.
template <class T>
consteval int members() {
    if constexpr (requires { T{any_base<T>()}; } ||
                  requires { T{{any<T>()}, {any<T>()}, {any<T>()}, {any<T>()}, {any<T>()}}; }) {
        return 0;
    } else if constexpr (requires { T{{any<T>()}, {any<T>()}, {any<T>()}, {any<T>()}}; }) {
        return 4;
    } else if constexpr (requires { T{{any<T>()}, {any<T>()}, {any<T>()}}; }) {
        return 3;
    } else if constexpr (requires { T{{any<T>()}, {any<T>()}}; }) {
        return 2;
    } else {
        return 0;
    }
}

/// Copies what of `value` is not padding to `to`, as far as its parts are known.
template <class T>
void copy_value(unsigned char* to, T const& value) noexcept {
    auto const copy_members = [&](auto const&... each) {
        auto const* const begin = reinterpret_cast<unsigned char const*>(&value);
        (copy_value(to + (reinterpret_cast<unsigned char const*>(&each) - begin), each), ...);
    };
    constexpr bool may_be_padded = std::is_class_v<T> && std::is_aggregate_v<T> &&
                                   !std::has_unique_object_representations_v<T>;
    if constexpr (may_be_padded && members<T>() == 2) {
        auto const& [a, b] = value;
        copy_members(a, b);
    } else if constexpr (may_be_padded && members<T>() == 3) {
        auto const& [a, b, c] = value;
        copy_members(a, b, c);
    } else if constexpr (may_be_padded && members<T>() == 4) {
        auto const& [a, b, c, d] = value;
        copy_members(a, b, c, d);
    } else {
        std::memcpy(to, &value, sizeof(T));
    }
}

}  // namespace word_detail

/// The bytes of `value`, zero-extended. Padding of an aggregate of two to four members is zero, so
/// that a compare_exchange does not look at it ([atomics.types.operations]); other padding is kept
/// as it is.
template <class T>
[[nodiscard]] inline word to_word(T const& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T>, "an atomic value must be trivially copyable");
    static_assert(sizeof(T) <= sizeof(word), "an atomic value must fit into 16 bytes");
    word result;
    word_detail::copy_value(reinterpret_cast<unsigned char*>(&result), value);
    return result;
}

template <class T>
[[nodiscard]] inline T from_word(word const& bits) noexcept {
    alignas(T) unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &bits, sizeof(T));
    return std::bit_cast<T>(bytes);
}

}  // namespace racekit
