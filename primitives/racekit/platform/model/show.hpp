// SPDX-License-Identifier: MIT
// How a value of a type is printed.
#pragma once

#include <racekit/platform/model/engine.hpp>

#include <cstdio>
#include <sstream>
#include <type_traits>

namespace racekit::model {

template <class T>
std::string show(word const& bits) {
    T const value = from_word<T>(bits);
    if constexpr (std::is_same_v<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(value));
    } else if constexpr (std::is_same_v<T, char> || std::is_same_v<T, unsigned char> ||
                         std::is_same_v<T, signed char>) {
        return std::to_string(static_cast<int>(value));
    } else if constexpr (std::is_pointer_v<T>) {
        if (value == nullptr) return "null";
        char text[32];
        std::snprintf(text, sizeof text, "%p", static_cast<void const*>(value));
        return text;
    } else if constexpr (requires(std::ostream& out) { out << value; }) {
        std::ostringstream out;
        out << value;
        return out.str();
    } else {
        char text[40];
        std::snprintf(text, sizeof text, "%llx:%llx", static_cast<unsigned long long>(bits.high),
                      static_cast<unsigned long long>(bits.low));
        return text;
    }
}

template <class T>
inline constexpr value_type type_of{&show<T>};

inline std::string show_nothing(word const&) { return ""; }

/// For values that do not fit into a word or are not plain bytes.
inline constexpr value_type opaque{&show_nothing};

}  // namespace racekit::model
