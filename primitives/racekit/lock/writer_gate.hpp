// SPDX-License-Identifier: MIT
// writer_gate: the part of shared_mutex through which writers, and readers that met one, go one by
// one; one word that also tells readers whether a writer is there.
//
// Progress: enter() blocks: spins, then yields, then sleeps. try_enter() and leave()
//           are wait-free.
// Invariant: of state_, `held` is set while a thread is inside, `writer` while that thread is a
//            writer, and `contended` while a thread may sleep on the word.
// Ordering: everything before leave() happens before the return of the enter() that follows it, and
//           before the return of a has_writer() that says no after it.
//
// leave() is one read-modify-write: a thread that sees that the writer is gone may destroy the
// lock.
#pragma once

#include <racekit/platform/core.hpp>

#include <cstdint>

namespace racekit {

/// orders: want (to enter), look (whether there is a writer), leave, peek.
template <class orders>
class basic_writer_gate {
public:
    enum class entrant { reader, writer };

    bool enter(entrant who, deadline limit) { return try_enter(who) || enter_or_sleep(who, limit); }

    bool try_enter(entrant who) {
        std::uint32_t expected = 0;
        return state_.compare_exchange_strong(expected, inside(who), orders::want, orders::peek);
    }

    void leave() {
        if ((state_.exchange(0, orders::leave) & contended) != 0) futex_wake(state_, 1);
    }

    [[nodiscard]] bool is_entered() const { return !is_free(state_.load(orders::peek)); }

    [[nodiscard]] bool has_writer() const { return (state_.load(orders::look) & writer) != 0; }

private:
    static constexpr std::uint32_t held = 1;
    static constexpr std::uint32_t writer = 2;
    static constexpr std::uint32_t contended = 4;

    static constexpr std::uint32_t inside(entrant who) {
        return who == entrant::writer ? held | writer : held;
    }
    static constexpr bool is_free(std::uint32_t state) { return (state & held) == 0; }

    // Out of line, so that enter() is small where it is inlined.
    [[gnu::noinline]] bool enter_or_sleep(entrant who, deadline limit) {
        std::uint32_t seen = held;
        // Entered as `contended` after a sleep: others may still sleep, and only the word tells.
        std::uint32_t others = 0;
        for (bool in_time = true;;) {
            if (await_briefly(state_, is_free, seen, orders::peek, spinning)) {
                if (state_.compare_exchange_weak(seen, inside(who) | others, orders::want,
                                                 orders::peek))
                    return true;
                continue;
            }
            if (!in_time) return false;
            if ((seen & contended) == 0 &&
                !state_.compare_exchange_weak(seen, seen | contended, orders::peek, orders::peek))
                continue;
            in_time = futex_wait_until(state_, seen | contended, limit) != futex_result::timed_out;
            if constexpr (orders::stay_contended) others = contended;
        }
    }

    static constexpr backoff spinning{31, 16, 16};

    atomic<std::uint32_t> state_{0};
};

}  // namespace racekit
