// SPDX-License-Identifier: MIT
// fifo_mutex: a mutual-exclusion lock that is granted in order of arrival, and sleeps.
//
// Progress: blocking and starvation-free: a few yields after lock() at the latest a thread is in
//           the queue, and gets the lock after those before it and no others. Alone, lock() and
//           unlock() are one compare-exchange each. try_lock() is wait-free. Not recursive.
// Invariant: state_ is free; or held, with how many wait in the queue; with `busy` while one thread
//            works on the queue, the only one then to change state_, head_, tail_ and next. A
//            waiter is granted the lock once, when it has left the queue and is not asleep.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: a flag of its own for each waiter: John Mellor-Crummey and Michael Scott, "Algorithms for
//         Scalable Synchronization on Shared-Memory Multiprocessors", 1991.
//
// A lock that is handed over in order stands still while its next owner is not running. So only the
// first two in the queue spin. Those behind give the processor away at once, and sleep if it takes
// long; they are woken when they become the second, a turn ahead of their own. And a thread that
// finds more waiters than processors yields before it joins: a convoy would last.
#pragma once

#include <racekit/lock/intrusive_queue.hpp>
#include <racekit/lock/lock_interface.hpp>
#include <racekit/platform.hpp>

#include <cstdint>

namespace racekit {

struct fifo_mutex_orders {
    static constexpr auto take = std::memory_order_acquire;   // -> leave: sees what was done
    // Hands on what was done; and sees that a thread which granted the lock, or timed out, has left
    // the queue, so that the next holder may destroy the lock.
    static constexpr auto leave = std::memory_order_acq_rel;  // -> take, exit
    static constexpr auto enter = std::memory_order_acquire;  // -> exit: the queue as it was left
    static constexpr auto exit = std::memory_order_release;   // -> enter, leave, take: as it is now
    static constexpr auto grant = std::memory_order_release;  // -> see: hands on what was done
    static constexpr auto see = std::memory_order_acquire;    // -> grant: sees what was done
    // Tells a waiter how to wait. What it waits for comes with grant.
    static constexpr auto rouse = std::memory_order_relaxed;
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool summon = true;   // a sleeper is woken before it is granted the lock
    static constexpr bool retake = true;   // before joining: it may be free by now
    static constexpr bool recheck = true;  // after a wake-up, which may be spurious
    static constexpr bool stay = true;     // too late to give up: it has been granted
};

template <class orders = fifo_mutex_orders>
class basic_fifo_mutex : public lock_interface<basic_fifo_mutex<orders>> {
    friend lock_interface<basic_fifo_mutex>;

    // Of state_: these, and the number of waiters times one_waits.
    static constexpr std::uint32_t free = 0;
    static constexpr std::uint32_t held = 1;
    static constexpr std::uint32_t busy = 2;
    static constexpr std::uint32_t one_waits = 4;
    // Of a waiter.
    static constexpr std::uint32_t far = 0;
    static constexpr std::uint32_t near = 1;  // one of the first two
    static constexpr std::uint32_t asleep = 2;
    static constexpr std::uint32_t summoned = 3;  // about to be granted: sleeps no more
    static constexpr std::uint32_t granted = 4;

    static constexpr backoff before_joining{0, 8};
    static constexpr backoff when_far{0, 16};
    static constexpr backoff when_near{200, 30};

    struct waiter {
        atomic<std::uint32_t> turn{far};
        plain<waiter*> next{nullptr};
    };

    static constexpr bool is_idle(std::uint32_t state) { return (state & busy) == 0; }

    /// Whether there is a processor for another waiter, beside the holder and those in the queue.
    static bool has_room(std::uint32_t state) {
        static std::uint32_t const processors = thread::hardware_concurrency();
        return state / one_waits + 2 <= processors || state < one_waits;
    }

    static constexpr bool is_granted(std::uint32_t turn) { return turn == granted; }

    void take() { (void)take_until(never); }

    /// Never overtakes a waiter: while the queue is not empty the lock is not free.
    bool try_take() {
        std::uint32_t expected = free;
        return state_.compare_exchange_strong(expected, held, orders::take, orders::peek);
    }

