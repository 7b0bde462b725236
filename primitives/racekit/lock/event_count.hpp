// SPDX-License-Identifier: MIT
// event_count: lets a thread sleep until a condition of the caller's own, without a lock, may hold.
//
//     auto const key = changed.prepare();
//     if (condition) changed.cancel(); else changed.wait(key);    // or: changed.await(condition)
//     make the condition hold; changed.notify_one();
//
// Progress: notify and prepare are wait-free, notify with a system call only if a thread waits or
//           is about to. wait() blocks, and sleeps at once: spin before prepare().
// Invariant: waiters_ is the number of threads between prepare() and the end of wait() or cancel();
//            epoch_ changes with every notification that finds one.
// Ordering: everything before a notification happens before the return of the wait() that it ended,
//           and before the return of a prepare() that came too late for it.
// Source: Dmitry Vyukov, eventcount, 2008; after Reed and Kanodia, "Synchronization with
//         Eventcounts and Sequencers", 1979.
//
// prepare() and notify both change waiters_, so that one of them comes first: the notifier counts
// the waiter, or the waiter sees what the notifier did before. No seq_cst is needed for that.
#pragma once

#include <racekit/platform/core.hpp>

#include <climits>
#include <concepts>
#include <cstdint>

namespace racekit {

struct event_count_orders {
    static constexpr auto enter = std::memory_order_acquire;     // -> look: sees the condition
    static constexpr auto look = std::memory_order_release;      // -> enter: hands it on
    static constexpr auto remember = std::memory_order_acquire;  // -> advance: as enter
    static constexpr auto advance = std::memory_order_release;   // -> remember: as look
    static constexpr auto wake = std::memory_order_acquire;      // -> advance: sees the condition
    static constexpr auto leave = std::memory_order_relaxed;     // one too many only costs a wake
    // Steps that mutation leaves out.
    static constexpr bool recheck = true;  // between prepare() and wait(): it may hold by now
    static constexpr bool relook = true;   // after a wake-up, which may be spurious
    static constexpr bool change = true;   // before a wake: a thread about to sleep does not
};

template <class orders = event_count_orders>
class basic_event_count {
public:
    /// What epoch a waiter waits to end.
    class key {
        friend basic_event_count;
        explicit key(std::uint32_t epoch) : epoch_(epoch) {}
        std::uint32_t epoch_;
    };

    constexpr basic_event_count() = default;
    basic_event_count(basic_event_count const&) = delete;
    basic_event_count& operator=(basic_event_count const&) = delete;

    /// From here on notifications count this thread; to be followed by a look at the condition,
    /// then wait() or cancel().
    [[nodiscard]] key prepare() {
        waiters_.fetch_add(1, orders::enter);
        return key(epoch_.load(orders::remember));
    }
    void cancel() { waiters_.fetch_sub(1, orders::leave); }

    /// Sleeps until notified since prepare().
    void wait(key since) { (void)wait_until(since, never); }

    /// As wait, but false if `limit` passes first. Blocking.
    [[nodiscard]] bool wait_until(key since, deadline limit) {
        bool notified = false;
        for (bool in_time = true; !notified && in_time;) {
            in_time = futex_wait_until(epoch_, since.epoch_, limit) != futex_result::timed_out;
            notified = epoch_.load(orders::wake) != since.epoch_ || (!orders::relook && in_time);
        }
        cancel();
        return notified;
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(key since, std::chrono::duration<Rep, Period> span) {
        return wait_until(since, racekit::after(span));
    }

    /// Waits until `holds()`, which is asked again after each notification.
    template <class Condition>
        requires std::predicate<Condition&>
    void await(Condition holds) {
        (void)await_until(never, holds);
    }

    /// As await, unless `limit` passes first; returns what `holds()` last said.
    template <class Condition>
        requires std::predicate<Condition&>
    [[nodiscard]] bool await_until(deadline limit, Condition holds) {
        while (!holds()) {
            key const since = prepare();
            if (orders::recheck && holds_after_prepare(holds)) return true;
            if (!wait_until(since, limit)) return false;
        }
        return true;
    }

    template <class Rep, class Period, class Condition>
        requires std::predicate<Condition&>
    [[nodiscard]] bool await_for(std::chrono::duration<Rep, Period> span, Condition holds) {
        return await_until(racekit::after(span), holds);
    }

    /// How many threads are between prepare() and the end of wait() or cancel(): advice.
    [[nodiscard]] std::uint32_t waiting() const { return waiters_.load(orders::leave); }

    /// To be called after the condition was made to hold: a waiter tests it again.
    void notify_one() { notify(1); }
    void notify_all() { notify(INT_MAX); }

private:
    /// Cancels if the condition holds, and if it throws.
    template <class Condition>
    bool holds_after_prepare(Condition& holds) {
        struct cancelling {
            ~cancelling() {
                if (waiters != nullptr) waiters->cancel();
            }
            basic_event_count* waiters;
        } unless_it_waits{this};
        if (holds()) return true;
        unless_it_waits.waiters = nullptr;
        return false;
    }

    void notify(int count) {
        if (waiters_.fetch_add(0, orders::look) == 0) return;
        if constexpr (orders::change) epoch_.fetch_add(1, orders::advance);
        futex_wake(epoch_, count);
    }

    atomic<std::uint32_t> waiters_{0};
    atomic<std::uint32_t> epoch_{0};
};

using event_count = basic_event_count<>;

}  // namespace racekit
