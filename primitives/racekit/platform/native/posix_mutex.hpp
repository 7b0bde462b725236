// SPDX-License-Identifier: MIT
// Locks that processes share, by the C library and the kernel: pthread mutexes with the attributes
// that shared memory asks for. What each promises stands in lock/process_mutex.hpp and
// lock/robust_mutex.hpp.
#pragma once

#include <racekit/platform/native/clock.hpp>
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

/// Absolute time on the monotonic clock, as pthread_mutex_clocklock takes it.
[[nodiscard]] inline timespec to_timespec(std::chrono::steady_clock::time_point when) {
    auto const since = when.time_since_epoch();
    auto const whole = std::chrono::duration_cast<std::chrono::seconds>(since);
    if (whole.count() < 0) return {0, 0};
    return {whole.count(), std::chrono::nanoseconds(since - whole).count()};
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
class posix_process_mutex {
public:
    /// Throws std::system_error.
    posix_process_mutex() { posix_detail::create_mutex(mutex_, false); }
    /// Nobody may hold it or wait for it; one whose owner died is given back with its memory.
    ~posix_process_mutex() { ::pthread_mutex_destroy(&mutex_); }
    posix_process_mutex(posix_process_mutex const&) = delete;
    posix_process_mutex& operator=(posix_process_mutex const&) = delete;

    /// Takes the lock, waiting as long as it takes. An owner that takes it again never returns.
    void lock(site = {}) {
        posix_detail::check(::pthread_mutex_lock(&mutex_), "process_mutex: lock");
    }

    [[nodiscard]] bool try_lock(site = {}) { return ::pthread_mutex_trylock(&mutex_) == 0; }

    /// Takes the lock unless `limit` passes first; returns whether it did.
    [[nodiscard]] bool try_lock_until(deadline limit, site = {}) {
        timespec const until = posix_detail::to_timespec(limit);
        return ::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until) == 0;
    }

    [[nodiscard]] bool try_lock_for(duration span, site = {}) {
        return try_lock_until(racekit::after(span));
    }

    /// Gives the lock up. The calling thread must hold it.
    void unlock(site = {}) {
        posix_detail::check(::pthread_mutex_unlock(&mutex_), "process_mutex: unlock");
    }

private:
    pthread_mutex_t mutex_;
};

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
    void unlock(site = {}) {
        posix_detail::check(::pthread_mutex_unlock(&mutex_), "robust_mutex: unlock");
    }

private:
    static lock_state taken(int error, char const* what) {
        if (error == EOWNERDEAD) return lock_state::owner_died;
        if (error == ENOTRECOVERABLE) throw lock_poisoned();
        posix_detail::check(error, what);
        return lock_state::acquired;
    }

    pthread_mutex_t mutex_;
};

}  // namespace racekit
