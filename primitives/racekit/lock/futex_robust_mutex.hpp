// SPDX-License-Identifier: MIT
// The implementation of robust_mutex: a futex word that names its owner, in the kernel's list of
// the locks that it releases for the dead.
//
// Progress: blocking; lock() spins, then yields, then sleeps, and looks again every 50 ms. unlock()
//           is wait-free but for the system call that wakes a sleeper. Not fair, not recursive.
// Invariant: the word is 0, or names its owner, which has it in its list; with owner_died while
//           what a dead owner left is not repaired. Who owns the lock is in this one word, so death
//           leaves no half-made step. While a thread sleeps, the owner that it saw has waiters in
//           its word, or asleep is 1, or an unlock() is about to wake.
// Ordering: everything before unlock() happens before the return of the lock() that follows it, in
//           whatever process; so does everything that a dead owner did.
// Wake-ups: unlock() is a store to the word and then a load of asleep. A waiter puts its mark into
//           the word, stores 1 in asleep and compares the word once more, in the kernel, as it
//           falls asleep. A pair of fences orders this (asymmetric_fence_light, which is none, and
//           asymmetric_fence_heavy): either unlock() sees the 1, or the waiter sees the store. The
//           store may overwrite the mark; then a sleeper's expectation is not met any more, though
//           the same owner comes again. Only an owner clears asleep, and it then wakes a sleeper
//           itself. Where a heavy fence fails, a sleeper may wait until it looks again by itself.
// Death:    before the word is taken, and until it is released and a sleeper is woken, the lock is
//           announced to the kernel, which does what the dead thread cannot: it marks the word and
//           wakes a sleeper if waiters is set, and wakes one of a free word (Linux 5.5, and older
//           ones with that fix). What remains is a sleeper that was woken and then killed, or
//           an unlock() that was killed before its wake-up on an older kernel or after another
//           thread took the lock. Then the next unlock() or, as every sleep is bounded, the
//           sleeper's next look at the lock lets it go on. A dead sleeper's 1 in asleep costs one
//           wake-up.
// Errors:   lock_poisoned; std::system_error for a thread that takes its own lock again, and for an
//           unlock() by a thread that does not hold it.
// Source: Documentation/locking/robust-futex-ABI.rst of Linux; Ulrich Drepper, "Futexes Are
//           Tricky", 2004. The list is glibc's, whose mutexes may lie between these.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/owner_death.hpp>

#include <cstdint>
#include <system_error>

namespace racekit {

struct robust_mutex_orders {
    static constexpr auto take = std::memory_order_acquire;   // -> leave: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> take: hands on what was done
    static constexpr auto peek = std::memory_order_relaxed;   // a hint; what follows decides
    // Only the owner clears the mark, and the next owner acquires it from `leave`.
    static constexpr auto own = std::memory_order_relaxed;
    // What a sleeper told before an earlier owner cleared it is not told for this one.
    static constexpr auto mark = std::memory_order_acquire;  // -> leave
    // Steps that mutation leaves out.
    static constexpr bool look_late = true;   // light fence: the word is stored, then asleep read
    static constexpr bool tell_early = true;  // heavy fence: asleep is stored, then the word read
    static constexpr bool stay_contended = true;  // others may still sleep; only the word tells
    static constexpr bool recheck = true;         // after a wake-up, which may be spurious
};

template <class orders = robust_mutex_orders, class list = robust_list,
          class sleeping = rechecking_sleep>
class basic_futex_robust_mutex {
public:
    basic_futex_robust_mutex() = default;
    basic_futex_robust_mutex(basic_futex_robust_mutex const&) = delete;
    basic_futex_robust_mutex& operator=(basic_futex_robust_mutex const&) = delete;

    [[nodiscard]] lock_state lock(site = {}) {
        lock_state state = lock_state::acquired;
        (void)take_until(never, state);
        return state;
    }

    /// Takes the lock if it is free, and then stores in `state` how the last owner left it.
    [[nodiscard]] bool try_lock(lock_state& state, site = {}) {
        list mine;
        std::uint32_t seen = cell_.word.load(orders::peek);
        if ((seen & owner) == owner) throw lock_poisoned();
        return (seen & owner) == 0 && take_if_still(mine, seen, 0, state);
    }

    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Span> limit, lock_state& state,
                                      site = {}) {
        return wait_on_clock(limit, [&](deadline at) { return take_until(at, state); });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> span, lock_state& state,
                                    site = {}) {
        return take_until(racekit::after(span), state);
    }

    void mark_consistent(site = {}) {
        list const mine;
        std::uint32_t const seen = cell_.word.load(orders::own);
        if ((seen & owner) != mine.thread() || (seen & owner_died) == 0)
            fail(std::errc::invalid_argument,
                 "robust_mutex: mark_consistent: not held, or no owner died");
        cell_.word.fetch_and(~owner_died, orders::own);
    }

