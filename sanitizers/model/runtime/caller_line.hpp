// SPDX-License-Identifier: MIT
// The source line of the code under test that called into the kit, where no argument carries it: a
// destructor, an operator, a delete expression, free().
#pragma once

#include <racekit/platform/site.hpp>

namespace racekit::model {

/// Walks the frame pointers of the current stack and returns the first place outside the kit and
/// the standard library. Line 0: not known (no debug information, no symbolizer). Costs
/// milliseconds the first time for each call path; `wanted` false returns line 0 at once.
[[nodiscard]] site caller_of_the_kit(bool wanted);

/// A place of the platform, site::in_operator(), with a note of the current call path; any other
/// place as it is. Costs a walk over some frames.
[[nodiscard]] site with_call_path(site where);

/// The line outside the kit that such a call path came from; any other place, or one that is not
/// found, as it is. The text lives as long as the program, in memory that forked workers share.
[[nodiscard]] site caller_of(site where);

/// The user's place of a call: of an operator, or of a lock that a guard of std takes in its own
/// header, the line that called it; any other place as it is.
[[nodiscard]] site user_place(site where);

/// Notes the current call path, and returns its number. Costs a walk over some frames.
[[nodiscard]] int note_call_path();

/// The line of the test body that such a call path came from: the first one outside the kit, its
/// primitives and the standard library. Line 0: not known.
[[nodiscard]] site line_of_test_body(int call_path);

/// Whether a place lies in a primitive of the kit.
[[nodiscard]] bool is_of_primitives(site const& where);

/// Makes room for that text; to be called before workers are forked.
void share_caller_lines();

}  // namespace racekit::model
