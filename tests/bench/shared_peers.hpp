// SPDX-License-Identifier: MIT
// What people would put into shared memory instead.
#pragma once

#include <boost/interprocess/ipc/message_queue.hpp>
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <pthread.h>
#include <string>
#include <unistd.h>

namespace bench {

using record = std::array<std::uint64_t, 8>;

/// The limit of every counter.
struct bare_atomic {
    void add_one() { value.fetch_add(1, std::memory_order_acq_rel); }
    std::atomic<long> value{0};
};

template <bool robust>
class pthread_lock {
public:
    pthread_lock() {
        ::pthread_mutexattr_t wanted;
        ::pthread_mutexattr_init(&wanted);
        ::pthread_mutexattr_setpshared(&wanted, PTHREAD_PROCESS_SHARED);
        if (robust) ::pthread_mutexattr_setrobust(&wanted, PTHREAD_MUTEX_ROBUST);
        ::pthread_mutex_init(&inside_, &wanted);
        ::pthread_mutexattr_destroy(&wanted);
    }
    void lock() { ::pthread_mutex_lock(&inside_); }
    void lock_shared() { lock(); }
    void unlock() { ::pthread_mutex_unlock(&inside_); }

private:
    ::pthread_mutex_t inside_;
};

class pthread_rwlock {
public:
    pthread_rwlock() {
        ::pthread_rwlockattr_t wanted;
        ::pthread_rwlockattr_init(&wanted);
        ::pthread_rwlockattr_setpshared(&wanted, PTHREAD_PROCESS_SHARED);
        ::pthread_rwlock_init(&inside_, &wanted);
        ::pthread_rwlockattr_destroy(&wanted);
    }
    void lock() { ::pthread_rwlock_wrlock(&inside_); }
    void lock_shared() { ::pthread_rwlock_rdlock(&inside_); }
    void unlock() { ::pthread_rwlock_unlock(&inside_); }

private:
    ::pthread_rwlock_t inside_;
};

/// 64 bytes under a lock.
template <class Lock>
class locked_record {
public:
    [[nodiscard]] record get() {
        gate_.lock_shared();
        record const copy = value_;
        gate_.unlock();
        return copy;
    }
    void set(record const& value) {
        gate_.lock();
        value_ = value;
        gate_.unlock();
    }

private:
    Lock gate_;
    record value_{};
};

/// 64 bytes behind a plain sequence lock, which a dead writer locks for ever.
class sequence_record {
public:
    [[nodiscard]] record get() const {
        for (;;) {
            std::uint64_t const before = sequence_.load(std::memory_order_acquire);
            record copy;
            for (std::size_t at = 0; at < copy.size(); ++at)
                copy[at] = words_[at].load(std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_acquire);
            if (before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before) return copy;
        }
    }
    void set(record const& value) {
        std::uint64_t const before = sequence_.load(std::memory_order_relaxed);
        sequence_.store(before + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        for (std::size_t at = 0; at < value.size(); ++at)
            words_[at].store(value[at], std::memory_order_relaxed);
        sequence_.store(before + 2, std::memory_order_release);
    }

private:
    std::atomic<std::uint64_t> sequence_{0};
    std::atomic<std::uint64_t> words_[8] = {};
};

/// 64 bytes that nothing keeps whole: the limit of every reader that writes nothing.
class unchecked_record {
public:
    [[nodiscard]] record get() const {
        record copy;
        for (std::size_t at = 0; at < copy.size(); ++at)
            copy[at] = words_[at].load(std::memory_order_relaxed);
        return copy;
    }
    void set(record const& value) {
        for (std::size_t at = 0; at < value.size(); ++at)
            words_[at].store(value[at], std::memory_order_relaxed);
    }

private:
    alignas(64) std::atomic<std::uint64_t> words_[8] = {};
};

/// Made before the fork, under a name that goes at once.
class boost_queue {
    using inside = boost::interprocess::message_queue;

public:
    boost_queue() : queue_(boost::interprocess::create_only, name().c_str(), 1024, sizeof(int)) {
        inside::remove(name().c_str());
    }
    void push(int number) { queue_.send(&number, sizeof number, 0); }
    bool pop(int& number) {
        inside::size_type size = 0;
        unsigned priority = 0;
        queue_.receive(&number, sizeof number, size, priority);
        return number != 0;
    }
    void end() { push(0); }

private:
    static std::string name() { return "racekit-bench-" + std::to_string(::getpid()); }
    inside queue_;
};

}  // namespace bench
