// SPDX-License-Identifier: MIT
// What the intrinsics of <racekit/verifier.h> need of the form that a program is built in. The
// model and the forms with real threads define these functions.
#pragma once

#include <racekit/platform/site.hpp>

namespace racekit::intrinsics {

/// The line of the program that calls; nothing where the form does not know it.
[[nodiscard]] site place();

/// A choice leaves out some values of its type.
void note_left_out();

/// What lies between excludes all other sections.
void begin_section();
void end_section();

}  // namespace racekit::intrinsics
