// SPDX-License-Identifier: MIT
// Semaphores, events, latch and barrier: the implementations, and the specifications that stand for
// them under the well-known names, are linearizable to the same sequential classes.
#include "barrier.hpp"
#include "specifications.hpp"

#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/barrier.hpp>
#include <racekit/lock/bounded_semaphore.hpp>
#include <racekit/lock/event.hpp>
#include <racekit/lock/latch.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <iostream>

namespace {

using namespace racekit;

void expect_clean(linear_verdict const& seen) {
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

template <class Semaphore>
struct counting {
    Semaphore inside;
    explicit counting(int permits) : inside(permits) {}
    void acquire() { inside.acquire(); }
    bool try_acquire() { return inside.try_acquire(); }
    bool release(int more = 1) {
        try {
            if constexpr (requires { inside.release(more); }) inside.release(more);
            else inside.release();
        } catch (released_too_often const&) {
            return false;
        }
        return true;
    }
};

template <class Semaphore>
void check_semaphore(char const* name, linear_client const& client) {
    linearizable<counting<Semaphore>, specified::semaphore> check(name, 0);
    check.operation("acquire()", [](auto& on) { on.acquire(); });
    check.operation("try_acquire()", [](auto& on) { return on.try_acquire(); });
    check.operation("release()", [](auto& on) { return on.release(); });
    expect_clean(check(client));
}

TEST(linearizable_waiting, semaphore) {
    linear_client const two{.threads = 2, .sequences = 2, .spurious = 0};
    linear_client const three{.threads = 3, .sequences = 1, .calls = 3, .spurious = 0};
    check_semaphore<basic_futex_semaphore<>>("futex_semaphore", two);
    check_semaphore<basic_futex_semaphore<>>("futex_semaphore", three);
    check_semaphore<specification::semaphore>("its specification", two);
    check_semaphore<specification::semaphore>("its specification", three);
}

// A later thread must not take a permit that was given to a sleeper: otherwise a thread could find
// none by try_acquire() and then get it by acquire().
template <class Semaphore>
void check_given_away(char const* name) {
    linearizable<counting<Semaphore>, specified::semaphore> check(name, 0);
    auto const acquire = check.step("acquire()", [](auto& on) { on.acquire(); });
    auto const release = check.step("release()", [](auto& on) { return on.release(); });
    auto const none_left =
        check.step("!try_acquire()", [](auto& on) { return !on.try_acquire(); });
    check.sequence({acquire});
    check.sequence({release, none_left, acquire});
    expect_clean(check({.threads = 2, .sequences = 1, .calls = 4, .spurious = 0}));
}

TEST(linearizable_waiting, semaphore_gives_to_one) {
    check_given_away<basic_futex_semaphore<>>("futex_semaphore");
    check_given_away<specification::semaphore>("its specification");
}

/// As many permits at most as it began with: one.
struct one_permit : specified::semaphore {
    one_permit() : specified::semaphore{1, 1} {}
    bool operator==(one_permit const&) const = default;
};

template <class Semaphore>
struct one_seat : counting<Semaphore> {
    one_seat() : counting<Semaphore>(1) {}
};

template <class Semaphore>
void check_bounded(char const* name) {
    linearizable<one_seat<Semaphore>, one_permit> check(name);
    check.operation("try_acquire()", [](auto& on) { return on.try_acquire(); });
    check.operation("release()", [](auto& on) { return on.release(); });
    expect_clean(check({.threads = 2, .sequences = 2, .spurious = 0}));
}

TEST(linearizable_waiting, bounded_semaphore) {
    check_bounded<basic_bounded_semaphore<>>("bounded_semaphore");
    check_bounded<specification::bounded_semaphore>("its specification");
}

template <class Event>
void check_event(char const* name) {
    linearizable<Event, specified::event> check(name);
    check.operation("set()", [](auto& on) { on.set(); });
    check.operation("wait()", [](auto& on) { on.wait(); });
    check.operation("is_set()", [](auto& on) { return on.is_set(); });
    auto const set = check.step("set()", [](auto& on) { on.set(); });
    auto const clear = check.step("clear()", [](auto& on) { on.clear(); });
    check.sequence({set, clear});
    expect_clean(check({.threads = 2, .sequences = 2, .calls = 3, .spurious = 0}));
    expect_clean(check({.threads = 3, .sequences = 1, .calls = 3, .spurious = 0}));
}

TEST(linearizable_waiting, event) {
    check_event<basic_futex_event<>>("futex_event");
    check_event<specification::event>("its specification");
}

template <class Event>
void check_auto_reset(char const* name) {
    linearizable<Event, specified::auto_reset_event> check(name);
    check.operation("set()", [](auto& on) { on.set(); });
    check.operation("wait()", [](auto& on) { on.wait(); });
    check.operation("try_wait()", [](auto& on) { return on.try_wait(); });
    check.operation("clear()", [](auto& on) { on.clear(); });
    expect_clean(check({.threads = 2, .sequences = 2, .calls = 3, .spurious = 0}));
    expect_clean(check({.threads = 3, .sequences = 1, .calls = 3, .spurious = 0}));
}

// Nor does a thread that clears it and then waits pass because of an earlier set().
template <class Event>
void check_cleared(char const* name) {
    linearizable<Event, specified::auto_reset_event> check(name);
    auto const set = check.step("set()", [](auto& on) { on.set(); });
    auto const clear = check.step("clear()", [](auto& on) { on.clear(); });
    auto const wait = check.step("wait()", [](auto& on) { on.wait(); });
    check.sequence({wait});
    check.sequence({set, clear, wait});
    expect_clean(check({.threads = 2, .sequences = 1, .calls = 4, .spurious = 0}));
}

TEST(linearizable_waiting, auto_reset_event_is_cleared) {
    check_cleared<basic_auto_reset_event<>>("futex_auto_reset_event");
    check_cleared<specification::auto_reset_event>("its specification");
}

TEST(linearizable_waiting, auto_reset_event) {
    check_auto_reset<basic_auto_reset_event<>>("futex_auto_reset_event");
    check_auto_reset<specification::auto_reset_event>("its specification");
}

template <class Latch>
struct latch_of_two : Latch {
    latch_of_two() : Latch(2) {}
};

template <class Latch>
void check_latch(char const* name) {
    linearizable<latch_of_two<Latch>, specified::latch> check(name);
    auto const count_down = check.step("count_down()", [](auto& on) { on.count_down(); });
    check.sequence({count_down}, "first");
    check.sequence({count_down}, "second");
    check.operation("wait()", [](auto& on) { on.wait(); });
    check.operation("try_wait()", [](auto& on) { return on.try_wait(); });
    expect_clean(check({.threads = 3, .sequences = 1, .calls = 3, .spurious = 0}));
}

TEST(linearizable_waiting, latch) {
    check_latch<basic_futex_latch<>>("futex_latch");
    check_latch<specification::latch>("its specification");
}

template <class Barrier>
void check_barrier(char const* name, int sequences) {
    linearizable<meeting<Barrier, 2>, specified::barrier<2>> check(name);
    meet_as_two(check);
    expect_clean(check({.threads = 2, .sequences = sequences, .calls = 8, .spurious = 0}));
}

TEST(linearizable_waiting, barrier) {
    check_barrier<basic_futex_barrier<>>("futex_barrier of 2", 2);
    check_barrier<specification::barrier>("its specification", 2);
}

// The check can go red: a latch whose waiters are let through while one is still missing.
class hasty_latch : public basic_futex_latch<> {
public:
    hasty_latch() : basic_futex_latch<>(1) {}
    void count_down() {
        if (!try_wait()) basic_futex_latch<>::count_down();
    }
};

TEST(linearizable_waiting, a_latch_that_opens_too_early) {
    linearizable<hasty_latch, specified::latch> check("hasty latch");
    auto const count_down = check.step("count_down()", [](auto& on) { on.count_down(); });
    check.sequence({count_down}, "first");
    check.operation("try_wait()", [](auto& on) { return on.try_wait(); });
    linear_verdict const seen = check({.threads = 2, .sequences = 1, .spurious = 0});
    EXPECT_FALSE(seen.linearizable) << seen.text;
}

}  // namespace
