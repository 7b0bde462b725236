// SPDX-License-Identifier: MIT
// Queues compared with those of libcds, Boost, TBB, Concurrency Kit, moodycamel and atomic_queue,
// and with a simple queue under a mutex.
//
// Half of the threads put, half take; each run checks that what was taken is what was put. Times
// are of one iteration of one thread: of two threads, half the time between two elements.
#include "queue_peers.hpp"

#include "own_processor.hpp"
#include "second_thread.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

bench::second_thread const second;

/// Tries until it is done; gives the core away when that takes long.
template <class Attempt>
[[gnu::always_inline]] inline void insist(Attempt attempt) {
    for (int turn = 0; !attempt(); ++turn) {
        if (turn > 1000) racekit::spin_hint();
    }
}

template <class Queue>
struct shared_queues {
    explicit shared_queues(std::size_t capacity) : queue(capacity), back(capacity) {}
    ~shared_queues() {
        if (balance.load() == 0) return;
        std::fprintf(stderr, "a queue lost or doubled an element\n");
        std::abort();
    }
    Queue queue;
    Queue back;                    // the way back of a round trip
    std::atomic<long> balance{0};  // the sum of what was put, less what was taken
};

template <class Queue>
std::unique_ptr<shared_queues<Queue>> shared;

template <class Queue>
[[gnu::always_inline]] inline void put(Queue& queue, long element) {
    if constexpr (requires { queue.put(element); }) queue.put(element);
    else
        insist([&]() __attribute__((always_inline)) { return queue.push(element); });
}
template <class Queue>
[[gnu::always_inline]] inline void get(Queue& queue, long& into) {
    if constexpr (requires { queue.get(into); }) queue.get(into);
    else
        insist([&]() __attribute__((always_inline)) { return queue.pop(into); });
}

/// One element in, one out, by each thread.
template <class Queue>
void in_and_out(benchmark::State& state) {
    shared_queues<Queue>& on = *shared<Queue>;
    bench::own_processor const pinned(state);
    long element = 1;
    long sum = 0;
    for (auto _ : state) {
        put(on.queue, element);
        long got = 0;
        get(on.queue, got);
        sum += element - got;
        ++element;
    }
    on.balance += sum;
}

template <class Queue>
void stream(benchmark::State& state) {
    shared_queues<Queue>& on = *shared<Queue>;
    bench::own_processor const pinned(state);
    long sum = 0;
    if (state.thread_index() % 2 == 0) {
        long element = 0;
        for (auto _ : state) {
            put(on.queue, ++element);
            sum += element;
        }
        on.balance += sum;
    } else {
        long element = 0;
        for (auto _ : state) {
            get(on.queue, element);
            sum += element;
        }
        on.balance -= sum;
    }
}

/// 64 elements a call; what does not fit is tried again.
template <class Queue>
void batches(benchmark::State& state) {
    shared_queues<Queue>& on = *shared<Queue>;
    bench::own_processor const pinned(state);
    std::array<long, 64> elements;
    long sum = 0;
    elements.fill(7);
    for (auto _ : state) {
        std::size_t done = 0;
        bool const puts = state.thread_index() == 0;
        insist([&] {
            done += puts ? on.queue.push(elements.data() + done, elements.size() - done)
                         : on.queue.pop(elements.data() + done, elements.size() - done);
            return done == elements.size();
        });
        benchmark::DoNotOptimize(elements);
        for (long element : elements) sum += puts ? element : -element;
    }
    on.balance += sum;
}

template <class Queue>
void round_trip(benchmark::State& state) {
    shared_queues<Queue>& on = *shared<Queue>;
    bench::own_processor const pinned(state);
    long element = 1;
    bool const leads = state.thread_index() == 0;
    for (auto _ : state) {
        if (leads) put(on.queue, element);
        get(leads ? on.back : on.queue, element);
        if (!leads) put(on.back, element);
    }
    on.balance += element - 1;
}

template <class Queue>
void add(char const* work, char const* subject, void (*run)(benchmark::State&), long capacity,
         int threads) {
    auto* const one = benchmark::RegisterBenchmark(
        (std::string(work) + '/' + subject).c_str(), run);
    one->Arg(capacity)->Threads(threads)->UseRealTime();
    one->Setup([](benchmark::State const& state) {
        auto const capacity = static_cast<std::size_t>(state.range(0));
        shared<Queue> = std::make_unique<shared_queues<Queue>>(capacity);
    });
    one->Teardown([](benchmark::State const&) { shared<Queue>.reset(); });
}

