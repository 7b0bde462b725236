// SPDX-License-Identifier: MIT
// shared_mutex: many readers that do not disturb one another, or one writer; no writer starves.
//
// Progress: blocking. While no writer holds or wants the lock, lock_shared() and unlock_shared()
//           are one step each on a counter that few threads share; otherwise readers queue with the
//           writers at the gate. A writer looks at every counter. Attempts are wait-free.
// Invariant: the counters add up to the readers inside, and those about to find that they may not
//            enter; `asleep` is set in one while the writer may sleep on it. A writer is inside the
//            gate while it waits for readers or writes.
// Ordering: everything before unlock() happens before the return of any lock() or lock_shared()
//           that follows; everything before unlock_shared() before the return of the lock() that
//           follows.
// Source: a counter for each processor: Wilson Hsieh and William Weihl, "Scalable Reader-Writer
//         Locks for Parallel Systems", 1992.
//
// A reader increments a counter, then looks for a writer; a writer enters the gate, then looks at
// the counters. One of the two sees the other. Readers that see a writer go to the gate, so the
// readers that a writer waits for only become fewer.
// unlock() and unlock_shared() do not touch the lock after the step that releases it: a thread that
// then takes it may destroy it, as std allows.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/lock_interface.hpp>
#include <racekit/lock/shared_guard.hpp>
#include <racekit/lock/writer_gate.hpp>
#include <racekit/platform/cache_line.hpp>
#include <racekit/platform/core.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit {

struct futex_shared_mutex_orders {
    // Two store-load pairs: a reader's enter before its look, a writer's want before its drain.
    static constexpr auto enter = std::memory_order_seq_cst;  // -> drain: a reader is counted
    static constexpr auto look = std::memory_order_seq_cst;   // -> want, leave: is there a writer
    static constexpr auto want = std::memory_order_seq_cst;   // -> look, leave: a writer is there
    static constexpr auto drain = std::memory_order_seq_cst;  // -> enter, exit: is there a reader
    static constexpr auto exit = std::memory_order_release;   // -> drain: its reads are over
    static constexpr auto leave = std::memory_order_release;  // -> look, want: what was written
    // The gate orders it: no writer is there while a reader is inside the gate.
    static constexpr auto admit = std::memory_order_relaxed;
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool recheck = true;     // after counting in: a writer may have come first
    static constexpr bool say_asleep = true;  // before sleeping: the last reader wakes no others
    static constexpr bool recount = true;     // after a wake-up, which may be spurious
    static constexpr bool stay_contended = true;  // others may still sleep; only the word tells
};

/// Takes one cache line for each of `counters`, which threads share by their number.
template <class orders = futex_shared_mutex_orders, std::size_t counters = 16>
class basic_futex_shared_mutex
    : public shared_lock_interface<basic_futex_shared_mutex<orders, counters>> {
    static_assert(counters > 0, "readers must be counted somewhere");
    friend shared_lock_interface<basic_futex_shared_mutex>;
    using gate = basic_writer_gate<orders>;
    using entrant = typename gate::entrant;

    static constexpr std::uint32_t asleep = 1U << 31;

    // Exclusive access.
    void take() {
        (void)gate_.enter(entrant::writer, never);
        (void)drain_readers(never);
    }
    bool try_take() {
        if (!gate_.try_enter(entrant::writer)) return false;
        bool taken = true;
        for (counter const& each : readers_)
            taken = taken && each.count.load(orders::drain) == 0;
        if (!taken) give();
        return taken;
    }
    bool take_until(deadline limit) {
        if (!gate_.enter(entrant::writer, limit)) return false;
        bool const taken = drain_readers(limit);
        if (!taken) give();
        return taken;
    }
    /// Also hands on what earlier writers wrote, even if this one wrote nothing.
    void give() { gate_.leave(); }

    // Shared access.
    void take_shared() {
        if (!enter_if_open()) (void)enter_through_gate(never);
    }
    bool try_take_shared() { return enter_if_open(); }
    bool take_shared_until(deadline limit) {
        return enter_if_open() || enter_through_gate(limit);
    }
    void give_shared() { count_out(mine()); }

    [[nodiscard]] bool is_taken() const {
        bool taken = gate_.is_entered();
        for (counter const& each : readers_) taken = taken || each.count.load(orders::peek) != 0;
        return taken;
    }

    atomic<std::uint32_t>& mine() { return readers_[thread_number() % counters].count; }

    bool enter_if_open() {
        atomic<std::uint32_t>& count = mine();
        count.fetch_add(1, orders::enter);
        if (!orders::recheck || !gate_.has_writer()) [[likely]] return true;
        count_out(count);
        return false;
    }

    void count_out(atomic<std::uint32_t>& count) {
        if (count.fetch_sub(1, orders::exit) == (asleep | 1)) [[unlikely]] wake_writer(count);
    }

    // Out of line, as what follows, so that taking and releasing are small where they are inlined.
    [[gnu::noinline]] static void wake_writer(atomic<std::uint32_t> const& count) {
        futex_wake(count, 1);
    }

    [[gnu::noinline]] bool enter_through_gate(deadline limit) {
        if (!gate_.enter(entrant::reader, limit)) return false;
        mine().fetch_add(1, orders::admit);
        gate_.leave();
        return true;
    }

    /// Inside the gate, with new readers kept out, waits for the others. False: `limit` passed.
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

    struct alignas(cache_line) counter {
        atomic<std::uint32_t> count{0};
    };

    counter readers_[counters];
    alignas(cache_line) gate gate_;
};

using futex_shared_mutex = basic_futex_shared_mutex<>;

using shared_mutex = layered<futex_shared_mutex, specification::shared_mutex>;
using shared_timed_mutex = shared_mutex;  // the name that std has for it

}  // namespace racekit
