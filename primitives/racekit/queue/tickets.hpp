// SPDX-License-Identifier: MIT
// tickets: a lap and an index in one number, for a ring of any capacity.
//
// Progress: none of its own: arithmetic, of ticket_ring.
// Invariant: from the lowest bit: the index, below the capacity; the bit `closed`; the lap, which
//            may wrap round: tickets in use at one time are less than half the range apart.
#pragma once

#include <bit>
#include <cstddef>

namespace racekit {

struct tickets {
    explicit tickets(std::size_t size)
        : capacity(size), closed(std::bit_ceil(size + 1)), lap(2 * closed) {}

    [[nodiscard]] std::size_t index(std::size_t ticket) const { return ticket & (closed - 1); }
    [[nodiscard]] std::size_t after(std::size_t ticket) const {
        return index(ticket) + 1 != capacity ? ticket + 1 : (ticket & -lap) + lap;
    }
    /// How many came before `ticket`.
    [[nodiscard]] std::size_t count(std::size_t ticket) const {
        return ticket / lap * capacity + index(ticket);
    }
    [[nodiscard]] static bool is_before(std::size_t left, std::size_t right) {
        return static_cast<std::ptrdiff_t>(left - right) < 0;
    }

    std::size_t const capacity;
    std::size_t const closed;  // the bit above the index
    std::size_t const lap;     // one lap more, in a ticket
};

}  // namespace racekit
