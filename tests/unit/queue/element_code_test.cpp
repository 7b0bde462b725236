// SPDX-License-Identifier: MIT
// Elements whose own code throws, or uses the queue that is moving them.
#include "../support/kernel_state.hpp"

#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/bounded_stack.hpp>
#include <racekit/queue/mpmc_queue.hpp>
#include <racekit/queue/mpsc_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/queue/treiber_stack.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace {

using racekit::queue_state;

/// Calls `on_destruction` when a value that was armed is destroyed or overwritten.
struct armed {
    static inline std::function<void()> on_destruction;
    int value = 0;
    bool is_armed = false;

    armed() = default;
    explicit armed(int number, bool arm = false) : value(number), is_armed(arm) {}
    armed(armed&& other) noexcept
        : value(other.value), is_armed(std::exchange(other.is_armed, false)) {}
    armed& operator=(armed&& other) noexcept {
        fire();
        value = other.value;
        is_armed = std::exchange(other.is_armed, false);
        return *this;
    }
    ~armed() { fire(); }

    void fire() noexcept {
        if (std::exchange(is_armed, false)) on_destruction();
    }
};
bool operator<(armed const& left, armed const& right) { return left.value < right.value; }

template <class Queue, class Value>
bool put(Queue& queue, Value&& value) {
    if constexpr (requires { queue.try_put(std::forward<Value>(value)); })
        return queue.try_put(std::forward<Value>(value)) == queue_state::done;
    else if constexpr (requires { queue.try_push(std::forward<Value>(value)); })
        return queue.try_push(std::forward<Value>(value));
    else return queue.push(std::forward<Value>(value)), true;
}
template <class Queue, class Value>
bool get(Queue& queue, Value& into) {
    if constexpr (requires { queue.try_get(into); })
        return queue.try_get(into) == queue_state::done;
    else return queue.try_pop(into);
}

template <class Queue>
Queue make() {
    if constexpr (std::is_default_constructible_v<Queue>) return Queue();
    else return Queue(1);
}

/// The value that a get overwrites puts another element when it is destroyed.
template <class Queue>
void overwritten_value_puts() {
    Queue queue = make<Queue>();
    bool has_put = false;
    armed::on_destruction = [&] { has_put = put(queue, armed(2)); };
    ASSERT_TRUE(put(queue, armed(1)));
    armed into(0, true);
    ASSERT_TRUE(get(queue, into));
    EXPECT_EQ(into.value, 1);
    EXPECT_TRUE(has_put) << "the element was taken before, so there is room";
    ASSERT_TRUE(get(queue, into));
    EXPECT_EQ(into.value, 2);
}

TEST(element_code, an_overwritten_value_may_use_the_queue) {
    overwritten_value_puts<racekit::blocking_queue<armed>>();
    overwritten_value_puts<racekit::monitor_queue<armed>>();
    overwritten_value_puts<racekit::blocking_queue<armed, racekit::lifo>>();
    overwritten_value_puts<racekit::blocking_queue<armed, racekit::priority<>>>();
    overwritten_value_puts<racekit::mpmc_queue<armed>>();
    overwritten_value_puts<racekit::mpsc_queue<armed>>();
    overwritten_value_puts<racekit::treiber_stack<armed>>();
}

/// A move that puts and gets, while the queue is moving the element.
struct meddling {
    static inline std::function<void()> on_move;
    int value = 0;

    meddling() = default;
    explicit meddling(int number) : value(number) {}
    meddling(meddling&& other) : value(other.value) { meddle(); }
    meddling& operator=(meddling&& other) {
        value = other.value;
        meddle();
        return *this;
    }
    static void meddle() {
        if (on_move) std::exchange(on_move, nullptr)();
    }
};

TEST(element_code, a_move_that_uses_the_queue_is_an_error_and_changes_nothing) {
    racekit::monitor_queue<meddling> monitor(2);
    meddling into;
    meddling::on_move = [&] { (void)monitor.try_put(meddling(9)); };
    EXPECT_THROW((void)monitor.put(meddling(1)), racekit::queue_reentered);
    EXPECT_EQ(monitor.size(), 0U);
    ASSERT_EQ(monitor.put(meddling(1)), queue_state::done);
    meddling::on_move = [&] { (void)monitor.try_get(into); };
    EXPECT_THROW((void)monitor.get(into), racekit::queue_reentered);
    EXPECT_EQ(monitor.size(), 1U);
    if (!racekit::checks_element_code) return;
    meddling other;
    racekit::spsc_queue<meddling> spsc(2);
    ASSERT_TRUE(spsc.try_push(meddling(1)));
    meddling::on_move = [&] { (void)spsc.try_pop(other); };
    EXPECT_THROW((void)spsc.try_pop(into), racekit::queue_reentered);
    EXPECT_EQ(spsc.size(), 1U);
    racekit::mpsc_queue<meddling> mpsc;
    mpsc.push(meddling(1));
    meddling::on_move = [&] { (void)mpsc.try_pop(other); };
    EXPECT_THROW((void)mpsc.try_pop(into), racekit::queue_reentered);
    EXPECT_FALSE(mpsc.empty());
}

