// SPDX-License-Identifier: MIT
// Histories of real threads: short ones by search, long ones by the monitor.
#include "check_of_nothing.hpp"
#include "kinds.hpp"
#include "specifications.hpp"

#include <racekit/fifo_monitor.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <thread>
#include <vector>

namespace {

using namespace racekit;

constexpr linear_client short_look{.threads = 3, .sequences = 2, .calls = 6, .executions = 5'000};

TEST(linearizability_natively, blocking_queue) {
    linearizable<blocking_queue<int>, specified::waiting_queue> check("blocking_queue of 1", 1U);
    check.operation("put(1)", [](auto& queue) { return queue.put(1); });
    check.operation("try_put(2)", [](auto& queue) { return queue.try_put(2); });
    check.operation("get()", [](auto& queue) {
        int got = 0;
        auto const how = queue.get(got);
        return std::pair(how, got);
    });
    check.operation("size()", [](auto& queue) { return queue.size(); });
    linear_verdict const seen = check(short_look);
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable) << seen.text;
    EXPECT_FALSE(seen.exhausted);
    EXPECT_LT(100U, seen.executions);
}

template <class Lock>
class exclusive {
public:
    void lock_exclusive() { gate_.lock(); }
    bool try_lock() { return gate_.try_lock(); }
    void unlock() { gate_.unlock(); }

private:
    Lock gate_;
};

TEST(linearizability_natively, mutex) {
    linearizable<exclusive<mutex>, specified::lock> check("mutex");
    auto const lock = check.step("lock()", [](auto& gate) { gate.lock_exclusive(); });
    auto const try_lock = check.step("try_lock()", [](auto& gate) { return gate.try_lock(); });
    auto const unlock = check.step("unlock()", [](auto& gate) { gate.unlock(); });
    check.sequence({lock, unlock});
    check.sequence({try_lock, unlock});
    linear_verdict const seen = check(short_look);
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable) << seen.text;
}

TEST(linearizability_natively, semaphore_event_map_and_value) {
    using namespace kinds;
    linear_verdict const all[] = {
        semaphore_check<made::right>(short_look), event_check<made::right>(short_look),
        map_check<made::right>(short_look),
        value_check<counted_value<made::right>>("shared_value", short_look)};
    for (linear_verdict const& seen : all) {
        std::cout << seen.text;
        EXPECT_TRUE(seen.linearizable) << seen.text;
        EXPECT_LT(100U, seen.executions);
    }
}

TEST(linearizability_natively, get_and_then_set_is_rejected) {
    using namespace kinds;
    linear_verdict const seen = value_check<counted_value<made::wrong>>(
        "shared_value, get and then set", {.threads = 2, .sequences = 2, .seconds = 60});
    std::cout << seen.text;
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("not linearizable", seen.found->kind);
}

/// Looks, gives others their turn, then takes.
class look_then_take {
public:
    bool try_lock() {
        if (held_.load()) return false;
        std::this_thread::yield();
        held_.store(true);
        return true;
    }

private:
    std::atomic<bool> held_{false};
};

TEST(linearizability_natively, a_lock_for_two_is_rejected) {
    linearizable<look_then_take, specified::lock> check("look_then_take");
    check.operation("try_lock()", [](auto& gate) { return gate.try_lock(); });
    linear_verdict const seen = check({.threads = 2, .sequences = 1, .calls = 2, .seconds = 60});
    std::cout << seen.text;
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("not linearizable", seen.found->kind);
    EXPECT_NE(std::string::npos, seen.text.find("then b: specified false, got true")) << seen.text;
}

/// `producers` put, one consumer gets, all are stamped.
template <class Put, class Get>
fifo_history stamped(int producers, std::uint64_t each, Put put, Get get) {
    std::vector<fifo_history> seen(static_cast<std::size_t>(producers) + 1);
    std::vector<std::thread> threads;
    for (int producer = 0; producer < producers; ++producer) {
        threads.emplace_back([&, producer] {
            for (std::uint64_t number = 0; number < each; ++number) {
                std::uint64_t const value = static_cast<std::uint64_t>(producer) << 32 | number;
                std::uint64_t const began = stamp();
                put(value);
                seen[static_cast<std::size_t>(producer)].put(value, began, stamp());
            }
        });
    }
    for (std::uint64_t left = each * static_cast<std::uint64_t>(producers); left > 0; --left) {
        std::uint64_t const began = stamp();
        std::uint64_t const value = get();
        seen.back().got(value, began, stamp());
    }
    for (auto& thread : threads) thread.join();
    fifo_history all;
    for (auto const& thread : seen) all.add(thread);
    return all;
}

TEST(linearizability_natively, long_histories_of_blocking_queue) {
    blocking_queue<std::uint64_t> queue(16);
    fifo_history const seen = stamped(
        3, 50'000, [&](std::uint64_t value) { (void)queue.put(value); },
        [&] {
            std::uint64_t value = 0;
            (void)queue.get(value);
            return value;
        });
    EXPECT_EQ(150'000U, seen.gets().size());
    EXPECT_EQ("", fifo_violation(seen, drained::yes).value_or(""));
}

TEST(linearizability_natively, long_histories_of_spsc_queue) {
    spsc_queue<std::uint64_t> queue(16);
    fifo_history const seen = stamped(
        1, 200'000,
        [&](std::uint64_t value) {
            while (!queue.try_push(value)) std::this_thread::yield();
        },
        [&] {
            std::uint64_t value = 0;
            while (!queue.try_pop(value)) std::this_thread::yield();
            return value;
        });
    EXPECT_EQ("", fifo_violation(seen, drained::yes).value_or(""));
}

/// Two queues behind one face: what went into the other one may be overtaken.
TEST(linearizability_natively, a_queue_in_two_lanes_overtakes) {
    blocking_queue<std::uint64_t> lanes[2]{blocking_queue<std::uint64_t>(1000),
                                           blocking_queue<std::uint64_t>(1000)};
    std::uint64_t turn = 0;
    fifo_history const seen = stamped(
        1, 1000, [&](std::uint64_t value) { (void)lanes[value / 2 % 2].put(value); },
        [&] {
            std::uint64_t value = 0;
            (void)lanes[turn++ % 2].get(value);
            return value;
        });
    std::string const complaint = fifo_violation(seen, drained::yes).value_or("");
    EXPECT_NE(std::string::npos, complaint.find("overtook")) << complaint;
}

/// What did nothing is not linearizable.
TEST(linearizability_native, a_check_of_nothing_is_no_verdict) {
    linearizable<specified::value, specified::value> whole("value");
    refuses_to_check_nothing(whole);
    linear_verdict const alone = whole({.threads = 1});
    EXPECT_FALSE(alone.linearizable) << "natively there is nothing to run: " << alone.text;
    linear_verdict const never = whole.stress({.seconds = -1, .rounds = 1});
    EXPECT_EQ(never.linearizable, never.executions > 0) << never.text;
}

}  // namespace
