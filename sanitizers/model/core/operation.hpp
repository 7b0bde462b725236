// SPDX-License-Identifier: MIT
// A thread's next visible operation, as the scheduler sees it before it happens.
#pragma once

#include "model/memory/kind.hpp"
#include "model/runtime/bounds.hpp"

#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/site.hpp>

#include <atomic>
#include <cstdint>

namespace racekit::model {

enum class action : std::uint8_t {
    start,
    finish,
    load,
    store,
    modify,
    compare_exchange,
    fence,
    read,
    write,
    lock,
    try_lock,
    unlock,
    consistent,
    condition_wait,
    notify,
    sleep,
    futex_wait,
    futex_wake,
    await_change,
    spin,
    channel_read,
    channel_write,
    channel_close,
    spawn,
    join,
    has_ended,
    kill,
    choose,
    monitor,
    destroy,
    die,
};

inline constexpr std::uint32_t no_object = 0;
/// As a second object: any that another thread may change.
inline constexpr std::uint32_t every_object = UINT32_MAX;
/// Threads are objects too: they end, and other threads test for that.
[[nodiscard]] constexpr std::uint32_t thread_object(int thread) {
    return 1 + static_cast<std::uint32_t>(thread);
}
inline constexpr std::uint32_t first_object = 1 + most_threads;

/// What the search needs to know of it.
struct transition {
    action what = action::start;
    bool changes = false;  ///< alters its objects; otherwise only observes them
    bool sequential = false;  ///< seq_cst
    bool shared = false;      ///< of a lock: as a reader; of a close: the writing end
    bool settled = false;     ///< of a channel, an arrival: see dependent(); set at each choice
    rendezvous part = rendezvous::none;
    /// Of a read that was executed: how many stores of its object were executed after the one that
    /// it read, its own not counted. Of a rendezvous: the cycle, from 1; 0: not known yet.
    std::uint32_t age = 0;
    static constexpr std::uint32_t no_age = 0xff;  ///< it could not read that past a newer store
    std::memory_order order = std::memory_order_relaxed;
    std::uint32_t object = no_object;
    std::uint32_t second = no_object;  ///< a second object: the mutex of a condition wait

    /// Commutes with everything: touches no object. A death touches whatever the dead process held.
    [[nodiscard]] bool local() const {
        return object == no_object && what != action::die &&
               !(what == action::fence && sequential && !memory::is_exact);
    }
};

struct operation : transition {
    site where;

