// SPDX-License-Identifier: MIT
// The locks and a value are linearizable to what a lock and a value are. In the model the
// well-known names are specifications already: what is checked here are their implementations.
#include "specifications.hpp"

#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/futex_mutex.hpp>
#include <racekit/lock/mcs_lock.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <iostream>

namespace {

using namespace racekit;

/// A lock and what it guards: if holders do not happen one after the other, that is a data race.
template <class Lock>
class guarding {
public:
    void lock_exclusive() {
        gate_.lock();
        change();
    }
    bool try_lock() {
        if (!gate_.try_lock()) return false;
        change();
        return true;
    }
    void unlock() {
        change();
        gate_.unlock();
    }
    void lock_shared() {
        gate_.lock_shared();
        (void)guarded_.read();
    }
    bool try_lock_shared() {
        if (!gate_.try_lock_shared()) return false;
        (void)guarded_.read();
        return true;
    }
    void unlock_shared() {
        (void)guarded_.read();
        gate_.unlock_shared();
    }

private:
    void change() { guarded_.write(guarded_.read() + 1); }

    Lock gate_;
    plain<int> guarded_{0};
};

template <class Lock>
auto lock_check(char const* name) {
    auto check = std::make_unique<linearizable<guarding<Lock>, specified::lock>>(name);
    auto const lock = check->step("lock()", [](auto& gate) { gate.lock_exclusive(); });
    auto const try_lock = check->step("try_lock()", [](auto& gate) { return gate.try_lock(); });
    auto const unlock = check->step("unlock()", [](auto& gate) { gate.unlock(); });
    check->sequence({lock, unlock});
    check->sequence({try_lock, unlock});
    return check;
}

void expect_clean(linear_verdict const& seen) {
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

TEST(linearizable_locks, futex_mutex) {
    expect_clean((*lock_check<basic_futex_mutex<>>("futex_mutex"))({.threads = 2, .sequences = 2}));
    expect_clean((*lock_check<basic_futex_mutex<>>("futex_mutex"))(
        {.threads = 3, .sequences = 1, .calls = 6, .spurious = 0}));
}

TEST(linearizable_locks, spin_lock) {
    expect_clean((*lock_check<basic_spin_lock<>>("spin_lock"))({.threads = 2, .sequences = 2}));
    expect_clean(
        (*lock_check<basic_spin_lock<>>("spin_lock"))({.threads = 3, .sequences = 1, .calls = 6}));
}

TEST(linearizable_locks, ticket_lock) {
    expect_clean((*lock_check<basic_ticket_lock<>>("ticket_lock"))({.threads = 2, .sequences = 2}));
    expect_clean((*lock_check<basic_ticket_lock<>>("ticket_lock"))(
        {.threads = 3, .sequences = 1, .calls = 6}));
}

/// An mcs_lock with a place for each thread, so that it is used as any lock.
class placed {
public:
    void lock() { line_.lock(places_.get()); }
    bool try_lock() { return line_.try_lock(places_.get()); }
    void unlock() { line_.unlock(places_.get()); }

private:
    mcs_lock line_;
    thread_slot<mcs_lock::queue_node> places_;
};

TEST(linearizable_locks, mcs_lock) {
    expect_clean((*lock_check<placed>("mcs_lock"))({.threads = 2, .sequences = 2}));
    expect_clean((*lock_check<placed>("mcs_lock"))({.threads = 3, .sequences = 1, .calls = 6}));
}

TEST(linearizable_locks, fifo_mutex) {
    expect_clean((*lock_check<basic_fifo_mutex<>>("fifo_mutex"))(
        {.threads = 2, .sequences = 1, .spurious = 0}));
}

using two_counters = basic_futex_shared_mutex<futex_shared_mutex_orders, 2>;

using one_counter = basic_futex_shared_mutex<futex_shared_mutex_orders, 1>;

enum class taking { any, waiting, trying, readers_trying };

/// With `eager`, a try_lock() may fail though the lock is free: another writer is waiting for it.
template <class Lock = two_counters>
auto shared_check(bool eager, taking how = taking::any) {
    auto check =
        std::make_unique<linearizable<guarding<Lock>, specified::lock>>("futex_shared_mutex");
    auto const lock = check->step("lock()", [](auto& gate) { gate.lock_exclusive(); });
    auto const try_lock = check->step("try_lock()", [](auto& gate) { return gate.try_lock(); });
    auto const unlock = check->step("unlock()", [](auto& gate) { gate.unlock(); });
    auto const enter = check->step("lock_shared()", [](auto& gate) { gate.lock_shared(); });
    auto const try_enter =
        check->step("try_lock_shared()", [](auto& gate) { return gate.try_lock_shared(); });
    auto const leave = check->step("unlock_shared()", [](auto& gate) { gate.unlock_shared(); });
    if (eager) {
        check->may_also_give(try_lock, false);
        check->may_also_give(try_enter, false);
    }
    bool const readers_try = how == taking::trying || how == taking::readers_trying;
    if (how != taking::trying) check->sequence({lock, unlock});
    if (how == taking::any || how == taking::trying) check->sequence({try_lock, unlock});
    if (!readers_try) check->sequence({enter, leave});
    if (how == taking::any || readers_try) check->sequence({try_enter, leave});
    return check;
}

TEST(linearizable_locks, futex_shared_mutex) {
    // What must be exhausted is; how fast, the machine decides.
    expect_clean(
        (*shared_check(true))({.threads = 2, .sequences = 2, .seconds = 300, .spurious = 0}));
    linear_client three{.threads = 3, .sequences = 1, .calls = 6, .seconds = 300, .spurious = 0};
    expect_clean((*shared_check(true, taking::trying))(three));
    expect_clean((*shared_check<one_counter>(true, taking::readers_trying))(three));
    // Three threads that all wait have more than 30 million executions: these are a sample.
    three.executions = 50'000;
    linear_verdict const sampled = (*shared_check<one_counter>(true, taking::waiting))(three);
    std::cout << sampled.text;
    EXPECT_TRUE(sampled.linearizable && !sampled.exhausted) << sampled.text;
}

// As the standard allows a try_lock() to do.
TEST(linearizable_locks, futex_shared_mutex_try_lock_fails_for_a_writer_on_its_way) {
    linear_verdict const seen =
        (*shared_check(false))({.threads = 2, .sequences = 2, .spurious = 0});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("not linearizable", seen.found->kind) << seen.text;
}

template <std::memory_order order>
class relaxed_value {
public:
    int load() const { return now_.load(order); }
    void store(int next) { now_.store(next, order); }
    int exchange(int next) { return now_.exchange(next, order); }
    int fetch_add(int more) { return now_.fetch_add(more, order); }

private:
    atomic<int> now_{0};
};

// One that dies within a call has done it or has not: both are looked at, and both are allowed.
TEST(linearizable_values, a_client_that_dies) {
    linearizable<relaxed_value<std::memory_order_relaxed>, specified::value> check("atomic");
    check.operation("store(1)", [](auto& value) { value.store(1); });
    check.operation("load()", [](auto& value) { return value.load(); });
    linear_client client{.threads = 2, .sequences = 2};
    linear_verdict const alive = check(client);
    client.mortal = 1;
    linear_verdict const mortal = check(client);
    expect_clean(mortal);
    EXPECT_LT(alive.histories, mortal.histories);
}

// Coherence is all that one value needs: even relaxed, it is linearizable by happens-before.
TEST(linearizable_values, an_atomic_of_any_order) {
    auto const check = [](auto value, char const* name) {
        linearizable<typename decltype(value)::type, specified::value> check(name);
        check.operation("load()", [](auto& value) { return value.load(); });
        check.operation("store(1)", [](auto& value) { value.store(1); });
        check.operation("exchange(2)", [](auto& value) { return value.exchange(2); });
        check.operation("fetch_add(1)", [](auto& value) { return value.fetch_add(1); });
        expect_clean(check({.threads = 3, .sequences = 2, .calls = 4}));
    };
    check(std::type_identity<relaxed_value<std::memory_order_relaxed>>(), "atomic, relaxed");
    check(std::type_identity<relaxed_value<std::memory_order_seq_cst>>(), "atomic, seq_cst");
}

}  // namespace
