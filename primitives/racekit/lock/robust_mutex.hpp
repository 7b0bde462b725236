// A mutual-exclusion lock that processes share and that outlives the death of its owner.
//
// Progress: blocking; sleeps in the kernel when it must. If the owner dies (process or thread, also by
//           exec), the kernel hands the lock to the next one, who learns of it.
// Ordering: everything before unlock() happens before the return of the lock() that follows it, in
//           whatever process; so does everything that a dead owner did.
// Repair:   after owner_died, put right what the lock guards, then mark_consistent(). A death during
//           the repair is told to the next owner again. unlock() without mark_consistent() makes the
//           lock unusable for good: lock_poisoned for all.
// Limits:   the kernel frees at most 2,048 locks of one dying thread; do not hold that many. The memory
//           must stay mapped while this process holds the lock or waits for it. Every process that can
//           write to that memory is trusted.
#pragma once

#include <racekit/lock/process_mutex.hpp>
#include <racekit/platform/owner_death.hpp>

namespace racekit {

/// Place it in shared memory before the processes that use it start.
class posix_robust_mutex {
public:
    /// Throws std::system_error.
    posix_robust_mutex() { posix_detail::create_mutex(mutex_, true); }
    /// Nobody may hold it or wait for it; one whose owner died is given back with its memory.
    ~posix_robust_mutex() { ::pthread_mutex_destroy(&mutex_); }
    posix_robust_mutex(posix_robust_mutex const&) = delete;
    posix_robust_mutex& operator=(posix_robust_mutex const&) = delete;

    /// Takes the lock, waiting as long as it takes. Throws lock_poisoned. An owner that takes it
    /// again never returns.
    [[nodiscard]] lock_state lock(site = {}) {
        return taken(::pthread_mutex_lock(&mutex_), "robust_mutex: lock");
    }

    /// Takes the lock unless `limit` passes first, and then says in `state` what it found.
    /// Throws lock_poisoned.
    [[nodiscard]] bool try_lock_until(deadline limit, lock_state& state, site = {}) {
        timespec const until = posix_detail::to_timespec(limit);
        int const error = ::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until);
        if (error == ETIMEDOUT) return false;
        state = taken(error, "robust_mutex: try_lock_until");
        return true;
    }

    /// What the lock guards is in order again. Only after owner_died, by the owner.
    void mark_consistent(site = {}) {
        posix_detail::check(::pthread_mutex_consistent(&mutex_), "robust_mutex: mark_consistent");
    }

    /// Gives the lock up. The calling thread must hold it; a forked child does not hold what its
    /// parent holds.
    void unlock(site = {}) { posix_detail::check(::pthread_mutex_unlock(&mutex_), "robust_mutex: unlock"); }

private:
    static lock_state taken(int error, char const* what) {
        if (error == EOWNERDEAD) return lock_state::owner_died;
        if (error == ENOTRECOVERABLE) throw lock_poisoned();
        posix_detail::check(error, what);
        return lock_state::acquired;
    }

    pthread_mutex_t mutex_;
};

using robust_mutex = layered<posix_robust_mutex, specification::robust_mutex>;

/// Holds a robust lock for a scope. `repair` runs first if the last owner died; when it returns, the
/// lock is consistent. It may itself be cut short by death, and is then run again by the next owner:
/// write it so that running it twice does no harm.
template <class Mutex = robust_mutex>
class [[nodiscard]] robust_lock {
public:
    template <class Repair>
    robust_lock(Mutex& held, Repair repair, site where = site::here()) : held_(held), where_(where) {
        if (held_.lock(where) == lock_state::acquired) return;
        try {
            repair();
        } catch (...) {
            held_.unlock(where);  // poisoned: nobody may use what could not be repaired
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
