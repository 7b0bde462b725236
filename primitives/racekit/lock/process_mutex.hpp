// A mutual-exclusion lock that processes share, and that stays locked for ever if its owner dies.
//
// What PTHREAD_PROCESS_SHARED alone gives: the lock most programs put into shared memory, and the racy
// side of scenarios about death. Use robust_mutex unless no owner can die.
// Progress: blocking; sleeps in the kernel when it must.
// Ordering: everything before unlock() happens before the return of the lock() that follows it, in
//           whatever process.
#pragma once

#include <racekit/platform.hpp>

#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <ctime>
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
    void lock(site = {}) { posix_detail::check(::pthread_mutex_lock(&mutex_), "process_mutex: lock"); }

    [[nodiscard]] bool try_lock(site = {}) { return ::pthread_mutex_trylock(&mutex_) == 0; }

    /// Takes the lock unless `limit` passes first; returns whether it did.
    [[nodiscard]] bool try_lock_until(deadline limit, site = {}) {
        timespec const until = posix_detail::to_timespec(limit);
        return ::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until) == 0;
    }

    [[nodiscard]] bool try_lock_for(duration span, site = {}) { return try_lock_until(racekit::after(span)); }

    /// Gives the lock up. The calling thread must hold it.
    void unlock(site = {}) { posix_detail::check(::pthread_mutex_unlock(&mutex_), "process_mutex: unlock"); }

private:
    pthread_mutex_t mutex_;
};

using process_mutex = layered<posix_process_mutex, specification::process_mutex>;

}  // namespace racekit
