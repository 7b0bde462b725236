// Locks beside those of the standard library and of POSIX.
#include "second_thread.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>

namespace {

bench::second_thread const company;

class pthread_spin {
public:
    pthread_spin() { ::pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
    ~pthread_spin() { ::pthread_spin_destroy(&lock_); }
    void lock() { ::pthread_spin_lock(&lock_); }
    void unlock() { ::pthread_spin_unlock(&lock_); }

private:
    ::pthread_spinlock_t lock_;
};

template <class Lock>
struct guarded {
    alignas(64) Lock gate;
    alignas(64) long counter = 0;
};

void work_of_about_50_ns() {
    unsigned long value = 1;
    for (int step = 0; step < 46; ++step) {
        value = value * 3;
        benchmark::DoNotOptimize(value);
    }
}

/// Lock, count, unlock; and work between two sections, if they are `apart`.
template <class Lock, bool apart>
void sections(benchmark::State& state) {
    static guarded<Lock> shared;
    for (auto _ : state) {
        shared.gate.lock();
        benchmark::DoNotOptimize(++shared.counter);
        shared.gate.unlock();
        if constexpr (apart) work_of_about_50_ns();
    }
}

template <class Lock>
void reading(benchmark::State& state) {
    static guarded<Lock> shared;
    for (auto _ : state) {
        shared.gate.lock_shared();
        benchmark::DoNotOptimize(shared.counter);
        shared.gate.unlock_shared();
    }
}

/// Two threads take turns: a wake-up each way.
template <class Mutex, class Condition, class Guard>
void turns(benchmark::State& state) {
    static Mutex gate;
    static Condition changed;
    static int turn = 0;
    int const self = state.thread_index();
    for (auto _ : state) {
        {
            Guard hold(gate);
            changed.wait(hold, [&] { return turn == self; });
            turn = 1 - self;
        }
        changed.notify_one();
    }
}

void as_two_threads(benchmark::internal::Benchmark* one) { one->Threads(2)->UseRealTime(); }

[[maybe_unused]] bool const registered = [] {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("mutex_alone/racekit::mutex", sections<racekit::mutex, false>);
    RegisterBenchmark("mutex_alone/std::mutex", sections<std::mutex, false>);
    RegisterBenchmark("spin_lock_alone/racekit::spin_lock", sections<racekit::spin_lock, false>);
    RegisterBenchmark("spin_lock_alone/pthread_spin_lock", sections<pthread_spin, false>);
    RegisterBenchmark("read_lock_alone/racekit::shared_mutex", reading<racekit::shared_mutex>);
    RegisterBenchmark("read_lock_alone/std::shared_mutex", reading<std::shared_mutex>);
    for (auto* one : {
             RegisterBenchmark("mutex_tight/racekit::mutex", sections<racekit::mutex, false>),
             RegisterBenchmark("mutex_tight/std::mutex", sections<std::mutex, false>),
             RegisterBenchmark("mutex_50_ns_apart/racekit::mutex", sections<racekit::mutex, true>),
             RegisterBenchmark("mutex_50_ns_apart/std::mutex", sections<std::mutex, true>),
             RegisterBenchmark("read_lock/racekit::shared_mutex", reading<racekit::shared_mutex>),
             RegisterBenchmark("read_lock/std::shared_mutex", reading<std::shared_mutex>),
             RegisterBenchmark("take_turns/racekit::condition_variable",
                               turns<racekit::mutex, racekit::condition_variable,
                                     racekit::unique_lock<racekit::mutex>>),
             RegisterBenchmark("take_turns/std::condition_variable",
                               turns<std::mutex, std::condition_variable,
                                     std::unique_lock<std::mutex>>),
         })
        as_two_threads(one);
    return true;
}();

}  // namespace
