// SPDX-License-Identifier: MIT
// robust_barrier: parties meet, again and again; if one of them dies, the others learn of it.
//
// Progress: blocking; a party spins, yields and sleeps, and looks again after 50 ms.
// Invariant: word_ holds how many rounds are over, how often the barrier was reset, and whether it
//           is broken. A party that has arrived has its process in a place with the key of the
//           round, and how many have is counted, never kept. One store makes a party arrive; one,
//           of word_, ends a round, breaks the barrier or makes it whole.
// Ordering: everything before wait() of any party happens before the return of wait() of all.
// Death:    a party that has arrived in this round or in the one before, or has called join(), and
//           whose process has ended before the round is full, breaks the barrier: the others get
//           broken_barrier 50 ms later at most. For a party to leave is as bad as to die.
// Errors:   bad_count; broken_barrier and barrier_timed_out, until reset().
// Source:   own; semantics of Python's threading.Barrier.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit {

struct robust_barrier_orders {
    static constexpr auto own = std::memory_order_relaxed;     // under the lock, which orders it
    static constexpr auto commit = std::memory_order_release;  // -> found
    static constexpr auto found = std::memory_order_acquire;   // -> commit: by those that wait
    // Steps that mutation leaves out.
    static constexpr bool look_for_dead = true;  // a sleeper looks whether the others live
    static constexpr bool finish_round = true;   // a round whose last party died at once is over
};

/// Place it in shared memory before the processes that use it start; zeroed memory is a whole one.
/// A party is a thread of some process.
template <std::size_t parties, class orders = robust_barrier_orders, class Mutex = robust_mutex>
class robust_barrier {
    static_assert(parties > 0, "a barrier of no parties");

public:
    robust_barrier() = default;
    robust_barrier(robust_barrier const&) = delete;
    robust_barrier& operator=(robust_barrier const&) = delete;

    /// Makes this process known as that of a party before it first comes, so that its death breaks
    /// the barrier even then. Once the first round is over this is not needed, and does nothing.
    void join() {
        robust_lock<Mutex> const hold(lock_, [] {});
        std::uint32_t const word = word_.load(orders::own);
        std::uint64_t const before = key(word - one_round);
        std::size_t const known = count(before);
        if (known == parties) {
            if (rounds(word) == 0) throw bad_count("robust_barrier: more parties join than it has");
            return;
        }
        row(before)[known].put(before);
    }

    /// Waits until all parties have come. Returns a number from 0 to parties - 1, another one for
    /// each. Throws broken_barrier.
    std::size_t wait() { return wait_until(never); }
    /// Throws barrier_timed_out, and breaks the barrier for all, if `limit` passes first.
    std::size_t wait_until(deadline limit) {
        std::uint32_t began = 0;
        std::size_t const self = arrive(began);
        std::uint32_t now = began;
        (void)await_briefly(
            word_, [=](std::uint32_t word) { return word != began; }, now, orders::found);
        rechecking_sleep asleep;
        while (now == began) {
            bool const is_over = asleep.wait(word_, began, limit);
            if (now = word_.load(orders::found); now == began) look_again(began, is_over);
            now = word_.load(orders::found);
        }
        if (resets(now) != resets(began) || rounds(now) == rounds(began))
            throw broken_barrier("robust_barrier: a party died or gave up");
        return self;
    }

    /// Those that wait get broken_barrier, and so do all that come, until reset().
    void abort() {
        robust_lock<Mutex> const hold(lock_, [] {});
        change(word_.load(orders::own) | broken_bit);
    }
    /// Whole again, with no parties in it. Those that wait, or have not yet woken up, get
    /// broken_barrier.
    void reset() {
        robust_lock<Mutex> const hold(lock_, [] {});
        change((word_.load(orders::own) & ~broken_bit) + one_reset);
    }
    [[nodiscard]] bool broken() const { return (word_.load(orders::found) & broken_bit) != 0; }
    /// How many have come in this round: advice.
    [[nodiscard]] std::size_t waiting() {
        robust_lock<Mutex> const hold(lock_, [] {});
        return count(key(word_.load(orders::own)));
    }

private:
    // word_: 1 bit, 16 bits of rounds, 15 bits of resets. A party sees every round that ends while
    // it takes part, so rounds may wrap around.
    static constexpr std::uint32_t broken_bit = 1;
    static constexpr std::uint32_t one_round = 2;
    static constexpr std::uint32_t one_reset = 1U << 17;
    static constexpr std::uint32_t rounds(std::uint32_t word) { return word / one_round % 65536; }
    static constexpr std::uint32_t resets(std::uint32_t word) { return word / one_reset; }
    /// Of the round and the reset; never 0, which is that of no place.
    static constexpr std::uint64_t key(std::uint32_t word) {
        return (std::uint64_t{1} << 32) | (word & ~broken_bit);
    }

    struct place {
        atomic<std::int64_t> number{0};
        atomic<std::uint64_t> started{0};
        atomic<std::uint64_t> arrived{0};  // the key of the round

        void put(std::uint64_t round) {
            process_id const self = this_process();
            arrived.store(0, orders::commit);
            number.store(self.number, orders::commit);
            started.store(self.started, orders::commit);
            arrived.store(round, orders::commit);
        }
        [[nodiscard]] bool is_dead() const {
            process_id who;
            who.number = static_cast<decltype(who.number)>(number.load(orders::own));
            who.started = started.load(orders::own);
            return !is_alive(who);
        }
    };

    [[nodiscard]] place* row(std::uint64_t round) { return places_[round / one_round % 2]; }
    [[nodiscard]] std::size_t count(std::uint64_t round) {
        std::size_t found = 0;
        for (std::size_t at = 0; at < parties; ++at)
            found += row(round)[at].arrived.load(orders::found) == round ? 1U : 0U;
        return found;
    }
    [[nodiscard]] bool one_is_dead(std::uint64_t round) {
        for (std::size_t at = 0; at < parties; ++at) {
            place const& each = row(round)[at];
            if (each.arrived.load(orders::found) == round && each.is_dead()) return true;
        }
        return false;
    }

    std::size_t arrive(std::uint32_t& began) {
        robust_lock<Mutex> const hold(lock_, [] {});
        if (orders::finish_round) finish_round();
        began = word_.load(orders::own);
        if ((began & broken_bit) != 0)
            throw broken_barrier("robust_barrier: it is broken; call reset()");
        std::size_t const self = count(key(began));
        row(key(began))[self].put(key(began));
        finish_round();
        return self;
    }
    /// With the lock held, if all have come.
    void finish_round() {
        std::uint32_t const word = word_.load(orders::own);
        if (count(key(word)) != parties) return;
        // The rounds wrap around without touching the resets.
        std::uint32_t const next =
            rounds(word) == 65535 ? word - 65535 * one_round : word + one_round;
        change(next);
    }
    void change(std::uint32_t word) {
        word_.store(word, orders::commit);
        futex_wake(word_, 0x7fffffff, futex_scope::process_shared);
    }
    void look_again(std::uint32_t began, bool is_over) {
        robust_lock<Mutex> const hold(lock_, [] {});
        if (orders::finish_round) finish_round();
        if (word_.load(orders::own) != began) return;
        if (is_over) {
            change(began | broken_bit);
            throw barrier_timed_out("robust_barrier: the deadline passed before all had come");
        }
        if (!orders::look_for_dead) return;
        if (one_is_dead(key(began)) || one_is_dead(key(began - one_round)))
            change(began | broken_bit);
    }

    Mutex lock_;
    atomic<std::uint32_t> word_{0};
    place places_[2][parties];
};

}  // namespace racekit
