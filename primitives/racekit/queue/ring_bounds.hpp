// SPDX-License-Identifier: MIT
// Where a ring of slots begins again: the arithmetic of spsc_queue's two indices.
//
// Progress: none of its own: arithmetic.
#pragma once

#include <racekit/platform/cache_line.hpp>

#include <algorithm>
#include <cstddef>

namespace racekit {

template <class Slot>
struct ring_bounds {
    [[nodiscard]] std::size_t next(std::size_t at) const { return at + 1 == ring ? 0 : at + 1; }
    [[nodiscard]] std::size_t after(std::size_t at, std::size_t count) const {
        return count < ring - at ? at + count : at + count - ring;
    }
    /// How many from `begin` on to `end`: none if they are the same.
    [[nodiscard]] std::size_t size(std::size_t begin, std::size_t end) const {
        return end >= begin ? end - begin : end + ring - begin;
    }
    /// As size, but once round if they are the same.
    [[nodiscard]] std::size_t distance(std::size_t begin, std::size_t end) const {
        return end > begin ? end - begin : end + ring - begin;
    }

    /// A slot some lines further on than `at`: what will be written after about as long as its line
    /// takes from one core to another. In a small ring it is nearer, so that it is not one that the
    /// other side is at.
    [[nodiscard]] Slot& ahead_of(std::size_t at) const {
        return slots[after(at, std::min(12 * in_a_line, ring / 8))];
    }
    static constexpr std::size_t in_a_line = std::max<std::size_t>(1, cache_line / sizeof(Slot));

    /// Calls each(slot, number) for `count` slots from `at` on; in two loops without a test for the
    /// end inside. Returns the index after the last.
    template <class Each>
    std::size_t visit(std::size_t at, std::size_t count, Each each) const {
        std::size_t const first = std::min(count, ring - at);
        for (std::size_t one = 0; one != first; ++one) each(slots[at + one], one);
        for (std::size_t one = first; one != count; ++one) each(slots[one - first], one);
        return after(at, count);
    }

    Slot* const slots;
    std::size_t const ring;  // how many slots there are
};

}  // namespace racekit
