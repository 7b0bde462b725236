// SPDX-License-Identifier: MIT
// Shared values, locks and queues between processes, compared with what people would use instead.
#include "own_processor.hpp"
#include "shared_peers.hpp"

#include <racekit/platform.hpp>
#include <racekit/shared/shared_queue.hpp>
#include <racekit/shared/shared_value.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>

namespace {

struct kit_value {
    void add_one() { value += 1; }
    racekit::shared_value<long> value{0};
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
struct pthread_locked {
    void add_one() {
        gate.lock();
        benchmark::DoNotOptimize(++value);
        gate.unlock();
    }
    bench::pthread_lock<robust> gate;
    long value = 0;
};

using kit_record = racekit::shared_value<bench::record>;

struct kit_queue {
    void push(int number) { (void)queue.push(number); }
    bool pop(int& number) { return queue.pop(number) == racekit::queue_state::done; }
    void end() { queue.close(); }
    racekit::shared_queue<int, 1024> queue;
};

template <class Value>
struct scene {
    Value number;
    alignas(64) std::atomic<bool> begun{false};
    std::atomic<bool> over{false};
};

template <class Value>
void alone(benchmark::State& state) {
    racekit::shared_object<scene<Value>> shared;
    for (auto _ : state) shared->number.add_one();
}

/// This process is timed while another one does `work` again and again.
template <class Value, class Work, class Timed>
void beside(benchmark::State& state, Work work, Timed timed) {
    racekit::shared_object<scene<Value>> shared;
    racekit::process other([&] {
        bench::own_processor const mine(1, 2);
        shared->begun.store(true);
        while (!shared->over.load(std::memory_order_relaxed)) work(shared->number);
    });
    bench::own_processor const mine(0, 2);
    while (!shared->begun.load()) racekit::spin_hint();
    for (auto _ : state) timed(shared->number);
    shared->over.store(true);
    other.join();
}

template <class Value>
void two_processes(benchmark::State& state) {
    auto const add = [](Value& number) { number.add_one(); };
    beside<Value>(state, add, add);
}

/// Reads 64 bytes; nanoseconds between two writes of another process, or -1 for none.
template <class Value>
void read_64(benchmark::State& state) {
    auto const read = [](Value& value) { benchmark::DoNotOptimize(value.get()); };
    auto const pause = std::chrono::nanoseconds(state.range(0));
    if (pause.count() < 0) {
        racekit::shared_object<Value> shared;
        for (auto _ : state) read(*shared);
        return;
    }
    bench::record written{};
    beside<Value>(
        state,
        [&](Value& value) {
            auto const next = std::chrono::steady_clock::now() + pause;
            ++written[0];
            value.set(written);
            while (pause.count() > 0 && std::chrono::steady_clock::now() < next) {
            }
        },
        read);
}

/// What this process pushes as fast as the other one pops.
template <class Queue>
void stream(benchmark::State& state) {
    racekit::shared_object<Queue> shared;
    racekit::process other([&] {
        bench::own_processor const mine(1, 2);
        int number = 0;
        while (shared->pop(number)) benchmark::DoNotOptimize(number);
    });
    bench::own_processor const mine(0, 2);
    for (auto _ : state) shared->push(1);
    shared->end();
    other.join();
}

template <class Value>
void register_adding(std::string const& name) {
    benchmark::RegisterBenchmark(("add_alone/" + name).c_str(), alone<Value>);
    benchmark::RegisterBenchmark(("add_2_processes/" + name).c_str(), two_processes<Value>)
        ->UseRealTime();
}
template <class Value>
void register_reading(std::string const& name) {
    for (auto const& [work, pause] : {std::pair{"read_64_idle/", -1L},
                                      {"read_64_writer_each_us/", 1000L},
                                      {"read_64_writer_flat_out/", 0L}})
        benchmark::RegisterBenchmark((work + name).c_str(), read_64<Value>)
            ->Arg(pause)
            ->UseRealTime();
}

[[maybe_unused]] bool const registered = [] {
    register_adding<kit_value>("racekit::shared_value");
    register_adding<bench::bare_atomic>("reference::fetch_add");
    register_adding<kit_locked>("racekit::robust_mutex");
    register_adding<pthread_locked<false>>("pthread_mutex_pshared");
    register_adding<pthread_locked<true>>("pthread_mutex_pshared_robust");
    register_reading<kit_record>("racekit::shared_value");
    register_reading<bench::locked_record<bench::pthread_lock<false>>>("pthread_mutex_pshared");
    register_reading<bench::locked_record<bench::pthread_rwlock>>("pthread_rwlock_pshared");
    register_reading<bench::sequence_record>("seqlock");
    register_reading<bench::unchecked_record>("reference::unchecked_copy");
    benchmark::RegisterBenchmark("queue_int/racekit::shared_queue", stream<kit_queue>)
        ->UseRealTime();
    benchmark::RegisterBenchmark("queue_int/boost::message_queue", stream<bench::boost_queue>)
        ->UseRealTime();
    return true;
}();

}  // namespace
