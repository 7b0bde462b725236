// SPDX-License-Identifier: MIT
// The values of one atomic object, in modification order.
#pragma once

#include "raw_array.hpp"

#include <racekit/platform/word.hpp>

#include <cstdint>

namespace racekit::model {

/// The place of a store in the modification order of its object; the first store has the rank 1.
using store_rank = std::uint32_t;

/// What every memory model keeps of an atomic; each adds what else it needs.
struct atomic_stores {
    memory::raw_array<word> values;
    /// How many of them no read-modify-write has read: of these, the newest is one.
    std::uint32_t open = 0;
    /// Whether modification order is that of execution so far.
    bool in_order = true;

    /// The rank of the last store.
    [[nodiscard]] store_rank newest() const { return static_cast<store_rank>(values.size()); }
    [[nodiscard]] word const& value(store_rank rank) const { return values[rank - 1]; }
};

}  // namespace racekit::model