    /// Makes it another one, that only observes, member by member: what was written in small pieces
    /// and is copied as a whole right away, the processor waits for (store to load forwarding).
    void become(action done, std::uint32_t on, site const& at) {
        what = done;
        changes = sequential = shared = settled = false;
        part = rendezvous::none;
        age = 0;
        order = std::memory_order_relaxed;
        object = on;
        second = no_object;
        where.file = at.file;
        where.line = at.line;
        where.function = at.function;
    }
};

/// A set of actions.
[[nodiscard]] constexpr std::uint32_t among(auto... actions) {
    return (... | (1U << static_cast<unsigned>(actions)));
}

/// Whether it gives an atomic object a new value.
[[nodiscard]] inline bool writes(transition const& one) {
    return one.what == action::store || one.what == action::modify ||
           one.what == action::compare_exchange;
}

inline constexpr std::uint32_t of_atomics =
    among(action::load, action::store, action::modify, action::compare_exchange);

/// Operations on one atomic, of the exact memory. A store takes its place in modification order by
/// a choice, and S is no order of execution: two such steps commute unless one reads what the other
/// one stores.
[[nodiscard]] inline bool on_one_atomic(transition const& left, transition const& right) {
    return memory::is_exact && left.object == right.object &&
           ((among(left.what, right.what) & ~of_atomics) == 0);
}

/// Whether it reads an atomic.
[[nodiscard]] inline bool reads(transition const& one) {
    return (among(one.what) & of_atomics & ~among(action::store)) != 0;
}

/// Whether `load`, which was executed, can be moved behind `write` of another thread: a load, or a
/// compare_exchange that failed, can read the same store although there is a newer one. It cannot
/// be moved the other way.
[[nodiscard]] inline bool reads_past(transition const& load, transition const& write,
                                     unsigned window) {
    bool const loads = load.what == action::load ||
                       (load.what == action::compare_exchange && !load.changes);
    return loads && load.object == write.object && load.object != no_object && writes(write) &&
           !(load.sequential && write.sequential) && load.age + 2U <= window;
}

/// Two seq_cst loads of one atomic: the second reads nothing older than the first did, so that it
/// matters which is first. Not when the first reads the newest store: see reads_newest().
[[nodiscard]] inline bool orders_reads(transition const& left, transition const& right) {
    return left.sequential && right.sequential && left.object == right.object &&
           left.object != no_object;
}

/// Whether `read`, which was executed, left the other seq_cst load of this atomic no choice: then
/// the two commute.
[[nodiscard]] inline bool reads_newest(transition const& read, transition const& other) {
    return !read.changes && !other.changes && read.age == 0 && orders_reads(read, other);
}

/// Channel operations of two processes on one channel. A read is settled when all it asks for is
/// there, a write when all of it fits, a close when others hold the same end too. A settled
/// operation commutes with operations of the other end.
[[nodiscard]] inline bool channel_dependent(transition const& left, transition const& right,
                                            bool ever) {
    bool const left_closes = left.what == action::channel_close;
    bool const right_closes = right.what == action::channel_close;
    if (left_closes && right_closes) return false;
    if (left_closes || right_closes) {
        transition const& close = left_closes ? left : right;
        transition const& other = left_closes ? right : left;
        if (close.settled && !ever) return false;
        // The last writing end gone, a reader sees the end; the last reading end gone, a write
        // fails.
        return close.shared ? other.what == action::channel_read && (ever || !other.settled)
                            : other.what == action::channel_write;
    }
    if (left.what == right.what) return true;
    return ever || !(left.settled && right.settled);
}

inline constexpr std::uint32_t about_sleepers =
    among(action::futex_wait, action::futex_wake, action::sleep);

/// Of operations on one object, whether it matters to one about its sleepers that the other comes
/// first. Sleepers are a set, for a wake may choose any: two threads that go to sleep commute, and
/// so do two that wake up. A wake reads no value, and a wait depends on writes and wakes alone.
[[nodiscard]] inline bool sleepers_depend(transition const& one, transition const& other) {
    constexpr std::uint32_t wakes = among(action::futex_wake, action::notify, action::destroy);
    switch (one.what) {
        case action::sleep: return (among(other.what) & wakes) != 0;
        case action::futex_wake:
            return (among(other.what) & (about_sleepers | among(action::destroy))) != 0;
        case action::futex_wait: return writes(other) || (among(other.what) & wakes) != 0;
        default: return true;
    }
}

/// Two steps of threads that meet at one barrier or latch. Arrivals in one cycle commute: which of
/// them completes it makes no difference to any thread. One that was executed leaves the other
/// in its cycle if it was settled. What passes depends on the arrivals that it waited for alone.
[[nodiscard]] inline bool rendezvous_dependent(transition const& left, transition const& right,
                                               bool ever) {
    if (left.part == rendezvous::pass && right.part == rendezvous::pass) return false;
    if (left.part == right.part) {
        if (left.age != 0 && right.age != 0) return left.age != right.age;
        if (left.age == 0 && right.age == 0) return ever || !(left.settled && right.settled);
        return ever || !(left.age != 0 ? left : right).settled;
    }
    transition const& arrival = left.part == rendezvous::arrive ? left : right;
    transition const& pass = left.part == rendezvous::arrive ? right : left;
    return arrival.age == 0 ? ever : arrival.age <= pass.age;
}

/// Whether a thread passes by what another one arrived at: it never does so before.
[[nodiscard]] inline bool lets_pass(transition const& arrival, transition const& pass) {
    return arrival.part == rendezvous::arrive && pass.part == rendezvous::pass &&
           arrival.object == pass.object;
}

/// Whether executing `left` and `right` of two threads in either order could differ. `ever`:
/// whatever channels hold, for in another order that is something else.
[[nodiscard]] inline bool dependent(transition const& left, transition const& right,
                                    bool ever = false) {
    constexpr std::uint32_t ends_a_thread = among(action::die, action::kill);
    constexpr std::uint32_t moves_bytes =
        among(action::channel_read, action::channel_write, action::channel_close);
    std::uint32_t const either = among(left.what, right.what);
    if ((either & (ends_a_thread | moves_bytes | among(action::fence, action::monitor))) != 0)
        [[unlikely]] {
        if ((either & ends_a_thread) != 0) return true;  // every guard may depend on it
        bool const left_fence = left.what == action::fence && left.sequential;
        bool const right_fence = right.what == action::fence && right.sequential;
        if (left_fence || right_fence)
            return left.sequential && right.sequential && !memory::is_exact;
        if ((either & ~moves_bytes) == 0)
            return left.object == right.object && channel_dependent(left, right, ever);
        if (left.part != rendezvous::none && right.part != rendezvous::none &&
            left.object == right.object)
            return rendezvous_dependent(left, right, ever);
    }
    if ((either & about_sleepers) != 0) [[unlikely]]
        return left.object == right.object && sleepers_depend(left, right) &&
               sleepers_depend(right, left);
    if (!left.changes && !right.changes)
        return !memory::is_exact && orders_reads(left, right);
    if (either == among(action::store) && memory::is_exact) return false;
    auto const shares = [](std::uint32_t object, transition const& other) {
        if (object == every_object) return other.changes;
        return object != no_object && (object == other.object || object == other.second);
    };
    return shares(left.object, right) || shares(left.second, right);
}

}  // namespace racekit::model
