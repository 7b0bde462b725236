// SPDX-License-Identifier: MIT
// site: the place in the source from which an operation is called.
#pragma once

#include <racekit/platform/requirements.hpp>

#if defined(__has_builtin)
#if __has_builtin(__builtin_COLUMN)
#define RACEKIT_COLUMN() __builtin_COLUMN()
#endif
#endif
#if !defined(RACEKIT_COLUMN)
#define RACEKIT_COLUMN() 0
#endif

namespace racekit {

/// A source location, captured as a defaulted argument: `void f(site where = site::here())`.
struct site {
    char const* file = "";
    int line = 0;
    char const* function = "";
    int column = 0;  ///< where the expression begins; 0: the compiler does not say

    static constexpr site here(char const* file = __builtin_FILE(), int line = __builtin_LINE(),
                               char const* function = __builtin_FUNCTION(),
                               int column = RACEKIT_COLUMN()) noexcept {
        return {file, line, function, column};
    }

    /// The place of an operation that cannot take a defaulted argument, such as `++x`: it is a line
    /// of the platform, marked by its column. The model looks up the line that called it.
    static constexpr site in_operator(char const* file = __builtin_FILE(),
                                      int line = __builtin_LINE(),
                                      char const* function = __builtin_FUNCTION()) noexcept {
        return {file, line, function, caller_unknown};
    }
    static constexpr int caller_unknown = -1;
};

}  // namespace racekit

#undef RACEKIT_COLUMN
