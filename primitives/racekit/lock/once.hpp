// SPDX-License-Identifier: MIT
// once: calls a function one time; callers meanwhile wait, and if it throws the next one tries.
//
// Progress: wait-free when it is done, one load; else blocking: the first caller runs it, the
//           others spin, then yield, then sleep.
// Invariant: state_ is fresh, running, running while a thread may sleep on the word, or done.
// Ordering: everything that the call did happens before the return of every other call; what one
//           that threw has done happens before the next attempt.
//
// A call from within the call waits for itself, forever.
#pragma once

#include <racekit/platform/core.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace racekit {

struct once_orders {
    static constexpr auto finish = std::memory_order_release;  // -> see: what the call did
    static constexpr auto see = std::memory_order_acquire;     // -> finish: sees it
    static constexpr auto begin = std::memory_order_acquire;   // -> finish: after one that threw
    static constexpr auto peek = std::memory_order_relaxed;    // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool say_awaited = true;  // before sleeping: else no thread is woken
    static constexpr bool retry = true;        // after a call that threw: nothing counts as done
    static constexpr bool recheck = true;      // after a wake-up, which may be spurious
};

template <class orders = once_orders>
class basic_once {
public:
    constexpr basic_once() = default;
    basic_once(basic_once const&) = delete;
    basic_once& operator=(basic_once const&) = delete;

    [[nodiscard]] bool is_done() const { return state_.load(orders::see) == done; }

    /// Runs `what()` unless that was done; waits if another thread is at it. What it throws goes to
    /// this caller, and nothing counts as done.
    template <class Function>
    void call(Function&& what) {
        (void)call_until(never, std::forward<Function>(what));
    }

    /// As call, but false if `limit` passes while another thread is at it.
    template <class Function>
    [[nodiscard]] bool call_until(deadline limit, Function&& what) {
        if (is_done()) return true;
        while (!begin_if_fresh()) {
            std::uint32_t seen = running;
            if (!wait_while_running(limit, seen)) return false;
            if (seen == done || !orders::retry) return true;
        }
        run(what);
        return true;
    }
    template <class Rep, class Period, class Function>
    [[nodiscard]] bool call_for(std::chrono::duration<Rep, Period> span, Function&& what) {
        return call_until(racekit::after(span), std::forward<Function>(what));
    }

    /// As call, but false if another thread is at it. Never waits.
    template <class Function>
    [[nodiscard]] bool try_call(Function&& what) {
        if (is_done()) return true;
        if (!begin_if_fresh()) return is_done();  // the other may just have ended
        run(what);
        return true;
    }

private:
    static constexpr std::uint32_t fresh = 0;
    static constexpr std::uint32_t running = 1;
    static constexpr std::uint32_t awaited = 2;  // running, and a thread may sleep
    static constexpr std::uint32_t done = 3;

    bool begin_if_fresh() {
        std::uint32_t expected = fresh;
        return state_.compare_exchange_strong(expected, running, orders::begin, orders::peek);
    }

    template <class Function>
    void run(Function& what) {
        try {
            what();
        } catch (...) {
            end(fresh);
            throw;
        }
        end(done);
    }

    void end(std::uint32_t as) {
        if (state_.exchange(as, orders::finish) == awaited) futex_wake(state_);
    }

    /// False: `limit` passed.
    [[gnu::noinline]] bool wait_while_running(deadline limit, std::uint32_t& seen) {
        auto const is_over = [](std::uint32_t now) { return now == fresh || now == done; };
        if (await_briefly(state_, is_over, seen, orders::see)) return true;
        while (!is_over(seen)) {
            if (orders::say_awaited && seen == running &&
                !state_.compare_exchange_weak(seen, awaited, orders::see))
                continue;
            auto const why = futex_wait_until(state_, orders::say_awaited ? awaited : seen, limit);
            seen = orders::recheck ? state_.load(orders::see) : done;
            if (why == futex_result::timed_out) return is_over(seen);
        }
        return true;
    }

    atomic<std::uint32_t> state_{fresh};
};

using once = basic_once<>;

/// The names that std has for it. What `what` throws goes to the caller, and counts as not called.
using once_flag = once;
template <class Function, class... Arguments>
void call_once(once_flag& flag, Function&& what, Arguments&&... arguments) {
    flag.call([&] {
        std::invoke(std::forward<Function>(what), std::forward<Arguments>(arguments)...);
    });
}

}  // namespace racekit
