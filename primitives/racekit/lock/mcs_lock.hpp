// SPDX-License-Identifier: MIT
// mcs_lock: a spin lock served in the order of arrival; each waiter spins on a cache line of its
// own.
//
// Progress: blocking and starvation-free, for threads that call lock(). Spins, then yields; never
//           sleeps. try_lock() is wait-free. Not recursive.
// Invariant: tail_ is the last node of the queue, or null while the lock is free. The nodes are
//            linked from the holder's on; `waiting` is true for all but the holder's, and `owner`
//            is this lock for all of them.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: John Mellor-Crummey and Michael Scott, "Algorithms for Scalable Synchronization on
//         Shared-Memory Multiprocessors", 1991.
//
// The caller brings a queue node, which must live until the unlock(): racekit::mcs_guard does.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/lock_misuse.hpp>

namespace racekit {

struct mcs_lock_orders {
    static constexpr auto join = std::memory_order_acq_rel;   // -> join, leave: the node before
    static constexpr auto take = std::memory_order_acq_rel;   // -> join, leave: as join, if free
    static constexpr auto link = std::memory_order_release;   // -> follow: the node is ready
    static constexpr auto follow = std::memory_order_acquire;  // -> link: the node that waits
    static constexpr auto grant = std::memory_order_release;  // -> await_turn: hands on
    static constexpr auto await_turn = std::memory_order_acquire;  // -> grant: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> join: hands on what was done
    static constexpr auto prepare = std::memory_order_relaxed;  // no other thread knows it
    static constexpr auto peek = std::memory_order_relaxed;   // a hint; what follows decides
    // A step that mutation leaves out.
    static constexpr bool retake = true;  // that the queue was empty says nothing about now
};

template <class orders = mcs_lock_orders>
class basic_mcs_lock {
public:
    /// A thread that holds or waits for one lock.
    class queue_node {
        friend basic_mcs_lock;
        atomic<queue_node*> next{nullptr};
        atomic<bool> waiting{false};
        plain<basic_mcs_lock*> owner{nullptr};
    };

    constexpr basic_mcs_lock() { annotate::lock_created(this); }
    ~basic_mcs_lock() { annotate::lock_destroyed(this); }
    basic_mcs_lock(basic_mcs_lock const&) = delete;
    basic_mcs_lock& operator=(basic_mcs_lock const&) = delete;

    /// Takes the lock; spins while another thread holds it. A thread that holds it already
    /// deadlocks.
    void lock(queue_node& mine, site where = site::here()) {
        prepare(mine);
        annotate::before_lock(this, false, where);
        mine.waiting.store(true, orders::prepare);
        if (queue_node* const before = tail_.exchange(&mine, orders::join); before != nullptr)
            wait_behind(*before, mine);
        annotate::after_lock(this, false, where);
    }

    /// Takes the lock if it is free; never waits, and so never overtakes another thread.
    [[nodiscard]] bool try_lock(queue_node& mine, site where = site::here()) {
        prepare(mine);
        annotate::before_try_lock(this);
        bool const taken = take_if_free(mine);
        if (!taken) mine.owner.write(nullptr);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// Takes the lock unless `limit` passes first; returns whether it did. A node in the
    /// queue cannot leave it, so this waits beside it: threads that call lock() come first.
    [[nodiscard]] bool try_lock_until(queue_node& mine, deadline limit, site where = site::here()) {
        prepare(mine);
        annotate::before_try_lock(this);
        bool taken = take_if_free(mine);
        queue_node* last = nullptr;
        auto const is_free = [](queue_node* now) { return now == nullptr; };
        while (!taken && await_until(tail_, is_free, limit, last, orders::peek))
            taken = !orders::retake || take_if_free(mine);
        if (!taken) mine.owner.write(nullptr);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// As try_lock_until, from now; a negative span is a deadline that has passed.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(queue_node& mine, std::chrono::duration<Rep, Period> span,
                                    site where = site::here()) {
        return try_lock_until(mine, racekit::after(span), where);
    }

    /// Releases the lock to the next in the queue; with the node that it was taken with.
    void unlock(queue_node& mine, site where = site::here()) {
        expect_in_queue(mine);
        annotate::before_unlock(this, false, where);
        queue_node* const next = mine.next.load(orders::peek);
        queue_node* last = &mine;
        if (next != nullptr ||
            !tail_.compare_exchange_strong(last, nullptr, orders::leave, orders::peek))
            hand_over(mine);
        mine.owner.write(nullptr);
        annotate::after_unlock(this);
    }

private:
    void prepare(queue_node& mine) {
        if (mine.owner.read() != nullptr) [[unlikely]]
            misused("mcs_lock: the queue node is in use already");
        mine.owner.write(this);
        mine.next.store(nullptr, orders::prepare);
    }

    bool take_if_free(queue_node& mine) {
        queue_node* nobody = nullptr;
        return tail_.compare_exchange_strong(nobody, &mine, orders::take, orders::peek);
    }

    /// A node that was destroyed or used elsewhere while others wait behind it breaks the queue.
    void expect_in_queue(queue_node const& one) const {
        if (one.owner.read() != this) [[unlikely]]
            misused("mcs_lock: the queue node is not in this lock's queue");
    }

    // Out of line, as what follows, so that taking and leaving are small where they are inlined.
    [[noreturn, gnu::noinline]] static void misused(char const* wrong) {
        throw lock_misuse(wrong);
    }

    [[gnu::noinline]] void wait_behind(queue_node& before, queue_node& mine) {
        expect_in_queue(before);
        before.next.store(&mine, orders::link);
        (void)await(mine.waiting, [](bool waiting) { return !waiting; }, orders::await_turn);
    }

    /// Another thread has joined, and has linked its node or is about to.
    [[gnu::noinline]] void hand_over(queue_node& mine) {
        queue_node* const next =
            await(mine.next, [](queue_node* now) { return now != nullptr; }, orders::follow);
        expect_in_queue(*next);
        next->waiting.store(false, orders::grant);
    }

    atomic<queue_node*> tail_{nullptr};
};

using mcs_lock = basic_mcs_lock<>;

/// Holds an mcs_lock for a scope, with the queue node for it.
template <class Lock>
class [[nodiscard]] mcs_guard {
public:
    explicit mcs_guard(Lock& held) : held_(held) { held_.lock(mine_); }
    ~mcs_guard() { held_.unlock(mine_); }
    mcs_guard(mcs_guard const&) = delete;
    mcs_guard& operator=(mcs_guard const&) = delete;

private:
    Lock& held_;
    typename Lock::queue_node mine_;
};

}  // namespace racekit
