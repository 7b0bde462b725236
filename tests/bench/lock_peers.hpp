// SPDX-License-Identifier: MIT
// The locks that others offer, and the least that a lock can be, with lock() and unlock().
#pragma once

#include <atomic>
#include <cstdint>
#include <pthread.h>

#if defined(RACEKIT_PEER_ABSL)
#include <absl/synchronization/mutex.h>
#endif
#if defined(RACEKIT_PEER_BOOST_THREAD)
#include <boost/thread/mutex.hpp>
#include <boost/thread/shared_mutex.hpp>
#endif
#if defined(RACEKIT_PEER_CK)
extern "C" {
#include <ck_pr.h>
#include <spinlock/fas.h>
#include <spinlock/ticket.h>
// C that is not C++: a void pointer becomes one to a struct by itself.
#define ck_pr_fas_ptr(from, to) static_cast<struct ck_spinlock_mcs*>((ck_pr_fas_ptr)(from, to))
#include <spinlock/mcs.h>
#undef ck_pr_fas_ptr
}
#endif
#if defined(RACEKIT_PEER_NSYNC)
#include <nsync.h>
#endif
#if defined(RACEKIT_PEER_TBB)
#include <oneapi/tbb/mutex.h>
#include <oneapi/tbb/queuing_mutex.h>
#include <oneapi/tbb/rw_mutex.h>
#include <oneapi/tbb/spin_mutex.h>
#include <oneapi/tbb/spin_rw_mutex.h>
#endif

namespace bench {

/// The least that a spin lock alone can cost. No lock: it does not wait.
class cas_and_store {
public:
    void lock() {
        bool expected = false;
        taken_.compare_exchange_strong(expected, true, std::memory_order_acquire,
                                       std::memory_order_relaxed);
    }
    void unlock() { taken_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> taken_{false};
};

/// The lower limit for an uncontended lock that can sleep: unlock must check for sleepers.
class cas_and_exchange {
public:
    void lock() {
        std::uint32_t expected = 0;
        state_.compare_exchange_strong(expected, 1, std::memory_order_acquire,
                                       std::memory_order_relaxed);
    }
    void unlock() {
        if (state_.exchange(0, std::memory_order_release) > 1) __builtin_trap();
    }

private:
    std::atomic<std::uint32_t> state_{0};
};

class pthread_spin {
public:
    pthread_spin() { ::pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
    ~pthread_spin() { ::pthread_spin_destroy(&lock_); }
    void lock() { ::pthread_spin_lock(&lock_); }
    void unlock() { ::pthread_spin_unlock(&lock_); }

private:
    ::pthread_spinlock_t lock_;
};

class pthread_adaptive {
public:
    void lock() { ::pthread_mutex_lock(&lock_); }
    void unlock() { ::pthread_mutex_unlock(&lock_); }

private:
    ::pthread_mutex_t lock_ = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
};

/// A lock whose holder brings a place, used as one that needs none. For one lock at a time.
template <class Lock, class Place>
class with_place {
public:
    void lock() { lock_.lock(mine_); }
    void unlock() { lock_.unlock(mine_); }

private:
    static inline thread_local Place mine_;
    Lock lock_;
};

#if defined(RACEKIT_PEER_ABSL)
class absl_mutex {
public:
    void lock() { lock_.Lock(); }
    void unlock() { lock_.Unlock(); }
    void lock_shared() { lock_.ReaderLock(); }
    void unlock_shared() { lock_.ReaderUnlock(); }

private:
    absl::Mutex lock_;
};
#endif

#if defined(RACEKIT_PEER_CK)
class ck_fas {
public:
    void lock() { ck_spinlock_fas_lock(&lock_); }
    void unlock() { ck_spinlock_fas_unlock(&lock_); }

private:
    ck_spinlock_fas_t lock_ = CK_SPINLOCK_FAS_INITIALIZER;
};

class ck_ticket {
public:
    void lock() { ck_spinlock_ticket_lock(&lock_); }
    void unlock() { ck_spinlock_ticket_unlock(&lock_); }

private:
    ck_spinlock_ticket_t lock_ = CK_SPINLOCK_TICKET_INITIALIZER;
};

class ck_mcs_queue {
public:
    void lock(ck_spinlock_mcs_context_t& mine) { ck_spinlock_mcs_lock(&queue_, &mine); }
    void unlock(ck_spinlock_mcs_context_t& mine) { ck_spinlock_mcs_unlock(&queue_, &mine); }

private:
    ck_spinlock_mcs_t queue_ = nullptr;
};
using ck_mcs = with_place<ck_mcs_queue, ck_spinlock_mcs_context_t>;
#endif

#if defined(RACEKIT_PEER_NSYNC)
class nsync_lock {
public:
    nsync_lock() { nsync::nsync_mu_init(&lock_); }
    void lock() { nsync::nsync_mu_lock(&lock_); }
    void unlock() { nsync::nsync_mu_unlock(&lock_); }
    void lock_shared() { nsync::nsync_mu_rlock(&lock_); }
    void unlock_shared() { nsync::nsync_mu_runlock(&lock_); }

private:
    nsync::nsync_mu lock_;
};
#endif

#if defined(RACEKIT_PEER_TBB)
class tbb_queue {
public:
    using place = tbb::queuing_mutex::scoped_lock;
    void lock(place& mine) { mine.acquire(lock_); }
    void unlock(place& mine) { mine.release(); }

private:
    tbb::queuing_mutex lock_;
};
using tbb_queuing_mutex = with_place<tbb_queue, tbb_queue::place>;
#endif

}  // namespace bench
