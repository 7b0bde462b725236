// SPDX-License-Identifier: MIT
// A mutual-exclusion lock that processes share and that outlives the death of its owner.
//
// Progress: blocking; sleeps in the kernel when it must. If the owner dies (process or thread, also
//           by exec), the kernel grants the lock to the next one, which learns of it.
// Invariant: at most one live thread holds it; ownership is per thread, not per process.
// Ordering: everything before unlock() happens before the return of the lock() that follows it, in
//           whatever process; so does everything that a dead owner did.
// Repair:   after owner_died, put right what the lock guards, then mark_consistent(). A death
//           during the repair is reported to the next owner again. unlock() without
//           mark_consistent() makes the lock unusable for ever: lock_poisoned for all.
// Death:    at whatever instruction, the lock passes on; a thread that ends with it counts as dead.
// Errors:   lock_poisoned; std::system_error for a lock() of what the thread holds already and an
//           unlock() of what it does not hold. A forked child holds nothing of its parent's.
// Limits:   the kernel frees at most 2,048 locks of one dying thread; do not hold that many. The
//           memory must stay mapped while this process holds the lock, waits for it or is inside
//           unlock(). Processes of two PID namespaces may have equal thread numbers: they must not
//           share one. Every process that can write to that memory is trusted.
// Source:   futex_robust_mutex.
#pragma once

#include <racekit/lock/futex_robust_mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/owner_death.hpp>

namespace racekit {

/// Place it in shared memory before the processes that use it start; zeroed memory is a free one.
/// lock(), try_lock(lock_state&) and try_lock_until(time, lock_state&) report the lock_state or
/// throw lock_poisoned; mark_consistent(), unlock(), held_by_caller().
using robust_mutex = layered<futex_robust_mutex, specification::robust_mutex>;

/// Holds a robust lock for a scope. `repair` runs first if the last owner died; when it returns,
/// the lock is consistent. It may itself be cut short by death, and is then run again by the next
/// owner: write it so that running it twice does no harm.
template <class Mutex = robust_mutex>
class [[nodiscard]] robust_lock {
public:
    template <class Repair>
    robust_lock(Mutex& held, Repair repair, site where = site::here())
        : held_(held), where_(where) {
        if (held_.lock(where) == lock_state::acquired) return;
        try {
            repair();
        } catch (...) {
            held_.unlock(where);  // poisoned: no thread may use what could not be repaired
            throw;
        }
        held_.mark_consistent(where);
    }
    ~robust_lock() { held_.unlock(where_); }
    robust_lock(robust_lock const&) = delete;
    robust_lock& operator=(robust_lock const&) = delete;

private:
    Mutex& held_;
    site where_;
};

template <class Mutex, class Repair>
robust_lock(Mutex&, Repair) -> robust_lock<Mutex>;

}  // namespace racekit
