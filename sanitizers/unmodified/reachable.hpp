// SPDX-License-Identifier: MIT
// Which blocks are no leak although they were never freed: those that the program can still reach.
#pragma once

namespace racekit::unmodified {

/// Whether a word in a variable of static storage duration, or in a reachable block, points into
/// the block.
[[nodiscard]] bool is_reachable(void const* block);

}  // namespace racekit::unmodified