template <class Queue>
void spsc(char const* subject) {
    add<Queue>("spsc_one_thread", subject, in_and_out<Queue>, 1024, 1);
    for (long capacity : {1024L, 65536L})
        add<Queue>("spsc_stream", subject, stream<Queue>, capacity, 2);
    add<Queue>("spsc_round_trip", subject, round_trip<Queue>, 1024, 2);
    if constexpr (requires(Queue & queue, long* some) { queue.push(some, std::size_t(1)); })
        add<Queue>("spsc_batch_of_64", subject, batches<Queue>, 1024, 2);
}

template <class Queue>
void mpmc(char const* subject, bool many = true) {
    add<Queue>("mpmc_one_thread", subject, in_and_out<Queue>, 1024, 1);
    add<Queue>("mpmc_stream", subject, stream<Queue>, 1024, 2);
    if (many) add<Queue>("mpmc_stream", subject, stream<Queue>, 1024, 8);
}

template <class Queue>
void blocking(char const* subject, bool many = true) {
    add<Queue>("blocking_round_trip", subject, round_trip<Queue>, 1024, 2);
    add<Queue>("blocking_stream", subject, stream<Queue>, 1024, 2);
    if (many) add<Queue>("blocking_stream", subject, stream<Queue>, 1024, 8);
}

template <class Stack>
void stack(char const* subject) {
    for (int threads : {1, 2, 8})
        add<Stack>("stack_in_and_out", subject, in_and_out<Stack>, 1024, threads);
}

[[maybe_unused]] bool const registered = [] {
    using namespace bench;
    spsc<racekit_spsc>("racekit::spsc_queue");
    spsc<boost_spsc>("boost::lockfree::spsc_queue");
    mpmc<racekit_mpmc>("racekit::mpmc_queue");
    mpmc<boost_mpmc>("boost::lockfree::queue");
    blocking<racekit_blocking<racekit::blocking_queue<long>>>("racekit::blocking_queue");
    blocking<racekit_blocking<racekit::monitor_queue<long>>>("racekit::monitor_queue");
    stack<racekit_bounded_stack>("racekit::bounded_stack");
    stack<racekit_treiber_stack>("racekit::treiber_stack");
    stack<boost_bounded_stack>("boost::lockfree::stack(bounded)");
    stack<boost_stack>("boost::lockfree::stack");
    blocking<textbook>("std::queue+mutex+condition_variable");
#if defined(RACEKIT_PEER_CDS)
    spsc<cds_spsc>("cds::WeakRingBuffer");
    mpmc<cds_mpmc>("cds::VyukovMPMCCycleQueue");
#endif
#if defined(RACEKIT_PEER_CK)
    spsc<ck_queue<true>>("ck_ring_spsc");
    // Not with more threads than cores: waiting threads spin, and it takes minutes.
    mpmc<ck_queue<false>>("ck_ring_mpmc", false);
#endif
#if defined(RACEKIT_PEER_TBB)
    mpmc<tbb_bounded>("tbb::concurrent_bounded_queue");
    blocking<tbb_bounded>("tbb::concurrent_bounded_queue");
#endif
#if defined(RACEKIT_PEER_MOODYCAMEL)
    mpmc<moodycamel_mpmc>("moodycamel::ConcurrentQueue(unbounded)");
    blocking<moodycamel_blocking>("moodycamel::BlockingConcurrentQueue(unbounded)");
#endif
#if defined(RACEKIT_PEER_READERWRITERQUEUE)
    spsc<moodycamel_spsc>("moodycamel::ReaderWriterQueue");
    blocking<moodycamel_circular>("moodycamel::BlockingReaderWriterCircularBuffer", false);
#endif
#if defined(RACEKIT_PEER_ATOMIC_QUEUE)
    spsc<atomic_queue_ring<true>>("atomic_queue::AtomicQueueB<SPSC>");
    mpmc<atomic_queue_ring<false>>("atomic_queue::AtomicQueueB");
#endif
#if defined(RACEKIT_PEER_BOOST_THREAD)
    blocking<boost_bounded>("boost::sync_bounded_queue");
#endif
    return true;
}();

}  // namespace