    bool take_until(deadline limit) { return try_take() || queue_up(limit); }

    /// Grants it to the first thread in the queue.
    void give() {
        std::uint32_t alone = held;
        if (!state_.compare_exchange_strong(alone, free, orders::leave, orders::peek)) hand_over();
    }

    [[nodiscard]] bool is_taken() const { return state_.load(orders::peek) != free; }

    [[gnu::noinline]] bool queue_up(deadline limit) {
        waiter mine;
        std::uint32_t seen = free;
        (void)await_briefly(state_, has_room, seen, orders::peek, before_joining);
        for (;;) {
            if (orders::retake && seen == free) {
                if (state_.compare_exchange_weak(seen, held, orders::take, orders::peek))
                    return true;
            } else if (!is_idle(seen)) {
                seen = await(state_, is_idle, orders::peek);
            } else if (state_.compare_exchange_weak(seen, seen | busy, orders::enter,
                                                    orders::peek)) {
                break;
            }
        }
        if (queue_.first() == queue_.last()) mine.turn.store(near, orders::rouse);
        queue_.append(mine);
        state_.store(seen + one_waits, orders::exit);
        return wait_for_turn(mine, limit);
    }

    bool wait_for_turn(waiter& mine, deadline limit) {
        std::uint32_t seen = far;
        for (;;) {
            bool const is_near = seen == near;
            auto const done = [is_near](std::uint32_t turn) {
                return turn >= summoned || (turn == near && !is_near);
            };
            if (await_briefly(mine.turn, done, seen, orders::see,
                              is_near ? when_near : when_far)) {
                if (seen < summoned) continue;
                (void)await(mine.turn, is_granted, orders::see);
                return true;
            }
            if (mine.turn.compare_exchange_strong(seen, asleep, orders::peek, orders::peek)) {
                if (futex_wait_until(mine.turn, asleep, limit) == futex_result::timed_out)
                    return !gives_up(mine);
                if constexpr (!orders::recheck) return true;
            }
        }
    }

    /// False: too late, the lock has been granted.
    bool gives_up(waiter& mine) {
        std::uint32_t const seen = work_on_queue();
        bool const left = queue_.remove(mine);
        rouse_first_two();
        state_.store(left ? seen - one_waits : seen, orders::exit);
        if (left || !orders::stay) return true;
        (void)await(mine.turn, is_granted, orders::see);
        return false;
    }

    [[gnu::noinline]] void hand_over() {
        std::uint32_t const seen = work_on_queue();
        waiter* const next = queue_.take_first();
        if (next == nullptr) {  // all have given up
            state_.store(free, orders::exit);
            return;
        }
        grant_to(*next);
        rouse_first_two();
        state_.store(seen - one_waits, orders::exit);
    }

    /// Returns what state_ says beside `busy`.
    std::uint32_t work_on_queue() {
        std::uint32_t seen = state_.load(orders::peek);
        do {
            if (!is_idle(seen)) seen = await(state_, is_idle, orders::peek);
        } while (!state_.compare_exchange_weak(seen, seen | busy, orders::enter, orders::peek));
        return seen;
    }

    /// A waiter that is granted the lock may return at once, so one that sleeps is woken before.
    static void grant_to(waiter& next) {
        std::uint32_t turn = near;
        while (!next.turn.compare_exchange_strong(turn, granted, orders::grant, orders::peek)) {
            if (turn != asleep) continue;
            if constexpr (orders::summon) {
                next.turn.store(summoned, orders::rouse);
                futex_wake(next.turn, 1);
            }
            return next.turn.store(granted, orders::grant);
        }
    }

    void rouse_first_two() {
        waiter* const first = queue_.first();
        if (first == nullptr) return;
        rouse(*first);
        if (waiter* const second = first->next.read(); second != nullptr) rouse(*second);
    }

    static void rouse(waiter& one) {
        if (one.turn.load(orders::peek) == near) return;
        if (one.turn.exchange(near, orders::rouse) == asleep) futex_wake(one.turn, 1);
    }

    atomic<std::uint32_t> state_{free};
    intrusive_queue<waiter> queue_;
};

using fifo_mutex = basic_fifo_mutex<>;

}  // namespace racekit
