// SPDX-License-Identifier: MIT
// barrier_word: the fields of the one word of a barrier, and its transitions.
//
// Progress: none of its own: arithmetic, of the barrier.
// Invariant: from the lowest bit: 16 bits, how many have arrived in this cycle; `broken`;
//            `draining`, while those of a cycle that was reset are on their way out; `asleep`, if
//            a thread may sleep until it changes; the number of cycles completed or given up.
#pragma once

#include <cstddef>
#include <cstdint>

namespace racekit {

struct barrier_word {
    static constexpr std::size_t most_parties = 0x7fff;
    static constexpr std::uint64_t broken = 1 << 16;
    static constexpr std::uint64_t draining = 1 << 17;
    static constexpr std::uint64_t asleep = 1 << 18;
    static constexpr std::uint64_t one_cycle = 1 << 19;

    static constexpr std::size_t arrived(std::uint64_t word) { return word & 0xffff; }

    /// No party has arrived, not broken, no thread asleep.
    static constexpr std::uint64_t next_cycle(std::uint64_t word) {
        return (word & ~(one_cycle - 1)) + one_cycle;
    }
    static constexpr std::uint64_t when_broken(std::uint64_t word) {
        return (word & ~(draining | asleep)) | broken;
    }
    static constexpr std::uint64_t when_reset(std::uint64_t word) {
        return arrived(word) == 0 ? next_cycle(word) : (word & ~(broken | asleep)) | draining;
    }

    /// Whether this cycle will not be completed.
    static constexpr bool is_off(std::uint64_t word) { return (word & (broken | draining)) != 0; }

    static constexpr bool same_cycle(std::uint64_t now, std::uint64_t since) {
        return now / one_cycle == since / one_cycle;
    }
    /// Whether a party that arrived in the cycle of `since` has nothing left to wait for.
    static constexpr bool is_over(std::uint64_t now, std::uint64_t since) {
        return is_off(now) || !same_cycle(now, since);
    }
};

}  // namespace racekit
