// SPDX-License-Identifier: MIT
// robust_semaphore, robust_bounded_semaphore: permits that come back when their holder dies.
//
// Progress: blocking; a waiter spins, yields and sleeps, and looks again after 50 ms.
// Invariant: there is no count of free permits: what is free is total_ less what each process
//           holds, and each of these is one word. So a death is repaired by clearing one word.
// Ordering: everything before release() happens before the return of the acquire() that gets one of
//           its permits; so does everything that a dead holder did.
// Death:    the permits of a dead process are free again once a process that wants one looks again
//           (50 ms), or after recover(). Killed inside acquire(), a process has the permit or has
//           it not; inside release(n) of more than it holds, it may have given some of the n.
// Errors:   bad_count; released_too_often; too_many_participants.
// Source:   own; the derived count is that of a resource table in a database.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/waiting_errors.hpp>
#include <racekit/shared/participant_table.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit {

struct robust_semaphore_orders {
    static constexpr auto own = std::memory_order_relaxed;     // under the lock, which orders it
    static constexpr auto commit = std::memory_order_release;  // -> found
    static constexpr auto found = std::memory_order_acquire;   // -> commit, after a death
    // Steps that mutation leaves out.
    static constexpr bool recover_dead = true;  // what a dead process holds comes back
};

/// For permits that are given back. A process that ends, by itself too, gives back what it holds:
/// to hand a turn over, take anonymous_semaphore. Place it in shared memory before the processes
/// that use it start. What one thread of a process acquires, another thread of it may release.
/// `places`: how many processes may hold permits.
template <std::size_t places = 64, class orders = robust_semaphore_orders,
          class Mutex = robust_mutex>
class basic_robust_semaphore {
public:
    /// From 0 on; more come by release(). Throws bad_count.
    explicit basic_robust_semaphore(std::int64_t permits = 0) : total_(permits) {
        if (permits < 0 || permits > max())
            throw bad_count("robust_semaphore: negative or too many");
    }
    basic_robust_semaphore(basic_robust_semaphore const&) = delete;
    basic_robust_semaphore& operator=(basic_robust_semaphore const&) = delete;

    [[nodiscard]] static constexpr std::int64_t max() { return INT64_MAX >> 1; }

    void acquire() { (void)try_acquire_until(never); }
    /// Also takes back what dead processes hold, if that is needed.
    [[nodiscard]] bool try_acquire() {
        robust_lock<Mutex> const hold(lock_, [] {});
        if (take()) return true;
        return clear_dead() != 0 && take();
    }
    [[nodiscard]] bool try_acquire_until(deadline limit) {
        rechecking_sleep asleep;
        for (bool has_slept = false;; has_slept = true) {
            std::uint32_t word = 0;
            {
                robust_lock<Mutex> const hold(lock_, [] {});
                if (has_slept) (void)clear_dead();
                if (take()) return true;
                asleep_.store(1, orders::own);
                word = word_.load(orders::own);
            }
            if (asleep.wait(word_, word, limit)) return try_acquire();
        }
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_acquire_for(std::chrono::duration<Rep, Period> span) {
        return try_acquire_until(racekit::after(span));
    }

    /// Gives permits: first those that this process holds, then new ones. Throws bad_count for a
    /// negative number, released_too_often past max().
    void release(std::int64_t count = 1) {
        if (count < 0) throw bad_count("robust_semaphore: release of a negative number");
        give(count, [this](std::int64_t rest) {
            std::int64_t const total = total_.load(orders::own);
            if (rest > max() - total)
                throw released_too_often("robust_semaphore: more permits than max()");
            if (rest != 0) total_.store(total + rest, orders::commit);
        });
    }

    /// Takes back what dead processes hold; returns how many permits.
    std::int64_t recover() {
        std::int64_t back = 0;
        {
            robust_lock<Mutex> const hold(lock_, [] {});
            back = clear_dead();
            if (back != 0) word_.fetch_add(1, orders::own);
        }
        if (back != 0) futex_wake(word_, every, futex_scope::process_shared);
        return back;
    }

    /// How many are free: advice. Those of dead processes count only when they were taken back.
    [[nodiscard]] std::int64_t value() {
        robust_lock<Mutex> const hold(lock_, [] {});
        return available();
    }

protected:
    static constexpr int every = 0x7fffffff;

    /// `more(rest)` deals with what the process does not hold of what it releases; it may throw,
    /// and then nothing has changed.
    template <class More>
    void give(std::int64_t count, More more) {
        bool wakes = false;
        {
            robust_lock<Mutex> const hold(lock_, [] {});
            std::size_t const self = participants_.find();
            std::int64_t const held =
                self == participants_.none ? 0 : held_[self].load(orders::own);
            std::int64_t const back = count < held ? count : held;
            more(count - back);
            if (back != 0) held_[self].store(held - back, orders::commit);
            wakes = asleep_.load(orders::own) != 0;
            if (wakes) {
                asleep_.store(0, orders::own);
                word_.fetch_add(1, orders::own);
            }
        }
        if (wakes) futex_wake(word_, every, futex_scope::process_shared);
    }

private:
    [[nodiscard]] std::int64_t available() const {
        std::int64_t free = total_.load(orders::found);
        for (auto const& each : held_) free -= each.load(orders::found);
        return free;
    }
    bool take() {
        if (available() <= 0) return false;
        std::size_t const self =
            participants_.enter([this](std::size_t dead) { held_[dead].store(0, orders::commit); });
        held_[self].store(held_[self].load(orders::own) + 1, orders::commit);
        return true;
    }
    std::int64_t clear_dead() {
        if constexpr (!orders::recover_dead) return 0;
        std::int64_t back = 0;
        participants_.clear_dead([&](std::size_t dead) {
            back += held_[dead].load(orders::own);
            held_[dead].store(0, orders::commit);
        });
        return back;
    }

    Mutex lock_;
    atomic<std::uint32_t> word_{0};
    atomic<std::uint32_t> asleep_{0};
    atomic<std::int64_t> total_;
    atomic<std::int64_t> held_[places] = {};
    participant_table<places> participants_;
};

/// Never more permits than it began with: a process gives back what it holds, and no more.
template <std::size_t places = 64, class orders = robust_semaphore_orders,
          class Mutex = robust_mutex>
class basic_robust_bounded_semaphore : public basic_robust_semaphore<places, orders, Mutex> {
    using base = basic_robust_semaphore<places, orders, Mutex>;

public:
    using base::base;

    /// Throws released_too_often, and changes nothing, if this process holds fewer.
    void release(std::int64_t count = 1) {
        if (count < 0) throw bad_count("robust_bounded_semaphore: release of a negative number");
        this->give(count, [](std::int64_t rest) {
            if (rest != 0)
                throw released_too_often(
                    "robust_bounded_semaphore: this process holds fewer permits than it releases");
        });
    }
};

using robust_semaphore = basic_robust_semaphore<>;
using robust_bounded_semaphore = basic_robust_bounded_semaphore<>;

}  // namespace racekit
