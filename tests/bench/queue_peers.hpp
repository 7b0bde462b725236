// SPDX-License-Identifier: MIT
// The queues that others offer, each with push and pop that never wait, or put and get that do.
#pragma once

#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/bounded_stack.hpp>
#include <racekit/queue/mpmc_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/queue/treiber_stack.hpp>

#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/lockfree/stack.hpp>

#include <bit>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <queue>
#include <span>
#include <utility>

#if defined(RACEKIT_PEER_CDS)
#include <cds/container/vyukov_mpmc_cycle_queue.h>
#include <cds/container/weak_ringbuffer.h>
#endif
#if defined(RACEKIT_PEER_CK)
#define false 0  // it returns false where a null pointer is due, which g++ does not take
extern "C" {
#include <ck_ring.h>
}
#undef false
#endif
#if defined(RACEKIT_PEER_TBB)
#include <tbb/concurrent_queue.h>
#endif
#if defined(RACEKIT_PEER_MOODYCAMEL)
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>
#endif
#if defined(RACEKIT_PEER_READERWRITERQUEUE)
#include <readerwriterqueue/readerwritercircularbuffer.h>
#include <readerwriterqueue/readerwriterqueue.h>
#endif
#if defined(RACEKIT_PEER_ATOMIC_QUEUE)
#include <atomic_queue/atomic_queue.h>
#endif
#if defined(RACEKIT_PEER_BOOST_THREAD)
#include <boost/thread/sync_bounded_queue.hpp>
#endif

