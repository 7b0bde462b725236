// SPDX-License-Identifier: MIT
// mcs_lock: a spin lock served in the order of arrival, on which each waiter spins on a line of its
// own.
//
// Progress: blocking and starvation-free, for those who call lock(). Spins, then yields; never
//           sleeps. try_lock() is wait-free. Not re-entrant.
// Invariant: tail_ is the place of the last in line, or null while the lock is free. The places in
//            line are linked from the holder's on; `waiting` is true for all but the holder, and
//            `line` is this lock for all of them.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: John Mellor-Crummey and Michael Scott, "Algorithms for Scalable Synchronization on
//         Shared-Memory Multiprocessors", 1991.
//
// Who takes the lock brings a place, which must live until the unlock(): racekit::mcs_guard does.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/lock_misuse.hpp>

namespace racekit {

struct mcs_lock_orders {
    static constexpr auto join = std::memory_order_acq_rel;   // -> join, leave: the place before
    static constexpr auto take = std::memory_order_acq_rel;   // -> join, leave: as join, if free
    static constexpr auto link = std::memory_order_release;   // -> follow: the place is ready
    static constexpr auto follow = std::memory_order_acquire;  // -> link: the place that waits
    static constexpr auto grant = std::memory_order_release;  // -> await_turn: hands on
    static constexpr auto await_turn = std::memory_order_acquire;  // -> grant: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> join: hands on what was done
    static constexpr auto prepare = std::memory_order_relaxed;  // nobody else knows the place yet
    static constexpr auto peek = std::memory_order_relaxed;   // a hint; what follows decides
    // A step that mutation leaves out.
    static constexpr bool retake = true;  // that nobody stood in line says nothing about now
};

template <class orders = mcs_lock_orders>
class basic_mcs_lock {
public:
    /// A place in line, for one lock at a time.
    class place {
        friend basic_mcs_lock;
        atomic<place*> next{nullptr};
        atomic<bool> waiting{false};
        plain<basic_mcs_lock*> line{nullptr};
    };

    basic_mcs_lock() { annotate::lock_created(this); }
    ~basic_mcs_lock() { annotate::lock_destroyed(this); }
    basic_mcs_lock(basic_mcs_lock const&) = delete;
    basic_mcs_lock& operator=(basic_mcs_lock const&) = delete;

    /// Takes the lock, spinning as long as it takes. A thread that holds it already never returns.
    void lock(place& mine, site where = site::here()) {
        prepare(mine);
        annotate::before_lock(this, false, where);
        mine.waiting.store(true, orders::prepare);
        if (place* const before = tail_.exchange(&mine, orders::join); before != nullptr)
            wait_behind(*before, mine);
        annotate::after_lock(this, false, where);
    }

    /// Takes the lock if it is free; never waits, and so never overtakes anybody.
    [[nodiscard]] bool try_lock(place& mine, site where = site::here()) {
        prepare(mine);
        annotate::before_try_lock(this);
        bool const taken = take_if_free(mine);
        if (!taken) mine.line.write(nullptr);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// Takes the lock unless `limit` passes first; returns whether it did. Who stands in line
    /// cannot leave it, so this waits beside it: those who call lock() come first.
    [[nodiscard]] bool try_lock_until(place& mine, deadline limit, site where = site::here()) {
        prepare(mine);
        annotate::before_try_lock(this);
        bool taken = take_if_free(mine);
        place* last = nullptr;
        auto const is_free = [](place* now) { return now == nullptr; };
        while (!taken && await_until(tail_, is_free, limit, last, orders::peek))
            taken = !orders::retake || take_if_free(mine);
        if (!taken) mine.line.write(nullptr);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// As try_lock_until, from now; a negative span is a deadline that has passed.
    [[nodiscard]] bool try_lock_for(place& mine, duration span,
                                    site where = site::here()) {
        return try_lock_until(mine, racekit::after(span), where);
    }

    /// Gives the lock to the next in line; the same place as it was taken with.
    void unlock(place& mine, site where = site::here()) {
        expect_in_line(mine);
        annotate::before_unlock(this, false, where);
        place* const next = mine.next.load(orders::peek);
        place* last = &mine;
        if (next != nullptr ||
            !tail_.compare_exchange_strong(last, nullptr, orders::leave, orders::peek))
            hand_over(mine);
        mine.line.write(nullptr);
        annotate::after_unlock(this);
    }

private:
    void prepare(place& mine) {
        if (mine.line.read() != nullptr) [[unlikely]]
            misused("mcs_lock: a place that already stands in line");
        mine.line.write(this);
        mine.next.store(nullptr, orders::prepare);
    }

    bool take_if_free(place& mine) {
        place* nobody = nullptr;
        return tail_.compare_exchange_strong(nobody, &mine, orders::take, orders::peek);
    }

    /// A place that was given up, destroyed or used elsewhere while others stand behind it breaks
    /// the line.
    void expect_in_line(place const& one) const {
        if (one.line.read() != this) [[unlikely]]
            misused("mcs_lock: a place that does not stand in this lock's line");
    }

    // Out of line, as what follows, so that taking and leaving are small where they are inlined.
    [[noreturn, gnu::noinline]] static void misused(char const* wrong) {
        throw lock_misuse(wrong);
    }

    [[gnu::noinline]] void wait_behind(place& before, place& mine) {
        expect_in_line(before);
        before.next.store(&mine, orders::link);
        (void)await(mine.waiting, [](bool waiting) { return !waiting; }, orders::await_turn);
    }

    /// Somebody has joined, and has said so or is about to.
    [[gnu::noinline]] void hand_over(place& mine) {
        place* const next =
            await(mine.next, [](place* now) { return now != nullptr; }, orders::follow);
        expect_in_line(*next);
        next->waiting.store(false, orders::grant);
    }

    atomic<place*> tail_{nullptr};
};

using mcs_lock = basic_mcs_lock<>;

/// Holds an mcs_lock for a scope, and is its place in line.
template <class Lock>
class [[nodiscard]] mcs_guard {
public:
    explicit mcs_guard(Lock& held) : held_(held) { held_.lock(mine_); }
    ~mcs_guard() { held_.unlock(mine_); }
    mcs_guard(mcs_guard const&) = delete;
    mcs_guard& operator=(mcs_guard const&) = delete;

private:
    Lock& held_;
    typename Lock::place mine_;
};

}  // namespace racekit