    [[gnu::always_inline]] void unlock(site = {}) {
        list mine;
        std::uint32_t const seen = cell_.word.load(orders::own);
        if ((seen & owner) != mine.thread())
            fail(std::errc::operation_not_permitted,
                 "robust_mutex: unlock: the calling thread does not hold it");
        mine.announce(cell_);
        mine.leave(cell_);
        if (seen != mine.thread() || cell_.asleep.load(orders::peek) != 0) [[unlikely]]
            leave_and_wake(seen);
        else {
            cell_.word.store(0, orders::leave);
            if constexpr (orders::look_late) asymmetric_fence_light();
            if (cell_.asleep.load(orders::peek) != 0) [[unlikely]]
                wake(1);
        }
        mine.retire();
    }

    /// Whether the calling thread holds it. Wait-free.
    [[nodiscard]] bool held_by_caller(site = {}) const {
        return (cell_.word.load(orders::own) & owner) == list().thread();
    }

private:
    // As the kernel has them. No thread has the number `owner`: alone it stands for "poisoned".
    static constexpr std::uint32_t waiters = 0x80000000;
    static constexpr std::uint32_t owner_died = 0x40000000;
    static constexpr std::uint32_t owner = 0x3fffffff;
    static constexpr int every = 0x7fffffff;
    static constexpr backoff backing_off{31, 16, 16};

    [[noreturn, gnu::cold]] static void fail(std::errc error, char const* what) {
        throw std::system_error(std::make_error_code(error), what);
    }

    /// Of the owner, as the steps after it: if it dies before it wakes a sleeper, the kernel does.
    [[gnu::noinline]] void leave_and_wake(std::uint32_t seen) {
        bool const poisons = (seen & owner_died) != 0;
        if ((seen & waiters) == 0) cell_.word.fetch_or(waiters, orders::own);
        cell_.asleep.store(0, orders::own);
        cell_.word.store(poisons ? owner : 0, orders::leave);
        wake(poisons ? every : 1);
    }

    // Out of line, so that unlock() is small where it is inlined.
    [[gnu::noinline]] void wake(int count) {
        futex_wake(cell_.word, count, futex_scope::process_shared);
    }

    [[gnu::always_inline]] bool take_until(deadline limit, lock_state& state) {
        list mine;
        mine.announce(cell_);
        std::uint32_t seen = 0;
        if (cell_.word.compare_exchange_strong(seen, mine.thread(), orders::take, orders::peek))
            [[likely]] {
            mine.enter(cell_);
            mine.retire();
            state = lock_state::acquired;
            return true;
        }
        mine.retire();
        return take_or_sleep(limit, state);
    }

    /// Takes a word that has no owner, with `also` set in it.
    bool take_if_still(list& mine, std::uint32_t& seen, std::uint32_t also, lock_state& state) {
        mine.announce(cell_);
        bool const left = (seen & owner_died) != 0;
        std::uint32_t const wanted = mine.thread() | (seen & ~owner) | also;
        bool const taken =
            cell_.word.compare_exchange_strong(seen, wanted, orders::take, orders::peek);
        if (taken) {
            mine.enter(cell_);
            state = left ? lock_state::owner_died : lock_state::acquired;
        }
        mine.retire();
        return taken;
    }

    // Out of line, so that lock() is small where it is inlined.
    [[gnu::noinline]] bool take_or_sleep(deadline limit, lock_state& state) {
        list mine;
        auto const has_no_owner = [](std::uint32_t word) {
            return (word & owner) == 0 || (word & owner) == owner;
        };
        std::uint32_t seen = 0;
        // Others may still sleep when a sleeper takes the lock, and only the word tells.
        std::uint32_t also = 0;
        bool is_over = false;
        sleeping asleep;
        (void)await_briefly(cell_.word, has_no_owner, seen, orders::peek, backing_off);
        for (;;) {
            if ((seen & owner) == owner) throw lock_poisoned();
            if ((seen & owner) == 0) {
                if (take_if_still(mine, seen, also, state)) return true;
                continue;
            }
            if ((seen & owner) == mine.thread())
                fail(std::errc::resource_deadlock_would_occur,
                     "robust_mutex: lock: the calling thread holds it already");
            if (is_over) return false;
            // Where the mark is there already, too: for the order.
            if (!cell_.word.compare_exchange_strong(seen, seen | waiters, orders::mark,
                                                    orders::peek))
                continue;
            seen |= waiters;
            cell_.asleep.store(1, orders::own);
            if constexpr (orders::tell_early) (void)asymmetric_fence_heavy();
            is_over = sleep(mine, asleep, seen, limit);
            if constexpr (orders::stay_contended) also = waiters;
            if constexpr (!orders::recheck) return true;
            // To sleep again at once would make the next unlock() wake again, and so on.
            (void)await_briefly(cell_.word, has_no_owner, seen, orders::peek, backing_off);
        }
    }

    /// Returns whether `limit` passed. A thread that is woken and then killed must pass the wake-up
    /// on if the lock is still free: so the lock is announced.
    bool sleep(list& mine, sleeping& asleep, std::uint32_t seen, deadline limit) {
        mine.announce(cell_);
        bool const is_over = asleep.wait(cell_.word, seen, limit);
        mine.retire();
        return is_over;
    }

    robust_cell cell_;
};

using futex_robust_mutex = basic_futex_robust_mutex<>;

}  // namespace racekit
