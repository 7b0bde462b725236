// SPDX-License-Identifier: MIT
// A number that processes share under a lock that survives its owner's death, compared with
// a plain process-shared POSIX mutex and with a robust one.
#include <racekit/platform.hpp>
#include <racekit/shared/shared_value.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <pthread.h>

namespace {

struct kit_value {
    void add_one() { value.fetch_add(1); }
    racekit::shared_value<long> value;
};

struct kit_locked {
    void add_one() {
        (void)gate.lock();
        benchmark::DoNotOptimize(++value);
        gate.unlock();
    }
    racekit::robust_mutex gate;
    long value = 0;
};

template <bool robust>
struct pthread_value {
    pthread_value() {
        ::pthread_mutexattr_t wanted;
        ::pthread_mutexattr_init(&wanted);
        ::pthread_mutexattr_setpshared(&wanted, PTHREAD_PROCESS_SHARED);
        if (robust) ::pthread_mutexattr_setrobust(&wanted, PTHREAD_MUTEX_ROBUST);
        ::pthread_mutex_init(&gate, &wanted);
        ::pthread_mutexattr_destroy(&wanted);
    }
    void add_one() {
        ::pthread_mutex_lock(&gate);
        benchmark::DoNotOptimize(++value);
        ::pthread_mutex_unlock(&gate);
    }
    ::pthread_mutex_t gate;
    long value = 0;
};

template <class Value>
struct scene {
    Value number;
    std::atomic<bool> begun{false};
    std::atomic<bool> over{false};
};

template <class Value>
void alone(benchmark::State& state) {
    racekit::shared_object<scene<Value>> shared;
    for (auto _ : state) shared->number.add_one();
}

/// This process is timed while another one does the same.
template <class Value>
void two_processes(benchmark::State& state) {
    racekit::shared_object<scene<Value>> shared;
    racekit::process other([&] {
        shared->begun.store(true);
        while (!shared->over.load(std::memory_order_relaxed)) shared->number.add_one();
    });
    while (!shared->begun.load()) racekit::spin_hint();
    for (auto _ : state) shared->number.add_one();
    shared->over.store(true);
    other.join();
}

[[maybe_unused]] bool const registered = [] {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("add_alone/racekit::shared_value", alone<kit_value>);
    RegisterBenchmark("add_alone/racekit::robust_mutex", alone<kit_locked>);
    RegisterBenchmark("add_2_processes/racekit::robust_mutex", two_processes<kit_locked>)
        ->UseRealTime();
    RegisterBenchmark("add_alone/pthread_mutex_pshared", alone<pthread_value<false>>);
    RegisterBenchmark("add_alone/pthread_mutex_pshared_robust", alone<pthread_value<true>>);
    RegisterBenchmark("add_2_processes/racekit::shared_value", two_processes<kit_value>)
        ->UseRealTime();
    RegisterBenchmark("add_2_processes/pthread_mutex_pshared", two_processes<pthread_value<false>>)
        ->UseRealTime();
    RegisterBenchmark("add_2_processes/pthread_mutex_pshared_robust",
                      two_processes<pthread_value<true>>)
        ->UseRealTime();
    return true;
}();

}  // namespace
