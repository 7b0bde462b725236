// SPDX-License-Identifier: MIT
// robust_recursive_mutex: a robust_mutex that the thread which holds it may take again.
//
// Progress: as robust_mutex for the first level; further levels, and their release, are wait-free.
// Invariant: levels_ counts how often the holder has taken the lock again; only the holder reads or
//            writes it.
// Ordering: everything before the unlock() of the last level happens before the return of the
//           lock() of the first level that follows it, in whatever process.
// Death:    as robust_mutex: all levels of a dead owner end at once, and the next owner, which gets
//           owner_died, begins at one level whatever levels_ was.
// Errors:   as robust_mutex, but that taking it again is none. too_many_levels after 2^32 - 1.
// Source:   recursive_mutex.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>

namespace racekit {

/// The thread took the lock once more than can be counted. Nothing was changed.
struct too_many_levels : std::overflow_error {
    too_many_levels() : std::overflow_error("robust_recursive_mutex: taken 2^32 times") {}
};

/// Place it in shared memory before the processes that use it start.
template <class Mutex = robust_mutex>
class basic_robust_recursive_mutex {
public:
    basic_robust_recursive_mutex() = default;

    /// `owner_died` only at the first level; it is repaired before further levels, or not at all.
    [[nodiscard]] lock_state lock(site where = site::here()) {
        if (taken_again(where)) return lock_state::acquired;
        lock_state const state = gate_.lock(where);
        levels_.write(0, where);
        return state;
    }
    [[nodiscard]] bool try_lock(lock_state& state, site where = site::here()) {
        return counted([&] { return gate_.try_lock(state, where); }, state, where);
    }
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Span> limit, lock_state& state,
                                      site where = site::here()) {
        return counted([&] { return gate_.try_lock_until(limit, state, where); }, state, where);
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> span, lock_state& state,
                                    site where = site::here()) {
        return try_lock_until(racekit::after(span), state, where);
    }

    void mark_consistent(site where = site::here()) { gate_.mark_consistent(where); }

    /// Ends one level, which the calling thread must hold; the last one releases the lock.
    void unlock(site where = site::here()) {
        if (gate_.held_by_caller(where)) {
            std::uint32_t const levels = levels_.read(where);
            if (levels > 0) return levels_.write(levels - 1, where);
        }
        gate_.unlock(where);  // says so if the thread does not hold it
    }
    [[nodiscard]] bool held_by_caller(site where = site::here()) const {
        return gate_.held_by_caller(where);
    }

private:
    bool taken_again(site where) {
        if (!gate_.held_by_caller(where)) return false;
        std::uint32_t const levels = levels_.read(where);
        if (levels == std::numeric_limits<std::uint32_t>::max()) throw too_many_levels();
        levels_.write(levels + 1, where);
        return true;
    }
    template <class Take>
    bool counted(Take take, lock_state& state, site where) {
        if (taken_again(where)) {
            state = lock_state::acquired;
            return true;
        }
        if (!take()) return false;
        levels_.write(0, where);
        return true;
    }

    Mutex gate_;
    plain<std::uint32_t> levels_{0};
};

using robust_recursive_mutex = basic_robust_recursive_mutex<>;

}  // namespace racekit
