// SPDX-License-Identifier: MIT
// Where in the source an operation stands.
#pragma once

namespace racekit {

/// A source location, captured as a defaulted argument: `void f(site where = site::here())`.
struct site {
    char const* file = "";
    int line = 0;
    char const* function = "";

    static constexpr site here(char const* file = __builtin_FILE(), int line = __builtin_LINE(),
                               char const* function = __builtin_FUNCTION()) noexcept {
        return {file, line, function};
    }
};

}  // namespace racekit
