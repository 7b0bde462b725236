// SPDX-License-Identifier: MIT
// call_inbox: calls that any thread hands over to the one thread that makes them.
//
// Progress: blocking, a lock around each operation; take() also waits for a call until its
//           deadline. A take() that need not wait is wait-free while no call comes: one load.
// Invariant: news_ is true if calls_ is not empty, whenever the lock is free; asleep_ while the
//            thread that takes waits. Once closed_, calls_ stays empty.
// Ordering: everything before a post() happens before the call is made, and everything before
//           close() before the post() that it refuses. Calls of one thread keep their order.
// Death: threads of one process; what a killed process had handed over dies with it.
// Errors: post() after close() throws loop_closed; the call was not taken.
//
// post() does not touch the inbox after the step that lets its call be taken: the call may destroy
// the inbox.
#pragma once

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/task/callback.hpp>
#include <racekit/task/task_errors.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace racekit {

struct call_inbox_orders {
    // Whether to take the lock, which orders all else; what it misses the next take() sees.
    static constexpr auto hint = std::memory_order_relaxed;
    // Steps that mutation leaves out.
    static constexpr bool announce = true;  // a call: a loop that is busy takes no lock to look
    static constexpr bool wake = true;      // a loop that waits
    static constexpr bool relook = true;    // with the lock: a call may have come before the wait
    static constexpr bool refuse = true;    // after close(): the call would never be made
};

template <class orders = call_inbox_orders>
class basic_call_inbox {
public:
    basic_call_inbox() = default;
    basic_call_inbox(basic_call_inbox const&) = delete;
    basic_call_inbox& operator=(basic_call_inbox const&) = delete;

    /// Any thread. Hands over a call, and wakes the thread that waits for one. Throws loop_closed.
    void post(callback call, site where = site::here()) {
        // It notifies with the lock held: after unlock() the inbox may be gone.
        scoped_lock hold(gate_, where);
        if (orders::refuse && closed_.read(where))
            throw loop_closed("the event loop was closed: it takes no more calls");
        calls_.push_back(std::move(call));
        if constexpr (orders::announce) news_.store(true, orders::hint);
        if (orders::wake && asleep_.read(where)) changed_.notify_one();
    }

    /// The loop's thread. Appends what was handed over to `into`; if that is nothing, waits for a
    /// call until `limit`, perhaps less: a wake-up may be spurious.
    void take(std::vector<callback>& into, deadline limit, site where = site::here()) {
        if (limit == deadline::min() && !news_.load(orders::hint)) return;
        unique_lock hold(gate_, where);
        if (limit != deadline::min() && (!orders::relook || calls_.empty())) {
            asleep_.write(true, where);
            (void)changed_.wait_until(hold, limit, where);
            asleep_.write(false, where);
        }
        news_.store(false, orders::hint);
        if (into.empty()) return into.swap(calls_);
        for (callback& each : calls_) into.push_back(std::move(each));
        calls_.clear();
    }

    /// The loop's thread. Refuses every call from now on, and returns those that were never made.
    [[nodiscard]] std::vector<callback> close(site where = site::here()) {
        scoped_lock hold(gate_, where);
        closed_.write(true, where);
        return std::exchange(calls_, {});
    }

private:
    mutex gate_;
    condition_variable changed_;
    std::vector<callback> calls_;
    plain<bool> closed_{false};
    plain<bool> asleep_{false};  // the thread that takes
    atomic<bool> news_{false};
};

using call_inbox = basic_call_inbox<>;

}  // namespace racekit
