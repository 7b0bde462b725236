// SPDX-License-Identifier: MIT
// Where TSan's runtime prints, when a finding shall say it instead.
#pragma once

#include <cstddef>

namespace racekit::tsan {

/// What the runtime printed last as its reason to end the program, without line ends; "" if
/// nothing. Allocates nothing: the program is dying.
void last_runtime_error(char* to, std::size_t size);

/// Forgets what was printed so far.
void forget_printed_reports();

}  // namespace racekit::tsan
