// SPDX-License-Identifier: MIT
// bounded_semaphore: a semaphore that never has more permits than it began with.
//
// Progress: as semaphore. A release() too many is an error and changes nothing.
// Invariant: as semaphore, and permits_ is never more than most().
// Ordering: as semaphore.
#pragma once

#include <racekit/lock/semaphore.hpp>

namespace racekit {

template <class orders = futex_semaphore_orders>
class basic_bounded_semaphore : private basic_futex_semaphore<orders> {
    using base = basic_futex_semaphore<orders>;

public:
    /// Throws bad_count if `permits` is negative or more than max().
    constexpr explicit basic_bounded_semaphore(std::ptrdiff_t permits = 1)
        : base(permits), most_(permits) {}

    using base::acquire;
    using base::max;
    using base::try_acquire;
    using base::try_acquire_for;
    using base::try_acquire_until;

    /// Gives one permit back. Throws released_too_often if none is out.
    void release() {
        if (!this->give(1, most_))
            throw released_too_often("bounded_semaphore: released more often than acquired");
    }

    /// How many it began with.
    [[nodiscard]] std::ptrdiff_t most() const noexcept { return most_; }

private:
    std::ptrdiff_t const most_;
};

using bounded_semaphore = layered<basic_bounded_semaphore<>, specification::bounded_semaphore>;

}  // namespace racekit
