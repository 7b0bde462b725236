// SPDX-License-Identifier: MIT
// The function of the C library that one of ours stands before.
#pragma once

namespace racekit::unmodified {

[[nodiscard]] void* next_function(char const* name);

/// Without a guarded static variable: the guards' own functions come this way too.
template <class Function>
[[nodiscard]] Function* next_function(Function*& known, char const* name) {
    if (known == nullptr) known = reinterpret_cast<Function*>(next_function(name));
    return known;
}

}  // namespace racekit::unmodified

/// Calls it, and returns what it returns.
#define RACEKIT_NEXT(function)                                       \
    return [] {                                                      \
        static decltype(::function)* known = nullptr;                \
        return racekit::unmodified::next_function(known, #function); \
    }()
