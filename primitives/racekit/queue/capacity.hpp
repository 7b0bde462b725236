// SPDX-License-Identifier: MIT
// How many elements a queue may be asked to hold.
//
// Progress: none to speak of: nothing here is shared.
#pragma once

#include <cstddef>
#include <limits>
#include <stdexcept>

namespace racekit {

/// `wanted`, if so many cells can be allocated, and counted twice over; else std::invalid_argument.
template <class Cell>
[[nodiscard]] std::size_t checked_capacity(std::size_t wanted) {
    if (wanted == 0) throw std::invalid_argument("racekit: a queue of capacity 0");
    if (wanted > std::numeric_limits<std::size_t>::max() / sizeof(Cell) / 4)
        throw std::invalid_argument("racekit: a queue's capacity is too large");
    return wanted;
}

}  // namespace racekit
