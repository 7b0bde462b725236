// SPDX-License-Identifier: MIT
// What racekit::explore() does around the function in each execution, beside calling it.
#pragma once

namespace racekit::model {

struct around_exploration {
    void (*first)();   ///< before the first execution
    void (*before)();  ///< each, outside the function's heap
    void (*after)();   ///< each, at the end of the function, in its thread
    void (*last)();    ///< behind the last one
};
/// Null: nothing.
inline around_exploration const* around = nullptr;

}  // namespace racekit::model
