// SPDX-License-Identifier: MIT
// The platform under TSan: the interface of std, real accesses, and locks that are trusted no
// further than their memory orders go.
#include <racekit/gtest_tsan.hpp>

#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace {

void together(auto first, auto second) {
    racekit::thread other(second);
    first();
    other.join();
}

TEST(tsan_atomic, has_the_operations_of_std) {
    racekit::atomic<int> number{40};
    EXPECT_EQ(number.fetch_add(2), 40);
    EXPECT_EQ(number++, 42);
    EXPECT_EQ(--number, 42);
    EXPECT_EQ(number.fetch_and(0xff), 42);
    EXPECT_EQ(number.fetch_or(1), 42);
    EXPECT_EQ(number.fetch_xor(1), 43);
    EXPECT_EQ(number.exchange(7, std::memory_order_acq_rel), 42);
    int expected = 8;
    EXPECT_FALSE(number.compare_exchange_strong(expected, 9));
    EXPECT_EQ(expected, 7);
    EXPECT_TRUE(number.compare_exchange_strong(expected, 9));
    EXPECT_EQ(number.load(std::memory_order_relaxed), 9);
    number = 3;
    EXPECT_EQ(number + 1, 4);
}

TEST(tsan_atomic, holds_what_std_holds) {
    int row[4] = {0, 1, 2, 3};
    racekit::atomic<int*> at{row};
    EXPECT_EQ(*++at, 1);
    EXPECT_EQ(*at.fetch_add(2), 1);
    EXPECT_EQ(*at.load(), 3);
    racekit::atomic<double> half{0.5};
    EXPECT_EQ(half.fetch_add(1), 0.5);
    EXPECT_EQ(half.load(), 1.5);
    enum class colour { red, green };
    racekit::atomic<colour> light{colour::red};
    light.store(colour::green);
    EXPECT_EQ(light.load(), colour::green);
    racekit::atomic_flag flag;
    EXPECT_FALSE(flag.test_and_set());
    EXPECT_TRUE(flag.test());
}

struct pair {
    std::uint64_t left, right;
};

TEST(tsan_atomic, holds_sixteen_bytes_that_TSan_sees) {
    racekit::atomic<pair> both{pair{1, 2}};
    int message = 0;
    // Publication through it is a happens-before edge, which a call into libatomic would not be.
    EXPECT_NO_TSAN_REPORT({
        together(
            [&] {
                message = 42;
                both.store({3, 4}, std::memory_order_release);
            },
            [&] {
                while (both.load(std::memory_order_acquire).left != 3) racekit::spin_hint();
                EXPECT_EQ(message, 42);
            });
    });
}

TEST(tsan_atomic, waits_and_is_notified) {
    racekit::atomic<int> state{0};
    EXPECT_NO_TSAN_REPORT({
        together([&] { state.wait(0); },
                 [&] {
                     state.store(1);
                     state.notify_all();
                 });
    });
}

TEST(tsan_plain, races_as_a_variable_does) {
    racekit::plain<int> variable{0};
    EXPECT_TSAN_REPORT("data-race", {
        together([&] { variable.write(variable.read() + 1); },
                 [&] { variable.write(variable.read() + 1); });
    });
}

TEST(tsan_plain, neighbours_do_not_race) {
    struct {
        racekit::plain<char> left{0}, right{0};
    } both;
    EXPECT_NO_TSAN_REPORT({
        together([&] { both.left.write(1); }, [&] { both.right.write(1); });
    });
}

TEST(tsan_slot, carries_what_only_moves) {
    racekit::slot<std::unique_ptr<int>> slot;
    slot.put(std::make_unique<int>(5));
    std::unique_ptr<int> const got = slot.take();
    EXPECT_EQ(*got, 5);
}

TEST(tsan_slot, races_when_two_take) {
    racekit::slot<int> slot;
    slot.put(1);
    EXPECT_TSAN_REPORT("data-race", {
        together([&] { (void)slot.take(); }, [&] { (void)slot.take(); });
    });
}

TEST(tsan_futex, sleeps_until_woken_and_until_its_deadline) {
    racekit::atomic<std::uint32_t> word{0};
    EXPECT_EQ(racekit::futex_wait(word, 1), racekit::futex_result::changed);
    EXPECT_EQ(racekit::futex_wait_until(word, 0, racekit::after(std::chrono::milliseconds(5))),
              racekit::futex_result::timed_out);
    EXPECT_EQ(racekit::futex_wake(word), 0);
    together([&] { (void)racekit::await(word, [](auto value) { return value == 1; }); },
             [&] { word.store(1); });
}

TEST(tsan_mutex, orders_what_it_guards) {
    racekit::mutex gate;
    int counter = 0;
    EXPECT_NO_TSAN_REPORT({
        auto const count = [&] {
            for (int turn = 0; turn < 1000; ++turn) {
                racekit::scoped_lock hold(gate);
                ++counter;
            }
        };
        together(count, count);
    });
    EXPECT_EQ(counter, 2000);
}

struct weak_leave : racekit::futex_mutex_orders {
    static constexpr auto leave = std::memory_order_relaxed;
};
struct weak_take : racekit::futex_mutex_orders {
    static constexpr auto take = std::memory_order_relaxed;
};

// TSan's own mutex annotations would vouch for the lock and hide this.
template <class Orders>
void count_under_weak_lock() {
    racekit::basic_futex_mutex<Orders> gate;
    int counter = 0;
    auto const count = [&] {
        for (int turn = 0; turn < 1000; ++turn) {
            std::scoped_lock hold(gate);
            ++counter;
        }
    };
    together(count, count);
    EXPECT_EQ(counter, 2000);  // x86 keeps the promise that the orders do not make
}

TEST(tsan_mutex, with_an_order_too_weak_is_a_race) {
    EXPECT_TSAN_REPORT("data-race", { count_under_weak_lock<weak_leave>(); });
    EXPECT_TSAN_REPORT("data-race", { count_under_weak_lock<weak_take>(); });
}

TEST(tsan_mutex, is_known_to_the_lock_order_checker) {
    racekit::mutex first, second;
    EXPECT_TSAN_REPORT("lock-order-inversion", {
        racekit::thread([&] {
            racekit::scoped_lock one(first);
            racekit::scoped_lock two(second);
        }).join();
        racekit::thread([&] {
            racekit::scoped_lock two(second);
            racekit::scoped_lock one(first);
        }).join();
    });
}

TEST(tsan_mutex, misuse_is_reported) {
    EXPECT_TSAN_REPORT("mutex-bad-unlock", {
        racekit::mutex gate;
        gate.unlock();
    });
}

TEST(tsan_thread, is_that_of_std) {
    std::vector<racekit::thread> crew;
    racekit::atomic<int> sum{0};
    for (int number = 1; number <= 3; ++number)
        crew.emplace_back([&sum](int mine) { sum += mine; }, number);
    for (racekit::thread& each : crew) each.join();
    EXPECT_EQ(sum.load(), 6);
    EXPECT_FALSE(crew[0].joinable());
}

}  // namespace
