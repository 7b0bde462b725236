// SPDX-License-Identifier: MIT
// The lock that processes share, by the C library: a pthread mutex with the attribute that shared
// memory asks for. What it promises stands in lock/process_mutex.hpp.
#pragma once

#include <racekit/platform/lock_forms.hpp>
#include <racekit/platform/native/timespec.hpp>
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

inline void create_mutex(pthread_mutex_t& mutex) {
    pthread_mutexattr_t wanted;
    check(::pthread_mutexattr_init(&wanted), "pthread_mutexattr_init");
    ::pthread_mutexattr_setpshared(&wanted, PTHREAD_PROCESS_SHARED);
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
    posix_process_mutex() { posix_detail::create_mutex(mutex_); }
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

}  // namespace racekit
