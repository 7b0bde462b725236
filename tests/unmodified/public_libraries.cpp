// SPDX-License-Identifier: MIT
// Small clients of public libraries as Debian has them; not one line of them is changed.
#undef NDEBUG
#include "programs.hpp"

#include <atomic_queue/atomic_queue.h>
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/lockfree/stack.hpp>
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>
#include <libcuckoo/cuckoohash_map.hh>
#include <readerwriterqueue/readerwritercircularbuffer.h>
#include <readerwriterqueue/readerwriterqueue.h>
#include <tbb/queuing_mutex.h>
#include <tbb/spin_mutex.h>
#include <tbb/spin_rw_mutex.h>
#include <xenium/chase_work_stealing_deque.hpp>
#include <xenium/left_right.hpp>
#include <xenium/michael_scott_queue.hpp>
#include <xenium/ramalhete_queue.hpp>
#include <xenium/reclamation/hazard_pointer.hpp>
#include <xenium/seqlock.hpp>
#include <xenium/vyukov_bounded_queue.hpp>

#include <thread>

namespace {

int plain = 0;

// Each producer passes on what it wrote to a plain variable.
struct item {
    int value = 0;
};
item items[2];

int concurrent_queue() {
    moodycamel::ConcurrentQueue<item*> queue(4);
    both([&] { items[0].value = 1, queue.enqueue(&items[0]); },
         [&] { items[1].value = 1, queue.enqueue(&items[1]); });
    item* got = nullptr;
    int sum = 0;
    while (queue.try_dequeue(got)) sum += got->value;
    assert(sum == 2);
    return 0;
}
int concurrent_queue_and_consumer() {
    moodycamel::ConcurrentQueue<item*> queue(4);
    both([&] { items[0].value = 1, queue.enqueue(&items[0]); },
         [&] {
             item* got = nullptr;
             if (queue.try_dequeue(got)) assert(got->value == 1);
         });
    return 0;
}
int blocking_concurrent_queue() {
    moodycamel::BlockingConcurrentQueue<item*> queue(4);
    both([&] { items[0].value = 1, queue.enqueue(&items[0]); },
         [&] {
             item* got = nullptr;
             queue.wait_dequeue(got);
             assert(got->value == 1);
         });
    return 0;
}
int reader_writer_queue() {
    moodycamel::ReaderWriterQueue<int> queue(2);
    int sum = 0;
    both(
        [&] {
            for (int at = 1; at <= 2; ++at) queue.enqueue(at);
        },
        [&] {
            for (int got = 0, count = 0; count < 2;)
                if (queue.try_dequeue(got)) sum += got, ++count;
        });
    assert(sum == 3);
    return 0;
}
int reader_writer_buffer() {
    moodycamel::BlockingReaderWriterCircularBuffer<int> queue(1);
    int sum = 0;
    both(
        [&] {
            for (int at = 1; at <= 2; ++at) queue.wait_enqueue(at);
        },
        [&] {
            for (int got = 0, count = 0; count < 2; ++count) queue.wait_dequeue(got), sum += got;
        });
    assert(sum == 3);
    return 0;
}
int atomic_queue_of_pointers() {
    atomic_queue::AtomicQueue<item*, 4> queue;
    both([&] { items[0].value = 1, queue.push(&items[0]); },
         [&] { items[1].value = 1, queue.push(&items[1]); });
    assert(queue.pop()->value + queue.pop()->value == 2);
    return 0;
}
int atomic_queue_2() {
    atomic_queue::AtomicQueue2<int, 4> queue;
    both([&] { queue.push(1); },
         [&] {
             int got = 0;
             if (queue.try_pop(got)) assert(got == 1);
         });
    return 0;
}
int boost_spsc_queue() {
    boost::lockfree::spsc_queue<int, boost::lockfree::capacity<2>> queue;
    both(
        [&] {
            for (int at = 1; at <= 3; ++at)
                while (!queue.push(at)) {
                }
        },
        [&] {
            for (int got = 0, next = 1; next <= 3;)
                if (queue.pop(got)) assert(got == next), ++next;
        });
    return 0;
}
int boost_queue() {
    boost::lockfree::queue<int, boost::lockfree::fixed_sized<true>> queue(2);
    both([&] { queue.push(1); },
         [&] {
             int got = 0;
             if (queue.pop(got)) assert(got == 1);
         });
    return 0;
}
int boost_stack() {
    boost::lockfree::stack<int, boost::lockfree::fixed_sized<true>> stack(2);
    both(
        [&] {
            stack.push(1);
            int got = 0;
            (void)stack.pop(got);
        },
        [&] {
            stack.push(2);
            int got = 0;
            (void)stack.pop(got);
        });
    return 0;
}
int cuckoo_map() {
    libcuckoo::cuckoohash_map<int, int> map(4);
    both([&] { map.insert(1, 1); }, [&] { map.insert(2, 2); });
    assert(map.size() == 2);
    return 0;
}
int xenium_vyukov_queue() {
    xenium::vyukov_bounded_queue<int> queue(2);
    both([&] { (void)queue.try_push(1); },
         [&] {
             int got = 0;
             if (queue.try_pop(got)) assert(got == 1);
         });
    return 0;
}
int xenium_seqlock() {
    struct pair {
        long first, second;
    };
    xenium::seqlock<pair> value;
    both([&] { value.store({1, 1}); },
         [&] {
             pair const seen = value.load();
             assert(seen.first == seen.second);
         });
    return 0;
}
int xenium_left_right() {
    xenium::left_right<int> value(1);
    both([&] { value.update([](int& each) { each = 2; }); },
         [&] { value.read([](int const& each) { assert(each == 1 || each == 2); }); });
    return 0;
}
int xenium_deque() {
    xenium::chase_work_stealing_deque<item> deque;
    both(
        [&] {
            items[0].value = 1;
            (void)deque.try_push(&items[0]);
            item* got = nullptr;
            if (deque.try_pop(got)) assert(got->value == 1);
        },
        [&] {
            item* got = nullptr;
            if (deque.try_steal(got)) assert(got->value == 1);
        });
    return 0;
}
int xenium_michael_scott_queue() {
    xenium::michael_scott_queue<int,
                                xenium::policy::reclaimer<xenium::reclamation::hazard_pointer<>>>
        queue;
    both([&] { queue.push(1); },
         [&] {
             int got = 0;
             if (queue.try_pop(got)) assert(got == 1);
         });
    return 0;
}
template <class Mutex>
int guards_a_counter() {
    static Mutex mutex;
    auto const add = [] {
        typename Mutex::scoped_lock const hold(mutex);
        ++plain;
    };
    both(add, add);
    assert(plain == 2);
    return 0;
}

constexpr program all[] = {{"concurrent_queue", concurrent_queue},
                           {"concurrent_queue_and_consumer", concurrent_queue_and_consumer},
                           {"blocking_concurrent_queue", blocking_concurrent_queue},
                           {"reader_writer_queue", reader_writer_queue},
                           {"reader_writer_buffer", reader_writer_buffer},
                           {"atomic_queue_of_pointers", atomic_queue_of_pointers},
                           {"atomic_queue_2", atomic_queue_2},
                           {"boost_spsc_queue", boost_spsc_queue},
                           {"boost_queue", boost_queue},
                           {"boost_stack", boost_stack},
                           {"cuckoo_map", cuckoo_map},
                           {"xenium_vyukov_queue", xenium_vyukov_queue},
                           {"xenium_seqlock", xenium_seqlock},
                           {"xenium_left_right", xenium_left_right},
                           {"xenium_deque", xenium_deque},
                           {"xenium_michael_scott_queue", xenium_michael_scott_queue},
                           {"tbb_spin_mutex", guards_a_counter<tbb::spin_mutex>},
                           {"tbb_spin_rw_mutex", guards_a_counter<tbb::spin_rw_mutex>},
                           {"tbb_queuing_mutex", guards_a_counter<tbb::queuing_mutex>}};

}  // namespace

int main(int words, char** word) { return run_program(all, words, word); }
