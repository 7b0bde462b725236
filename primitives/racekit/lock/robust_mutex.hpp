// SPDX-License-Identifier: MIT
// A mutual-exclusion lock that processes share and that outlives the death of its owner.
//
// Progress: blocking; sleeps in the kernel when it must. If the owner dies (process or thread, also
//           by exec), the kernel grants the lock to the next one, which learns of it.
// Ordering: everything before unlock() happens before the return of the lock() that follows it, in
//           whatever process; so does everything that a dead owner did.
// Repair:   after owner_died, put right what the lock guards, then mark_consistent(). A death
//           during the repair is reported to the next owner again. unlock() without
//           mark_consistent() makes the lock unusable for ever: lock_poisoned for all.
// Limits:   the kernel frees at most 2,048 locks of one dying thread; do not hold that many. The
//           memory must stay mapped while this process holds the lock or waits for it. Every
//           process that can write to that memory is trusted.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/owner_death.hpp>

namespace racekit {

class posix_robust_mutex;  // in the platform, where there is an operating system

/// Place it in shared memory before the processes that use it start. lock() and
/// try_lock_until(time, lock_state&) report the lock_state or throw lock_poisoned;
/// mark_consistent(), unlock().
using robust_mutex = layered<posix_robust_mutex, specification::robust_mutex>;

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