namespace bench {

template <class Queue>
struct over {
    explicit over(std::size_t capacity) : queue(capacity) {}
    Queue queue;
};

struct racekit_spsc : over<racekit::spsc_queue<long>> {
    using over::over;
    bool push(long element) { return queue.try_push(element); }
    bool pop(long& into) { return queue.try_pop(into); }
    std::size_t push(long* from, std::size_t count) {
        return queue.push_many(std::span(from, count));
    }
    std::size_t pop(long* into, std::size_t count) {
        return queue.pop_many(std::span(into, count));
    }
};
struct racekit_mpmc : over<racekit::mpmc_queue<long>> {
    using over::over;
    bool push(long element) { return queue.try_push(element); }
    bool pop(long& into) { return queue.try_pop(into); }
};
template <class Queue>
struct racekit_blocking : over<Queue> {
    using over<Queue>::over;
    void put(long element) { (void)this->queue.put(element); }
    void get(long& into) { (void)this->queue.get(into); }
};

struct boost_spsc : over<boost::lockfree::spsc_queue<long>> {
    using over::over;
    bool push(long element) { return queue.push(element); }
    bool pop(long& into) { return queue.pop(into); }
    std::size_t push(long* from, std::size_t count) { return queue.push(from, count); }
    std::size_t pop(long* into, std::size_t count) { return queue.pop(into, count); }
};
struct boost_mpmc : over<boost::lockfree::queue<long>> {
    using over::over;
    bool push(long element) { return queue.bounded_push(element); }
    bool pop(long& into) { return queue.pop(into); }
};

struct racekit_bounded_stack : over<racekit::bounded_stack<long>> {
    using over::over;
    bool push(long element) { return queue.try_push(std::move(element)); }
    bool pop(long& into) { return queue.try_pop(into); }
};
struct racekit_treiber_stack {
    explicit racekit_treiber_stack(std::size_t) {}
    void put(long element) { queue.push(std::move(element)); }
    bool pop(long& into) { return queue.try_pop(into); }
    racekit::treiber_stack<long> queue;
};
struct boost_bounded_stack : over<boost::lockfree::stack<long>> {
    using over::over;
    bool push(long element) { return queue.bounded_push(element); }
    bool pop(long& into) { return queue.pop(into); }
};
struct boost_stack : over<boost::lockfree::stack<long>> {
    explicit boost_stack(std::size_t) : over(0) {}
    void put(long element) { (void)queue.push(element); }
    bool pop(long& into) { return queue.pop(into); }
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

#if defined(RACEKIT_PEER_CDS)
struct cds_spsc : over<cds::container::WeakRingBuffer<long>> {
    using over::over;
    bool push(long element) { return queue.push(element); }
    bool pop(long& into) { return queue.pop(into); }
    std::size_t push(long* from, std::size_t count) { return queue.push(from, count) ? count : 0; }
    std::size_t pop(long* into, std::size_t count) { return queue.pop(into, count) ? count : 0; }
};
struct cds_mpmc : over<cds::container::VyukovMPMCCycleQueue<long>> {
    using over::over;
    bool push(long element) { return queue.enqueue(element); }
    bool pop(long& into) { return queue.dequeue(into); }
};
#endif

#if defined(RACEKIT_PEER_CK)
template <bool single>
struct ck_queue {
    explicit ck_queue(std::size_t capacity)
        : cells(std::make_unique<ck_ring_buffer_t[]>(std::bit_ceil(capacity + 1))) {
        ck_ring_init(&ring, static_cast<unsigned>(std::bit_ceil(capacity + 1)));
    }
    bool push(long element) {
        void* const entry = std::bit_cast<void*>(element);
        return single ? ck_ring_enqueue_spsc(&ring, cells.get(), entry)
                      : ck_ring_enqueue_mpmc(&ring, cells.get(), entry);
    }
    bool pop(long& into) {
        void* entry = nullptr;
        bool const done = single ? ck_ring_dequeue_spsc(&ring, cells.get(), &entry)
                                 : ck_ring_dequeue_mpmc(&ring, cells.get(), &entry);
        into = std::bit_cast<long>(entry);
        return done;
    }
    ck_ring_t ring;
    std::unique_ptr<ck_ring_buffer_t[]> cells;
};
#endif

#if defined(RACEKIT_PEER_TBB)
struct tbb_bounded {
    explicit tbb_bounded(std::size_t capacity) {
        queue.set_capacity(static_cast<std::ptrdiff_t>(capacity));
    }
    bool push(long element) { return queue.try_push(element); }
    bool pop(long& into) { return queue.try_pop(into); }
    void put(long element) { queue.push(element); }
    void get(long& into) { queue.pop(into); }
    tbb::concurrent_bounded_queue<long> queue;
};
#endif

#if defined(RACEKIT_PEER_MOODYCAMEL)
struct moodycamel_mpmc : over<moodycamel::ConcurrentQueue<long>> {
    using over::over;
    bool push(long element) { return queue.enqueue(element); }
    bool pop(long& into) { return queue.try_dequeue(into); }
};
struct moodycamel_blocking : over<moodycamel::BlockingConcurrentQueue<long>> {
    using over::over;
    void put(long element) { queue.enqueue(element); }
    void get(long& into) { queue.wait_dequeue(into); }
};
#endif

#if defined(RACEKIT_PEER_READERWRITERQUEUE)
struct moodycamel_spsc : over<moodycamel::ReaderWriterQueue<long>> {
    using over::over;
    bool push(long element) { return queue.try_enqueue(element); }
    bool pop(long& into) { return queue.try_dequeue(into); }
};
struct moodycamel_circular : over<moodycamel::BlockingReaderWriterCircularBuffer<long>> {
    using over::over;
    void put(long element) { queue.wait_enqueue(element); }
    void get(long& into) { queue.wait_dequeue(into); }
};
#endif

#if defined(RACEKIT_PEER_ATOMIC_QUEUE)
/// Elements from 1 on: 0 is its empty slot.
template <bool single>
struct atomic_queue_ring
    : over<atomic_queue::AtomicQueueB<long, std::allocator<long>, 0L, false, false, single>> {
    using over<atomic_queue::AtomicQueueB<long, std::allocator<long>, 0L, false, false,
                                          single>>::over;
    bool push(long element) { return this->queue.try_push(element); }
    bool pop(long& into) { return this->queue.try_pop(into); }
};
#endif

#if defined(RACEKIT_PEER_BOOST_THREAD)
struct boost_bounded : over<boost::sync_bounded_queue<long>> {
    using over::over;
    void put(long element) { queue.push_back(element); }
    void get(long& into) { queue.pull_front(into); }
};
#endif

}  // namespace bench
