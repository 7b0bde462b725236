// blocking_queue: a queue for any number of producers and consumers that may wait, bounded.
// unbounded_queue: the same, without a bound.
//
//     blocking_queue<int> tasks(100);                      // first in, first out
//     blocking_queue<int, lifo> tasks(100);                // last in, first out
//     blocking_queue<int, priority<>> tasks(100);          // the greatest first
//     unbounded_queue<int> tasks;                          // put never waits
//
// First in, first out it is a ring without a lock where moving an element cannot throw
// (parking_queue); everything else is a lock around a container (monitor_queue). In the model it is
// the latter over the specification of the lock: parking_queue is shown to be linearizable to the
// same specification.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/queue/monitor_queue.hpp>
#include <racekit/queue/parking_queue.hpp>
#include <racekit/queue/service_order.hpp>

#include <type_traits>

namespace racekit {

namespace queue_detail {

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
    using type = layered<parking_queue<T>, monitor_queue<T, fifo>>;
};

}  // namespace queue_detail

template <class T, class order = fifo>
using blocking_queue = typename queue_detail::bounded<T, order>::type;

template <class T, class order = fifo>
class unbounded_queue : public monitor_queue<T, order> {
public:
    unbounded_queue() : monitor_queue<T, order>(unbounded) {}
};

}  // namespace racekit
