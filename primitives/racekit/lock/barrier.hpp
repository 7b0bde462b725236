// SPDX-License-Identifier: MIT
// barrier: a fixed number of threads (parties) wait for each other, in one cycle after another.
//
// Progress: blocking; wait() spins, then yields, then sleeps; without an action it is one
//           read-modify-write. abort(), reset() and the looks are lock-free.
// Invariant: state_ holds the number of cycles completed or given up, how many have arrived in this
//            one, and whether it is broken or being drained. Only completion or the end of a drain
//            changes the cycle, so a waiter that finds another cycle than its own has passed.
// Ordering: everything that each party did before wait() happens before the action, and that before
//           the return of every wait() of the cycle.
//
// A party that arrives while the action runs, or while the parties of a reset cycle leave, waits to
// enter: cycles do not mix. Sleepers sleep on wake_count_, as a futex is 32 bits wide.
#pragma once

#include <racekit/lock/barrier_word.hpp>
#include <racekit/platform/core.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace racekit {

struct futex_barrier_orders {
    // Also of the party that completes a cycle: all came before it, and it comes before they pass.
    static constexpr auto arrive = std::memory_order_acq_rel;  // -> arrive: and pass
    static constexpr auto pass = std::memory_order_acquire;    // -> arrive: sees what all did
    // A waiter that reads wake_count_ as it is after a change of state_ sees the change; so the
    // count that wakes a sleeper is never what it read before it set `asleep`.
    static constexpr auto listen = std::memory_order_acquire;  // -> ring: sees why it rang
    static constexpr auto ring = std::memory_order_release;    // -> listen: state_ has changed
    // Takes a party or a flag away; what goes with it comes with listen and pass.
    static constexpr auto cancel = std::memory_order_relaxed;
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool say_asleep = true;  // before sleeping: else no thread is woken
    static constexpr bool change = true;      // before a wake: a thread about to sleep does not
    static constexpr bool recheck = true;     // after a wake-up, which may be spurious
    static constexpr bool relook = true;      // after listening: it may have rung before
    static constexpr bool recount = true;     // before it breaks: the last may have come in time
    static constexpr bool heed = true;        // after the action: it may have been broken meanwhile
};

template <class orders = futex_barrier_orders>
class basic_futex_barrier : private barrier_word {
public:
    /// The last party to arrive calls `action`, if there is one, before any wait() returns.
    /// Throws bad_count if there are no parties, or more than max().
    explicit basic_futex_barrier(std::size_t parties, std::function<void()> action = {})
        : parties_(checked(parties)), action_(std::move(action)) {}
    basic_futex_barrier(basic_futex_barrier const&) = delete;
    basic_futex_barrier& operator=(basic_futex_barrier const&) = delete;

    [[nodiscard]] static constexpr std::size_t max() noexcept { return most_parties; }

    /// Waits for the others; returns this party's number in the cycle, from 0 in order of arrival.
    /// Throws broken_barrier if they will not all come. What the action throws goes to the caller
    /// that ran it, and to the others as broken_barrier.
    std::size_t wait() { return wait_until(never); }

    /// As wait; if `limit` passes first, the barrier breaks for all and this throws
    /// barrier_timed_out. One that has not been let in yet throws, and breaks nothing. Blocking.
    std::size_t wait_until(deadline limit) {
        std::uint64_t const before = enter(limit);
        if (arrived(before) + 1 != parties_) wait_for_others(before, limit);
        return arrived(before);
    }

    /// As wait_until(now + `span`); a negative span is a deadline that has passed.
    template <class Rep, class Period>
    std::size_t wait_for(std::chrono::duration<Rep, Period> span) {
        return wait_until(racekit::after(span));
    }

    /// As wait, by the name that std has for it.
    void arrive_and_wait() { (void)wait(); }

    /// What a party that has arrived passes to wait(). It must: until then its cycle cannot be
    /// reset.
    class arrival_token {
    public:
        arrival_token(arrival_token&&) noexcept = default;
        arrival_token& operator=(arrival_token&&) noexcept = default;

    private:
        friend basic_futex_barrier;
        explicit arrival_token(std::uint64_t before) : before_(before) {}
        std::uint64_t before_;
    };

    /// Arrives without waiting for the others; the last to arrive runs the action. Throws as
    /// wait().
    [[nodiscard]] arrival_token arrive() { return arrival_token(enter(never)); }

    /// Waits for the others of the cycle that the token is of. Throws as wait().
    void wait(arrival_token&& arrived_before) {
        if (arrived(arrived_before.before_) + 1 != parties_)
            wait_for_others(arrived_before.before_, never);
    }

    /// Not in racekit: the number of parties is fixed.
    template <class Barrier = basic_futex_barrier>
    void arrive_and_drop() {
        static_assert(!std::is_same_v<Barrier, Barrier>,
                      "a racekit barrier has a fixed number of parties: construct another one, or "
                      "let the party that leaves call abort()");
    }