TEST(element_code, one_queue_may_be_used_while_another_moves_an_element) {
    racekit::monitor_queue<meddling> outer(2);
    racekit::monitor_queue<meddling> inner(2);
    meddling::on_move = [&] { (void)inner.try_put(meddling(1)); };
    EXPECT_EQ(outer.put(meddling(2)), queue_state::done);
    EXPECT_EQ(inner.size(), 1U);
}

/// Throws when it is assigned to a value that refuses.
struct picky {
    int value = 0;
    bool refuses = false;

    picky() = default;
    explicit picky(int number, bool refuse = false) : value(number), refuses(refuse) {}
    picky(picky&& other) : value(other.value), refuses(other.refuses) {
        if (refuses) throw std::runtime_error("refused");
    }
    picky& operator=(picky&& other) {
        if (refuses) throw std::runtime_error("refused");
        value = other.value;
        return *this;
    }
};

TEST(element_code, a_woken_consumer_that_fails_passes_the_wake_up_on) {
    racekit::monitor_queue<picky> queue(4);
    std::atomic<bool> failed{false};
    std::atomic<int> got{0};
    test::watched_thread fails([&] {
        picky into(0, true);
        try {
            (void)queue.get(into);
        } catch (std::runtime_error const&) {
            failed = true;
        }
    });
    fails.await_sleep();  // it sleeps first, so that it is woken first
    test::watched_thread other([&] {
        picky into;
        if (queue.get(into) == queue_state::done) got = into.value;
    });
    other.await_sleep();
    ASSERT_EQ(queue.put(picky(5)), queue_state::done);
    fails.join();
    test::await_that([&] { return got != 0; }, "the other one gets it");
    EXPECT_TRUE(failed);
    EXPECT_EQ(got, 5);
    queue.close();
    other.join();
}

TEST(element_code, a_woken_producer_that_fails_passes_the_wake_up_on) {
    racekit::monitor_queue<picky> queue(1);
    ASSERT_EQ(queue.put(picky(1)), queue_state::done);
    std::atomic<bool> failed{false};
    std::atomic<bool> put{false};
    test::watched_thread fails([&] {
        try {
            (void)queue.put(picky(2, true));
        } catch (std::runtime_error const&) {
            failed = true;
        }
    });
    fails.await_sleep();
    test::watched_thread other([&] { put = queue.put(picky(3)) == queue_state::done; });
    other.await_sleep();
    picky into;
    ASSERT_EQ(queue.get(into), queue_state::done);
    fails.join();
    test::await_that([&] { return put.load(); }, "the other one puts it");
    EXPECT_TRUE(failed);
    queue.close();
    other.join();
}

/// Elements whose operations throw now and then, from several producers and consumers.
struct failing {
    static inline std::atomic<unsigned> operations{0};
    int value = 0;

    failing() = default;
    explicit failing(int number) : value(number) {}
    failing(failing&& other) : value(other.value) { perhaps_throw(); }
    failing& operator=(failing&& other) {
        perhaps_throw();
        value = other.value;
        return *this;
    }
    static void perhaps_throw() {
        if (operations.fetch_add(1, std::memory_order_relaxed) % 5 == 4)
            throw std::runtime_error("now and then");
    }
};
bool operator<(failing const& left, failing const& right) {
    failing::perhaps_throw();
    return left.value < right.value;
}

template <class Queue>
void nothing_is_lost_when_elements_fail() {
    constexpr int each = 300;
    Queue queue(2);
    std::atomic<long> sum{0};
    std::atomic<int> taken{0};
    auto const producing = [&] {
        for (int number = 1; number <= each;) {
            try {
                if (queue.put(failing(number)) == queue_state::done) ++number;
            } catch (std::runtime_error const&) {
            }
        }
    };
    auto const consuming = [&] {
        for (failing into;;) {
            try {
                if (queue.get(into) != queue_state::done) return;
            } catch (std::runtime_error const&) {
                continue;
            }
            sum += into.value;
            if (++taken == 2 * each) queue.close();
        }
    };
    std::thread all[] = {std::thread(producing), std::thread(producing), std::thread(consuming),
                         std::thread(consuming)};
    for (std::thread& one : all) one.join();
    EXPECT_EQ(sum, 2L * each * (each + 1) / 2);
}

TEST(element_code, nothing_is_lost_when_elements_fail) {
    nothing_is_lost_when_elements_fail<racekit::blocking_queue<failing>>();
    nothing_is_lost_when_elements_fail<racekit::blocking_queue<failing, racekit::lifo>>();
    nothing_is_lost_when_elements_fail<racekit::blocking_queue<failing, racekit::priority<>>>();
}

}  // namespace
