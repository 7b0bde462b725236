// SPDX-License-Identifier: MIT
// The kinds except queues and locks, in the model: each right one is linearizable, each wrong twin
// is rejected.
#include "kinds.hpp"

#include <racekit/shared/shared_atomic.hpp>

#include <gtest/gtest.h>

#include <iostream>

namespace {

using namespace racekit;
using namespace racekit::kinds;

void expect_clean(linear_verdict const& seen) {
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

void expect_rejected(linear_verdict const& seen, std::string const& kind) {
    std::cout << seen.text;
    EXPECT_FALSE(seen.linearizable);
    ASSERT_TRUE(seen.found) << seen.text;
    EXPECT_EQ(kind, seen.found->kind) << seen.text;
}

TEST(linearizable_kinds, semaphore) {
    expect_clean(semaphore_check<made::right>({.threads = 2, .sequences = 2, .spurious = 0}));
    expect_clean(
        semaphore_check<made::right>({.threads = 3, .sequences = 2, .calls = 4, .spurious = 0}));
}

TEST(linearizable_kinds, a_semaphore_that_wakes_too_few) {
    expect_rejected(
        semaphore_check<made::wrong>({.threads = 3, .sequences = 2, .calls = 4, .spurious = 0}),
        "stuck though the specification goes on");
}

TEST(linearizable_kinds, event) {
    expect_clean(event_check<made::right>({.threads = 2, .sequences = 2, .spurious = 0}));
}

TEST(linearizable_kinds, an_event_that_wakes_one) {
    expect_rejected(
        event_check<made::wrong>({.threads = 3, .sequences = 1, .calls = 4, .spurious = 0}),
        "stuck though the specification goes on");
}

TEST(linearizable_kinds, barrier) { expect_clean(barrier_check<made::right>()); }
TEST(linearizable_kinds, a_barrier_that_lets_one_through) {
    expect_rejected(barrier_check<made::wrong>(), "not linearizable");
}

TEST(linearizable_kinds, map) {
    expect_clean(map_check<made::right>({.threads = 2, .sequences = 2}));
    expect_clean(map_check<made::right>({.threads = 3, .sequences = 1, .calls = 3}));
}

TEST(linearizable_kinds, a_map_that_looks_before_it_writes) {
    linear_verdict const seen = map_check<made::wrong>({.threads = 2, .sequences = 2});
    expect_rejected(seen, "not linearizable");
    EXPECT_EQ(2U, seen.program.size());
}

TEST(linearizable_kinds, shared_value) {
    using right = counted_value<made::right>;
    expect_clean(value_check<right>("shared_value", {.threads = 2, .sequences = 2}));
    expect_clean(value_check<right>("shared_value", {.threads = 3, .sequences = 1, .calls = 3}));
    // Its owner dies anywhere: the call has happened or has not.
    expect_clean(value_check<right>("shared_value", {.threads = 2, .sequences = 2, .mortal = 1}));
}

TEST(linearizable_kinds, get_and_then_set) {
    expect_rejected(value_check<counted_value<made::wrong>>("shared_value, get and then set",
                                                            {.threads = 2, .sequences = 2}),
                    "not linearizable");
}

TEST(linearizable_kinds, shared_atomic) {
    expect_clean(value_check<racekit::shared_atomic<int>>(
        "shared_atomic", {.threads = 3, .sequences = 2, .calls = 4}));
}

/// Two threads that load before they store, crosswise: that each load sees the other's later store
/// is never shown.
TEST(linearizable_kinds, a_clean_verdict_near_a_gap_of_the_engine_says_so) {
    struct number {
        atomic<int> left{0};
        atomic<int> right{0};
        int load() { return cross(left, right); }
        void store(int) { (void)cross(right, left); }
        static int cross(atomic<int>& from, atomic<int>& to) {
            int const seen = from.load(std::memory_order_relaxed);
            to.store(0, std::memory_order_relaxed);
            return seen;
        }
    };
    linearizable<number, specified::value> check("number");
    check.operation("store(0)", [](auto& value) { value.store(0); });
    check.operation("load()", [](auto& value) { return value.load(); });
    linear_verdict const one_each = check({.threads = 2, .sequences = 1});
    expect_clean(one_each);
    ASSERT_EQ(1U, one_each.warnings.size()) << one_each.text;
    EXPECT_EQ("load buffering", one_each.warnings[0].kind);
    EXPECT_NE(std::string::npos, one_each.text.find("\n  warning: threads load before they store"))
        << one_each.text;
}

TEST(linearizable_kinds, one_that_is_near_none_does_not) {
    struct number {
        mutex gate;
        plain<int> inside{0};
        void store(int value) {
            scoped_lock hold(gate);
            inside.write(value);
        }
        int load() {
            scoped_lock hold(gate);
            return inside.read();
        }
    };
    linearizable<number, specified::value> check("number under a lock");
    check.operation("store(1)", [](auto& value) { value.store(1); });
    check.operation("load()", [](auto& value) { return value.load(); });
    linear_verdict const seen = check({.threads = 2, .sequences = 1});
    expect_clean(seen);
    EXPECT_TRUE(seen.warnings.empty()) << seen.text;
}

}  // namespace
