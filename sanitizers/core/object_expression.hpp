// SPDX-License-Identifier: MIT
// Finds the expression that names an object in a line of source, by the column of the operation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace racekit {

/// `slots[at % 2]` is the name "slots" with the index "at % 2"; a trailing underscore is left out.
struct object_expression {
    std::string name;
    std::string index;  ///< as written; "" if there is none

    [[nodiscard]] bool empty() const { return name.empty(); }
    [[nodiscard]] std::string text() const {
        return index.empty() ? name : name + "[" + index + "]";
    }
};

/// The object of the operation at `column` (from 1) of `text`: what a member function is called on,
/// the first argument of another function or of a guard's constructor, or the variable that an
/// operator changes. The column is that of the whole expression, as the compiler's builtin gives
/// it, or of the member's name or the operator, as debug information does. `methods`, separated by
/// `|`, are the member functions that perform the operation: of a chain of calls that one counts.
[[nodiscard]] object_expression object_at_column(std::string_view text, int column,
                                                 std::string_view methods);

}  // namespace racekit
