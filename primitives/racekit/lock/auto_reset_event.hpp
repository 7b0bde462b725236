// SPDX-License-Identifier: MIT
// auto_reset_event: one waiter goes through each time that it is set.
//
// Progress: as semaphore; clear() as try_acquire().
// Invariant: as semaphore, with one permit at most: set or not.
// Ordering: everything before any set() happens before the return of the wait() that next takes it
//           away, also of a set() that found it set.
#pragma once

#include <racekit/lock/semaphore.hpp>

namespace racekit {

template <class orders = futex_semaphore_orders>
class basic_auto_reset_event : private basic_futex_semaphore<orders> {
    using base = basic_futex_semaphore<orders>;

public:
    explicit basic_auto_reset_event(bool set = false) : base(set ? 1 : 0) {}

    /// Lets one through: one who waits now, or else the next. Setting it again before that changes
    /// nothing.
    void set() { this->give_up_to(1); }
    void clear() { (void)base::try_acquire(); }

    void wait() { base::acquire(); }
    [[nodiscard]] bool try_wait() { return base::try_acquire(); }
    /// As wait, unless `limit` passes first; returns whether it was set. Blocking.
    [[nodiscard]] bool wait_until(deadline limit) { return base::try_acquire_until(limit); }
    [[nodiscard]] bool wait_for(duration span) { return base::try_acquire_for(span); }
};

using auto_reset_event =
    layered<basic_auto_reset_event<>, specification::auto_reset_event>;

}  // namespace racekit
