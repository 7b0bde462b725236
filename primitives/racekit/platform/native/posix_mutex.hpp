// SPDX-License-Identifier: MIT
// Locks that processes share, by the C library and the kernel: pthread mutexes with the attributes
// that shared memory asks for. What each promises stands in lock/process_mutex.hpp and
// lock/robust_mutex.hpp.
#pragma once

#include <racekit/platform/lock_forms.hpp>
#include <racekit/platform/native/timespec.hpp>
#include <racekit/platform/owner_death.hpp>
#include <racekit/platform/site.hpp>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <pthread.h>
#include <system_error>

namespace racekit {

namespace posix_detail {

inline void check(int error, char const* what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

inline void create_mutex(pthread_mutex_t& mutex, bool robust) {
    pthread_mutexattr_t wanted;
    check(::pthread_mutexattr_init(&wanted), "pthread_mutexattr_init");
    ::pthread_mutexattr_setpshared(&wanted, PTHREAD_PROCESS_SHARED);
    if (robust) ::pthread_mutexattr_setrobust(&wanted, PTHREAD_MUTEX_ROBUST);
    int const error = ::pthread_mutex_init(&mutex, &wanted);
    ::pthread_mutexattr_destroy(&wanted);
    check(error, "pthread_mutex_init");
}

}  // namespace posix_detail

/// Place it in shared memory before the processes that use it start.
class posix_process_mutex : public lock_forms<posix_process_mutex> {
    friend lock_forms<posix_process_mutex>;

public:
    /// Throws std::system_error.
    posix_process_mutex() { posix_detail::create_mutex(mutex_, false); }
    /// No thread may hold it or wait for it; one whose owner died is freed with its memory.
    ~posix_process_mutex() { ::pthread_mutex_destroy(&mutex_); }

private:
    template <access>
    void acquire(site) {
        posix_detail::check(::pthread_mutex_lock(&mutex_), "process_mutex: lock");
    }
    template <access>
    bool try_acquire(site) {
        return ::pthread_mutex_trylock(&mutex_) == 0;
    }
    template <access>
    bool acquire_until(deadline limit, site) {
        // The C library has no value for "no limit"; one in some 290 years will do.
        timespec const until = to_timespec(limit);
        return ::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until) == 0;
    }
    template <access>
    void release(site) {
        posix_detail::check(::pthread_mutex_unlock(&mutex_), "process_mutex: unlock");
    }

    pthread_mutex_t mutex_;
};

/// Place it in shared memory before the processes that use it start.
class posix_robust_mutex {
public:
    /// Throws std::system_error.
    posix_robust_mutex() { posix_detail::create_mutex(mutex_, true); }
    /// No thread may hold it or wait for it; one whose owner died is freed with its memory.
    ~posix_robust_mutex() { ::pthread_mutex_destroy(&mutex_); }
    posix_robust_mutex(posix_robust_mutex const&) = delete;
    posix_robust_mutex& operator=(posix_robust_mutex const&) = delete;

    /// Takes the lock; blocks while another owner holds it. Throws lock_poisoned. An owner that
    /// takes it again deadlocks.
    [[nodiscard]] lock_state lock(site = {}) {
        return taken(::pthread_mutex_lock(&mutex_), "robust_mutex: lock");
    }

    /// Takes the lock unless `limit`, of any clock, passes first, and then stores in `state` how
    /// the last owner left it. Throws lock_poisoned.
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Span> limit, lock_state& state,
                                      site = {}) {
        return wait_on_clock(limit, [&](deadline at) { return take_until(at, state); });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> span, lock_state& state,
                                    site = {}) {
        return take_until(racekit::after(span), state);
    }

    /// What the lock guards is in order again. Only after owner_died, by the owner.
    void mark_consistent(site = {}) {
        posix_detail::check(::pthread_mutex_consistent(&mutex_), "robust_mutex: mark_consistent");
    }

    /// Gives the lock up. The calling thread must hold it; a forked child does not hold what its
    /// parent holds.
    void unlock(site = {}) {
        posix_detail::check(::pthread_mutex_unlock(&mutex_), "robust_mutex: unlock");
    }

private:
    bool take_until(deadline limit, lock_state& state) {
        timespec const until = to_timespec(limit);
        int const error = ::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until);
        if (error == ETIMEDOUT) return false;
        state = taken(error, "robust_mutex: try_lock_until");
        return true;
    }
    static lock_state taken(int error, char const* what) {
        if (error == EOWNERDEAD) return lock_state::owner_died;
        if (error == ENOTRECOVERABLE) throw lock_poisoned();
        posix_detail::check(error, what);
        return lock_state::acquired;
    }

    pthread_mutex_t mutex_;
};

}  // namespace racekit
