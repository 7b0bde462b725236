// SPDX-License-Identifier: MIT
// auto_reset_event: one wait() returns each time that it is set.
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
    constexpr explicit basic_auto_reset_event(bool set = false) : base(set ? 1 : 0) {}

    /// Lets one wait() return: one under way, or else the next. Setting it again before that
    /// changes nothing.
    void set() { this->give_up_to(1); }
    void clear() { (void)base::try_acquire(); }

    void wait() { base::acquire(); }
    [[nodiscard]] bool try_wait() { return base::try_acquire(); }
    /// As wait, unless `limit`, of any clock, passes first; returns whether it was set. Blocking.
    template <class Clock, class Span>
    [[nodiscard]] bool wait_until(std::chrono::time_point<Clock, Span> limit) {
        return base::try_acquire_until(limit);
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span) {
        return base::try_acquire_for(span);
    }
};

using auto_reset_event =
    layered<basic_auto_reset_event<>, specification::auto_reset_event>;

}  // namespace racekit
