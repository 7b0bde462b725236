// SPDX-License-Identifier: MIT
// blocking_queue: the queue to take unless you know better: bounded, for any number of producers
// and consumers that may wait. unbounded_queue: the same, without a bound.
//
//     blocking_queue<int> tasks(100);                      // first in, first out
//     blocking_queue<int, lifo> tasks(100);                // last in, first out
//     blocking_queue<int, priority<>> tasks(100);          // the greatest first
//     unbounded_queue<int> tasks;                          // put never waits
//
// First in, first out it is a ring without a lock where moving an element cannot throw
// (parking_queue); everything else is a lock around a container (monitor_queue). In the model both
// names stand for what a queue is, one step for each operation (specification::queue), which these
// two are shown to be linearizable to.
//
// | member | what it does | waits | result |
// |---|---|---|---|
// | queue(capacity) | any number from 1; else throws std::invalid_argument | - | |
// | put(element) | moves or copies it in | for room | done, closed |
// | try_put(element) | the same | never | done, full, closed |
// | put_until(element, deadline) | the same | until the deadline | done, closed, timed_out |
// | get(into) | moves the next one out | for an element | done, closed |
// | try_get(into) | the same | never | done, empty, closed |
// | get_until(into, deadline) | the same | until the deadline | done, closed, timed_out |
// | close() | ends every put from now on; wakes all | never | |
// | task_done() | one element that was put has been worked on | never | |
// | join() | until task_done() was called for every element put | yes | |
// | join_until(deadline), join_for(span) | the same | until the deadline | whether it was |
// | size(), empty(), is_closed() | true at one time during the call | never | |
// | capacity() | as constructed | never | |
// | ~queue() | destroys what is left; no thread may be inside a call | - | |
//
// get() says closed only when the queue is closed and nothing is left in it. An element that was
// not put stays with the caller; `into` is assigned to only if the result is done.
// Progress: as parking_queue or as monitor_queue.
// Ordering: everything before a put() happens before the return of the get() that takes its
//           element; everything before close() before the return of any call that says closed;
//           everything before a task_done() before the return of a join() that counts it.
// Errors: task_done() throws task_done_too_often. An element that throws while it is moved, and
//         an allocation that fails, leave the queue, and what is next in it, as they were, and
//         the exception goes to the caller. Element code that uses the queue while the queue
//         moves the element is refused with queue_reentered; a value that get() overwrites may use
//         it, if T's moves cannot throw. ~T() must not throw.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/queue/monitor_queue.hpp>
#include <racekit/queue/parking_queue.hpp>
#include <racekit/queue/service_order.hpp>

#include <cstddef>
#include <type_traits>

namespace racekit {

namespace queue_detail {

/// Of `count` elements, at(0) the oldest, the one that comes next: what the specification asks.
template <class order>
struct next_of;
template <>
struct next_of<fifo> {
    static std::size_t among(std::size_t, auto) { return 0; }
};
template <>
struct next_of<lifo> {
    static std::size_t among(std::size_t count, auto) { return count - 1; }
};
template <class Less>
struct next_of<priority<Less>> {
    static std::size_t among(std::size_t count, auto at) {
        std::size_t greatest = 0;
        for (std::size_t each = 1; each < count; ++each)
            if (Less()(at(greatest), at(each))) greatest = each;
        return greatest;
    }
};

/// An order that a user defines has no specification.
template <class T, class order, class Implementation>
struct named {
    using type = Implementation;
};
template <class T, class order, class Implementation>
    requires requires { sizeof(next_of<order>); }
struct named<T, order, Implementation> {
    using type = layered<Implementation, specification::queue<T, next_of<order>>>;
};

template <class T, class order>
inline constexpr bool needs_no_lock =
    std::is_same_v<order, fifo> && std::is_nothrow_move_constructible_v<T> &&
    std::is_nothrow_move_assignable_v<T> && std::is_nothrow_destructible_v<T>;

template <class T, class order, bool without_lock = needs_no_lock<T, order>>
struct bounded {
    using type = monitor_queue<T, order>;
};
template <class T>
struct bounded<T, fifo, true> {
    using type = parking_queue<T>;
};

template <class T, class order>
using endless = typename named<T, order, monitor_queue<T, order>>::type;

}  // namespace queue_detail

template <class T, class order = fifo>
using blocking_queue =
    typename queue_detail::named<T, order, typename queue_detail::bounded<T, order>::type>::type;

template <class T, class order = fifo>
class unbounded_queue : public queue_detail::endless<T, order> {
public:
    unbounded_queue() : queue_detail::endless<T, order>(unbounded) {}
};

}  // namespace racekit
