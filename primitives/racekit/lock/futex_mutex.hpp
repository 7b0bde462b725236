// A mutual-exclusion lock in one 32-bit word that sleeps in the kernel when it must.
//
// Progress: blocking; lock() spins, then yields, then sleeps. unlock() is wait-free but for the
//           system call that wakes a sleeper, made only if one may sleep. Not fair, not re-entrant.
// Invariant: state_ is 0 free, 1 held, 2 held and somebody may sleep on the word.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: Ulrich Drepper, "Futexes Are Tricky", 2004, mutex 3 (three states, exchange to lock).
#pragma once

#include <racekit/platform.hpp>

#include <cstdint>

namespace racekit {

struct futex_mutex_orders {
    static constexpr auto take = std::memory_order_acquire;   // -> leave: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> take: hands on what was done
    static constexpr auto peek = std::memory_order_relaxed;   // a hint whether to try; take decides
    // A step that mutation leaves out: whoever was woken takes it as `contended`.
    static constexpr bool stay_contended = true;  // others may still sleep, and only the word knows
};

template <class orders = futex_mutex_orders>
class basic_futex_mutex {
public:
    basic_futex_mutex() { annotate::lock_created(this); }
    ~basic_futex_mutex() { annotate::lock_destroyed(this); }
    basic_futex_mutex(basic_futex_mutex const&) = delete;
    basic_futex_mutex& operator=(basic_futex_mutex const&) = delete;

    /// Takes the lock, waiting as long as it takes. A thread that holds it already never returns.
    void lock(site where = site::here()) {
        annotate::before_lock(this, false, where);
        if (!take_if_free()) (void)take_or_sleep(never);
        annotate::after_lock(this, false, where);
    }

    /// Takes the lock if it is free; never waits.
    [[nodiscard]] bool try_lock(site where = site::here()) {
        annotate::before_try_lock(this);
        bool const taken = take_if_free();
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// Takes the lock unless `limit` passes first; returns whether it did. Blocking.
    [[nodiscard]] bool try_lock_until(deadline limit, site where = site::here()) {
        annotate::before_try_lock(this);
        bool const taken = take_if_free() || take_or_sleep(limit);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// As try_lock_until, from now; a negative span is a deadline that has passed.
    [[nodiscard]] bool try_lock_for(duration span, site where = site::here()) {
        return try_lock_until(racekit::after(span), where);
    }

    /// Gives the lock up. The caller must hold it.
    void unlock(site where = site::here()) {
        annotate::before_unlock(this, false, where);
        if (state_.exchange(free, orders::leave) == contended) futex_wake(state_, 1);
        annotate::after_unlock(this);
    }

private:
    static constexpr std::uint32_t free = 0;
    static constexpr std::uint32_t held = 1;
    static constexpr std::uint32_t contended = 2;
    static constexpr patience backing_off{31, 16, 16};

    bool take_if_free() {
        std::uint32_t expected = free;
        return state_.compare_exchange_strong(expected, held, orders::take, orders::peek);
    }

    // Out of line, so that lock() is small where it is inlined.
    [[gnu::noinline]] bool take_or_sleep(deadline limit) {
        auto const is_free = [](std::uint32_t state) { return state == free; };
        std::uint32_t seen = held;
        while (await_briefly(state_, is_free, seen, orders::peek, backing_off)) {
            if (take_if_free()) return true;
        }
        // Taking it as `contended` is deliberate: others may still sleep, and only the word knows.
        // Whoever gives up leaves it so too: one wake too many, never one too few.
        std::uint32_t mark = contended;
        while (state_.exchange(mark, orders::take) != free) {
            if (futex_wait_until(state_, mark, limit) == futex_result::timed_out) return false;
            if constexpr (!orders::stay_contended) mark = held;
        }
        return true;
    }

    atomic<std::uint32_t> state_{free};
};

using futex_mutex = basic_futex_mutex<>;

}  // namespace racekit
