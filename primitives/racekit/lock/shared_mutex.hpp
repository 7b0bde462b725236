// SPDX-License-Identifier: MIT
// shared_mutex: many readers that do not disturb one another, or one writer, and no writer starves.
//
// Progress: blocking. While no writer holds or wants the lock, lock_shared() and unlock_shared()
//           are one step each on a counter that few threads share; otherwise readers queue with the
//           writers on the gate. A writer looks at every counter. Attempts are wait-free.
// Invariant: the counters add up to the readers inside, and those about to find that they may not
//            enter; `asleep` stands in one while the writer may sleep on it. writer_ is true while
//            the writer that holds the gate waits for readers or writes.
// Ordering: everything before unlock() happens before the return of any lock() or lock_shared()
//           that follows; everything before unlock_shared() before the return of the lock() that
//           follows.
// Source: a counter for each processor: Wilson Hsieh and William Weihl, "Scalable Reader-Writer
//         Locks for Parallel Systems", 1992.
//
// A reader counts itself in, then looks for a writer; a writer says that it is there, then looks
// for readers. One of the two sees the other. New readers that see a writer go to the gate, so
// those that it waits for only become fewer.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/lock_interface.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit {

struct futex_shared_mutex_orders {
    // Two store-load pairs: a reader's enter before its look, a writer's want before its drain.
    static constexpr auto enter = std::memory_order_seq_cst;  // -> drain: a reader is counted
    static constexpr auto look = std::memory_order_seq_cst;   // -> want, leave: is there a writer
    static constexpr auto want = std::memory_order_seq_cst;   // -> look: a writer is there
    static constexpr auto drain = std::memory_order_seq_cst;  // -> enter, exit: is there a reader
    static constexpr auto exit = std::memory_order_release;   // -> drain: its reads are over
    static constexpr auto leave = std::memory_order_release;  // -> look: hands on what was written
    // The gate orders it: no writer is there while a reader holds it.
    static constexpr auto admit = std::memory_order_relaxed;
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool recheck = true;     // after counting in: a writer may have come first
    static constexpr bool say_asleep = true;  // before sleeping: the last reader wakes no others
    static constexpr bool recount = true;     // after a wake, which may have been for no reason
};

/// Takes 64 bytes for each of `counters`; threads share them by their number.
template <class orders = futex_shared_mutex_orders, std::size_t counters = 16>
class basic_futex_shared_mutex
    : public lock_interface<basic_futex_shared_mutex<orders, counters>> {
    static_assert(counters > 0, "readers must be counted somewhere");
    friend lock_interface<basic_futex_shared_mutex>;

public:
    /// Takes the lock for reading, together with other readers. Not re-entrant: a writer may have
    /// come between.
    void lock_shared(site where = site::here()) {
        annotate::before_lock(this, true, where);
        if (!enter_if_open()) (void)enter_through_gate(never);
        annotate::after_lock(this, true, where);
    }

    /// Takes the lock for reading if no writer holds or wants it; never waits.
    [[nodiscard]] bool try_lock_shared(site where = site::here()) {
        annotate::before_try_lock(this, true);
        bool const taken = enter_if_open();
        annotate::after_try_lock(this, taken, true, where);
        return taken;
    }

    /// Takes the lock for reading unless `limit` passes first; returns whether it did. Blocking.
    [[nodiscard]] bool try_lock_shared_until(deadline limit, site where = site::here()) {
        annotate::before_try_lock(this, true);
        bool const taken = enter_if_open() || enter_through_gate(limit);
        annotate::after_try_lock(this, taken, true, where);
        return taken;
    }

    [[nodiscard]] bool try_lock_shared_for(duration span, site where = site::here()) {
        return try_lock_shared_until(racekit::after(span), where);
    }

    /// Gives up what lock_shared() took, on the thread that took it.
    void unlock_shared(site where = site::here()) {
        annotate::before_unlock(this, true, where);
        count_out(mine());
        annotate::after_unlock(this, true);
    }

private:
    static constexpr std::uint32_t asleep = 1U << 31;

    // For writing.
    void take() {
        gate_.lock();
        writer_.store(true, orders::want);
        (void)drain_readers(never);
    }

    bool try_take() {
        if (!gate_.try_lock()) return false;
        writer_.store(true, orders::want);
        bool taken = true;
        for (counter const& each : readers_)
            taken = taken && each.count.load(orders::drain) == 0;
        if (!taken) give();
        return taken;
    }

    bool take_until(deadline limit) {
        if (!gate_.try_lock_until(limit)) return false;
        writer_.store(true, orders::want);
        bool const taken = drain_readers(limit);
        if (!taken) give();
        return taken;
    }

    /// Also hands on what earlier writers wrote, even if this one came to nothing.
    void give() {
        writer_.store(false, orders::leave);
        gate_.unlock();
    }

    atomic<std::uint32_t>& mine() { return readers_[thread_number() % counters].count; }

    bool enter_if_open() {
        atomic<std::uint32_t>& count = mine();
        count.fetch_add(1, orders::enter);
        if (!orders::recheck || !writer_.load(orders::look)) [[likely]] return true;
        count_out(count);
        return false;
    }

    void count_out(atomic<std::uint32_t>& count) {
        if (count.fetch_sub(1, orders::exit) == (asleep | 1)) [[unlikely]] wake_writer(count);
    }

    // Out of line, as what follows, so that taking and leaving are small where they are inlined.
    [[gnu::noinline]] static void wake_writer(atomic<std::uint32_t> const& count) {
        futex_wake(count, 1);
    }

    [[gnu::noinline]] bool enter_through_gate(deadline limit) {
        if (!gate_.try_lock_until(limit)) return false;
        mine().fetch_add(1, orders::admit);
        gate_.unlock();
        return true;
    }

    /// With the gate held and new readers kept out, waits for the others. False: `limit` passed.
    [[gnu::noinline]] bool drain_readers(deadline limit) {
        for (counter& each : readers_) {
            if (!drain(each.count, limit)) return false;
        }
        return true;
    }

    static bool drain(atomic<std::uint32_t>& count, deadline limit) {
        auto const drained = [](std::uint32_t readers) { return (readers & ~asleep) == 0; };
        std::uint32_t seen = 0;
        bool in_time = true;
        while (!await_briefly(count, drained, seen, orders::drain) && in_time) {
            // A reader that leaves after this sees `asleep`; one that left before changed the word.
            std::uint32_t const sleeping = orders::say_asleep ? seen | asleep : seen;
            if (seen == sleeping ||
                count.compare_exchange_strong(seen, sleeping, orders::peek, orders::peek)) {
                in_time = futex_wait_until(count, sleeping, limit) != futex_result::timed_out;
                if (!orders::recount && in_time) return true;
            }
        }
        if ((seen & asleep) != 0) count.fetch_and(~asleep, orders::peek);
        return drained(seen);
    }

    struct alignas(64) counter {
        atomic<std::uint32_t> count{0};
    };

    counter readers_[counters];
    alignas(64) atomic<bool> writer_{false};
    mutex gate_;
};

using futex_shared_mutex = basic_futex_shared_mutex<>;

using shared_mutex = layered<futex_shared_mutex, specification::shared_mutex>;
using shared_timed_mutex = shared_mutex;

}  // namespace racekit
