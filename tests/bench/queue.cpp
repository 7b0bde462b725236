// Queues beside boost's, and beside the queue that everybody writes with a mutex.
#include "second_thread.hpp"

#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>

#include <benchmark/benchmark.h>
#include <boost/lockfree/spsc_queue.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <queue>

namespace {

bench::second_thread const company;

struct racekit_spsc {
    explicit racekit_spsc(std::size_t capacity) : queue(capacity) {}
    bool push(long element) { return queue.try_push(element); }
    bool pop(long& into) { return queue.try_pop(into); }
    racekit::spsc_queue<long> queue;
};

struct boost_spsc {
    explicit boost_spsc(std::size_t capacity) : queue(capacity) {}
    bool push(long element) { return queue.push(element); }
    bool pop(long& into) { return queue.pop(into); }
    boost::lockfree::spsc_queue<long> queue;
};

struct racekit_blocking {
    explicit racekit_blocking(std::size_t capacity) : queue(capacity) {}
    void put(long element) { (void)queue.put(element); }
    void get(long& into) { (void)queue.get(into); }
    racekit::blocking_queue<long> queue;
};

/// The bounded queue of every textbook.
struct textbook {
    explicit textbook(std::size_t most) : capacity(most) {}
    void put(long element) {
        {
            std::unique_lock hold(gate);
            not_full.wait(hold, [&] { return queue.size() < capacity; });
            queue.push(element);
        }
        not_empty.notify_one();
    }
    void get(long& into) {
        {
            std::unique_lock hold(gate);
            not_empty.wait(hold, [&] { return !queue.empty(); });
            into = queue.front();
            queue.pop();
        }
        not_full.notify_one();
    }
    std::size_t const capacity;
    std::queue<long> queue;
    std::mutex gate;
    std::condition_variable not_empty;
    std::condition_variable not_full;
};

/// Tries until it is done; gives the core away when that takes long.
template <class Attempt>
void insist(Attempt attempt) {
    for (int turn = 0; !attempt(); ++turn) {
        if (turn > 1000) racekit::spin_hint();
    }
}

template <class Queue>
std::unique_ptr<Queue> shared;

template <class Queue>
void build(benchmark::State const& state) {
    shared<Queue> = std::make_unique<Queue>(static_cast<std::size_t>(state.range(0)));
}

template <class Queue>
void push_and_pop(benchmark::State& state) {
    Queue& queue = *shared<Queue>;
    long element = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(queue.push(element));
        benchmark::DoNotOptimize(queue.pop(element));
    }
}

/// Thread 0 produces, thread 1 consumes the same number of elements, and both are timed.
template <class Queue>
void stream(benchmark::State& state) {
    Queue& queue = *shared<Queue>;
    long element = 0;
    if (state.thread_index() == 0) {
        for (auto _ : state) insist([&] { return queue.push(++element); });
    } else {
        for (auto _ : state) {
            insist([&] { return queue.pop(element); });
            benchmark::DoNotOptimize(element);
        }
    }
}

template <class Queue>
void blocking_stream(benchmark::State& state) {
    Queue& queue = *shared<Queue>;
    long element = 0;
    if (state.thread_index() % 2 == 0) {
        for (auto _ : state) queue.put(++element);
    } else {
        for (auto _ : state) {
            queue.get(element);
            benchmark::DoNotOptimize(element);
        }
    }
}

void setup(benchmark::internal::Benchmark* one, void (*builder)(benchmark::State const&),
           long capacity, int threads) {
    one->Setup(builder)->Arg(capacity)->Threads(threads)->UseRealTime();
}

[[maybe_unused]] bool const registered = [] {
    using benchmark::RegisterBenchmark;
    setup(RegisterBenchmark("spsc_one_thread/racekit::spsc_queue", push_and_pop<racekit_spsc>),
          build<racekit_spsc>, 1024, 1);
    setup(RegisterBenchmark("spsc_one_thread/boost::lockfree::spsc_queue",
                            push_and_pop<boost_spsc>),
          build<boost_spsc>, 1024, 1);
    for (long capacity : {1024L, 65536L}) {
        setup(RegisterBenchmark("spsc_stream/racekit::spsc_queue", stream<racekit_spsc>),
              build<racekit_spsc>, capacity, 2);
        setup(RegisterBenchmark("spsc_stream/boost::lockfree::spsc_queue", stream<boost_spsc>),
              build<boost_spsc>, capacity, 2);
    }
    for (int threads : {2, 8}) {
        setup(RegisterBenchmark("blocking_stream/racekit::blocking_queue",
                                blocking_stream<racekit_blocking>),
              build<racekit_blocking>, 1024, threads);
        setup(RegisterBenchmark("blocking_stream/std::queue+mutex+condition_variable",
                                blocking_stream<textbook>),
              build<textbook>, 1024, threads);
    }
    return true;
}();

}  // namespace
