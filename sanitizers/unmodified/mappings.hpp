// SPDX-License-Identifier: MIT
// Memory that the program maps itself, by mmap(): at the same addresses in every process, and never
// twice at one address within an execution.
#pragma once

#include <cstddef>

namespace racekit::unmodified::mappings {

/// A new execution: there is none.
void forget();
/// Whether an address is one of such memory; also when it was unmapped.
[[nodiscard]] bool holds(void const* address);

}  // namespace racekit::unmodified::mappings
