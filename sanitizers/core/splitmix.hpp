// SPDX-License-Identifier: MIT
// The one generator of pseudo-random numbers of the kit.
#pragma once

#include <cstdint>

namespace racekit {

/// What the counter of splitmix64 goes up by: 2^64 divided by the golden ratio.
inline constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15U;

/// splitmix64 (Steele, Lea, Flood 2014): the number that belongs to a value of the counter. Period
/// 2^64 for every seed. It touches no memory and is always inlined, so that code which
/// ThreadSanitizer must not see can use it too.
[[nodiscard, gnu::always_inline]] constexpr std::uint64_t splitmix64(std::uint64_t counter) {
    counter = (counter ^ (counter >> 30)) * 0xbf58476d1ce4e5b9U;
    counter = (counter ^ (counter >> 27)) * 0x94d049bb133111ebU;
    return counter ^ (counter >> 31);
}

}  // namespace racekit
