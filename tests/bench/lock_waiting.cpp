// SPDX-License-Identifier: MIT
// Semaphores, hand-overs and barriers compared with those of the standard library, POSIX and ck.
#include "own_processor.hpp"
#include "second_thread.hpp"

#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/barrier.hpp>
#include <racekit/lock/semaphore.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <linux/futex.h>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <semaphore>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#if defined(RACEKIT_PEER_CK)
extern "C" {
#include <ck_pr.h>
#include <spinlock/fas.h>
// What else it would include is C that is not C++.
#define CK_SPINLOCK_H
#include <ck_barrier.h>
}
#endif

namespace {

bench::second_thread const second;

class posix_semaphore {
public:
    explicit posix_semaphore(unsigned permits) { ::sem_init(&inside_, 0, permits); }
    ~posix_semaphore() { ::sem_destroy(&inside_); }
    void acquire() { ::sem_wait(&inside_); }
    void release() { ::sem_post(&inside_); }

private:
    ::sem_t inside_;
};

/// The least that giving and taking can cost: a read-modify-write each. No semaphore.
class two_modifications {
public:
    explicit two_modifications(int permits) : permits_(permits) {}
    void acquire() {
        long expected = 1;
        permits_.compare_exchange_strong(expected, 0, std::memory_order_acquire,
                                         std::memory_order_relaxed);
    }
    void release() { permits_.fetch_add(1, std::memory_order_release); }

private:
    std::atomic<long> permits_;
};

template <class Semaphore>
void alone(benchmark::State& state) {
    static Semaphore gate(1);
    for (auto _ : state) {
        gate.acquire();
        gate.release();
    }
}

// Signals: one waits, the other lets it go on, once each time ---------------------------------

template <class Semaphore>
class by_semaphore {
public:
    void give() { inside_.release(); }
    void take() { inside_.acquire(); }

private:
    Semaphore inside_{0};
};

class by_event {
public:
    void give() { inside_.set(); }
    void take() { inside_.wait(); }

private:
    racekit::auto_reset_event inside_;
};

class by_atomic_wait {
public:
    void give() {
        given_.store(1, std::memory_order_release);
        given_.notify_one();
    }
    void take() {
        given_.wait(0, std::memory_order_acquire);
        given_.store(0, std::memory_order_relaxed);
    }

private:
    std::atomic<int> given_{0};
};

class by_condition {
public:
    void give() {
        {
            std::lock_guard hold(gate_);
            given_ = true;
        }
        changed_.notify_one();
    }
    void take() {
        std::unique_lock hold(gate_);
        changed_.wait(hold, [&] { return given_; });
        given_ = false;
    }

private:
    std::mutex gate_;
    std::condition_variable changed_;
    bool given_ = false;
};

/// The lower limit with sleeping: no thread spins, every give() is a system call.
class by_bare_futex {
public:
    void give() {
        given_.store(1, std::memory_order_release);
        ::syscall(SYS_futex, &given_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
    void take() {
        while (given_.load(std::memory_order_acquire) == 0)
            ::syscall(SYS_futex, &given_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
        given_.store(0, std::memory_order_relaxed);
    }

private:
    std::atomic<int> given_{0};
};

/// The least that any hand-over costs.
class by_spinning {
public:
    void give() { given_.store(1, std::memory_order_release); }
    void take() {
        while (given_.load(std::memory_order_acquire) == 0) {
        }
        given_.store(0, std::memory_order_relaxed);
    }

private:
    std::atomic<int> given_{0};
};

/// There and back, both running.
template <class Signal>
void hand_over(benchmark::State& state) {
    struct alignas(64) apart { Signal signal; };
    static apart there;
    static apart back;
    bench::own_processor const pinned(state);
    for (auto _ : state) {
        if (state.thread_index() == 0) {
            there.signal.give();
            back.signal.take();
        } else {
            there.signal.take();
            back.signal.give();
        }
    }
}

/// To a thread that has waited long enough to sleep, until it is seen running again.
template <class Signal>
void hand_over_asleep(benchmark::State& state) {
    using clock = std::chrono::steady_clock;
    Signal signal;
    std::atomic<long> taken{0};
    std::atomic<bool> over{false};
    std::thread sleeper([&] {
        bench::own_processor const other(1, 2);
        while (!over.load(std::memory_order_acquire)) {
            signal.take();
            taken.fetch_add(1, std::memory_order_release);
        }
    });
    bench::own_processor const waker(0, 2);  // after the start: a thread inherits it
    long given = 0;
    auto const give = [&] {
        signal.give();
        ++given;
        while (taken.load(std::memory_order_acquire) != given) {
        }
    };
    for (auto _ : state) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        auto const rested = clock::now() + std::chrono::microseconds(50);
        while (clock::now() < rested) {
        }
        auto const began = clock::now();
        give();
        state.SetIterationTime(std::chrono::duration<double>(clock::now() - began).count());
    }
    over.store(true, std::memory_order_release);
    give();
    sleeper.join();
}

// Barriers of two -----------------------------------------------------------------------------

class standard_barrier {
public:
    void wait(int) { inside_.arrive_and_wait(); }

private:
    std::barrier<> inside_{2};
};

class posix_barrier {
public:
    posix_barrier() { ::pthread_barrier_init(&inside_, nullptr, 2); }
    ~posix_barrier() { ::pthread_barrier_destroy(&inside_); }
    void wait(int) { ::pthread_barrier_wait(&inside_); }

private:
    ::pthread_barrier_t inside_;
};

class ours {
public:
    void wait(int) { (void)inside_.wait(); }

private:
    racekit::barrier inside_{2};
};

#if defined(RACEKIT_PEER_CK)
class ck_centralized {
public:
    void wait(int self) { ::ck_barrier_centralized(&inside_, &senses_[self].sense, 2); }

private:
    // A party's own: it outlives the threads that one repetition runs on.
    struct alignas(64) apart {
        ck_barrier_centralized_state_t sense = CK_BARRIER_CENTRALIZED_STATE_INITIALIZER;
    };
    apart senses_[2];
    ck_barrier_centralized_t inside_ = CK_BARRIER_CENTRALIZED_INITIALIZER;
};
#endif

template <class Barrier>
void meeting(benchmark::State& state) {
    alignas(64) static Barrier barrier;
    bench::own_processor const pinned(state);
    for (auto _ : state) barrier.wait(state.thread_index());
}

template <class Signal>
void register_signal(std::string const& name) {
    benchmark::RegisterBenchmark(("hand_over/" + name).c_str(), hand_over<Signal>)
        ->Threads(2)
        ->UseRealTime();
    benchmark::RegisterBenchmark(("hand_over_asleep/" + name).c_str(), hand_over_asleep<Signal>)
        ->UseManualTime();
}

template <class Barrier>
void register_barrier(std::string const& name) {
    benchmark::RegisterBenchmark(("barrier_of_2/" + name).c_str(), meeting<Barrier>)
        ->Threads(2)
        ->UseRealTime();
}

[[maybe_unused]] bool const registered = [] {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("semaphore_alone/racekit::semaphore", alone<racekit::semaphore>);
    RegisterBenchmark("semaphore_alone/sem_t", alone<posix_semaphore>);
    RegisterBenchmark("semaphore_alone/std::counting_semaphore",
                      alone<std::counting_semaphore<>>);
    RegisterBenchmark("semaphore_alone/limit", alone<two_modifications>);
    register_signal<by_semaphore<racekit::semaphore>>("racekit::semaphore");
    register_signal<by_event>("racekit::auto_reset_event");
    register_signal<by_atomic_wait>("std::atomic::wait");
    register_signal<by_semaphore<std::counting_semaphore<>>>("std::counting_semaphore");
    register_signal<by_condition>("std::condition_variable");
    register_signal<by_semaphore<posix_semaphore>>("sem_t");
    register_signal<by_bare_futex>("bare futex");
    benchmark::RegisterBenchmark("hand_over/limit", hand_over<by_spinning>)
        ->Threads(2)
        ->UseRealTime();
    register_barrier<ours>("racekit::barrier");
    register_barrier<standard_barrier>("std::barrier");
    register_barrier<posix_barrier>("pthread_barrier");
#if defined(RACEKIT_PEER_CK)
    register_barrier<ck_centralized>("ck_barrier_centralized");
#endif
    return true;
}();

}  // namespace