    /// Breaks it: until reset() every wait() that is under way or begins throws.
    void abort() { change(when_broken); }

    /// Makes it whole and empty. Parties that wait now get broken_barrier; a party that arrives is
    /// let in when they have left.
    void reset() { change(when_reset); }

    [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
    [[nodiscard]] std::size_t waiting() const { return arrived(state_.load(orders::peek)); }
    [[nodiscard]] bool is_broken() const { return (state_.load(orders::peek) & broken) != 0; }

private:
    static std::uint32_t checked(std::size_t parties) {
        if (parties == 0) throw bad_count("barrier: no parties");
        if (parties > max()) throw bad_count("barrier: more than max() parties");
        return static_cast<std::uint32_t>(parties);
    }
    [[nodiscard]] bool may_not_enter(std::uint64_t state) const {
        return is_off(state) || arrived(state) == parties_;
    }

    /// Counts this party in; the last one completes the cycle. Returns the state before it came.
    std::uint64_t enter(deadline limit) {
        std::uint64_t seen = state_.load(orders::peek);
        for (;;) {
            if (may_not_enter(seen)) {
                wait_to_enter(seen, limit);
                continue;
            }
            bool const last = arrived(seen) + 1 == parties_;
            bool const completes = last && !action_;
            if (!state_.compare_exchange_weak(seen, completes ? next_cycle(seen) : seen + 1,
                                              orders::arrive, orders::peek))
                continue;
            if (completes) ring(seen);
            else if (last) act();
            return seen;
        }
    }

    template <class Change>
    void change(Change to) {
        std::uint64_t seen = state_.load(orders::peek);
        while (!state_.compare_exchange_weak(seen, to(seen), orders::cancel, orders::peek)) {
        }
        ring(seen);
    }

    void ring(std::uint64_t was) {
        if ((was & asleep) == 0) return;
        if constexpr (orders::change) wake_count_.fetch_add(1, orders::ring);
        futex_wake(wake_count_);
    }

    [[gnu::noinline]] void wait_to_enter(std::uint64_t& seen, deadline limit) {
        if ((seen & broken) != 0) throw broken_barrier("barrier: broken; reset() it");
        auto const open = [this](std::uint64_t now) {
            return (now & broken) != 0 || !may_not_enter(now);
        };
        if (!sleep_until(open, seen, limit))
            throw barrier_timed_out("barrier: the deadline passed before it could be entered");
    }

    void act() {
        try {
            action_();
        } catch (...) {
            abort();
            leave();
            throw;
        }
        std::uint64_t seen = state_.load(orders::peek);
        while (!orders::heed || !is_off(seen)) {
            if (state_.compare_exchange_weak(seen, next_cycle(seen), orders::arrive,
                                             orders::peek))
                return ring(seen);
        }
        leave();
        throw broken_barrier("barrier: broken while its action ran");
    }

    [[gnu::noinline]] void wait_for_others(std::uint64_t since, deadline limit) {
        auto const has_ended = [since](std::uint64_t now) { return is_over(now, since); };
        std::uint64_t seen = since;
        while (!sleep_until(has_ended, seen, limit)) {
            // Breaks it and leaves in one step, if it is still as it was.
            while (!orders::recount || !has_ended(seen)) {
                if (!state_.compare_exchange_weak(seen, ((seen - 1) | broken) & ~asleep,
                                                  orders::pass))
                    continue;
                ring(seen);
                throw barrier_timed_out("barrier: the deadline passed before all had come");
            }
        }
        if (!same_cycle(seen, since)) return;
        leave();
        throw broken_barrier("barrier: broken or reset while waiting");
    }

    void leave() {
        std::uint64_t seen = state_.load(orders::peek);
        bool last = false;
        do {
            last = (seen & draining) != 0 && arrived(seen) == 1;
        } while (!state_.compare_exchange_weak(seen, last ? next_cycle(seen) : seen - 1,
                                               orders::cancel, orders::peek));
        if (last) ring(seen);
    }

    /// False: `limit` passed.
    template <class Done>
    bool sleep_until(Done done, std::uint64_t& seen, deadline limit) {
        if (await_briefly(state_, done, seen, orders::pass)) return true;
        for (;;) {
            std::uint32_t const before = wake_count_.load(orders::listen);
            seen = state_.load(orders::pass);
            while (orders::say_asleep && !done(seen) && (seen & asleep) == 0) {
                if (state_.compare_exchange_weak(seen, seen | asleep, orders::pass))
                    break;
            }
            if (orders::relook && done(seen)) return true;
            if (futex_wait_until(wake_count_, before, limit) == futex_result::timed_out)
                return false;
            if constexpr (!orders::recheck) return true;
        }
    }

    atomic<std::uint64_t> state_{0};
    atomic<std::uint32_t> wake_count_{0};
    std::uint32_t const parties_;
    std::function<void()> const action_;
};

using futex_barrier = basic_futex_barrier<>;

using barrier = layered<futex_barrier, specification::barrier>;

}  // namespace racekit
