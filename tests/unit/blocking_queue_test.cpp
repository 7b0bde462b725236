// blocking_queue: order, bounds, waiting and its deadlines, close, throwing elements, many threads.
#include "company_of_threads.hpp"
#include "fussy.hpp"

#include <racekit/queue/blocking_queue.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace {

using namespace std::chrono_literals;
using racekit::queue_state;

TEST(blocking_queue, is_first_in_first_out) {
    racekit::blocking_queue<int> queue(3);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.put(i), queue_state::done);
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.try_put(3), queue_state::full);
    int got = -1;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(queue.get(got), queue_state::done);
        EXPECT_EQ(got, i);
    }
    EXPECT_EQ(queue.try_get(got), queue_state::empty);
    EXPECT_EQ(got, 2);
    EXPECT_TRUE(queue.empty());
}

TEST(blocking_queue, a_refused_element_stays_with_its_owner) {
    racekit::blocking_queue<std::unique_ptr<int>> queue(1);
    EXPECT_EQ(queue.put(std::make_unique<int>(1)), queue_state::done);
    auto refused = std::make_unique<int>(2);
    EXPECT_EQ(queue.try_put(std::move(refused)), queue_state::full);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(queue.put_until(std::move(refused), racekit::after(1ms)), queue_state::timed_out);
    ASSERT_NE(refused, nullptr);
    queue.close();
    EXPECT_EQ(queue.put(std::move(refused)), queue_state::closed);
    ASSERT_NE(refused, nullptr);
}

TEST(blocking_queue, deadlines_pass) {
    racekit::blocking_queue<int> queue(1);
    int got = 0;
    auto began = racekit::clock::now();
    EXPECT_EQ(queue.get_until(got, began + 20ms), queue_state::timed_out);
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_EQ(queue.get_until(got, racekit::after(-1s)), queue_state::timed_out);
    EXPECT_EQ(queue.put_until(1, racekit::after(-1s)), queue_state::done);  // room: no need to wait
    began = racekit::clock::now();
    EXPECT_EQ(queue.put_until(2, began + 20ms), queue_state::timed_out);
    EXPECT_GE(racekit::clock::now() - began, 20ms);
}

TEST(blocking_queue, close_keeps_what_was_put) {
    racekit::blocking_queue<int> queue(4);
    EXPECT_EQ(queue.put(1), queue_state::done);
    EXPECT_EQ(queue.put(2), queue_state::done);
    queue.close();
    queue.close();
    EXPECT_TRUE(queue.is_closed());
    EXPECT_EQ(queue.put(3), queue_state::closed);
    EXPECT_EQ(queue.try_put(3), queue_state::closed);
    EXPECT_EQ(queue.put_until(3, racekit::after(1s)), queue_state::closed);
    int got = 0;
    EXPECT_EQ(queue.get(got), queue_state::done);
    EXPECT_EQ(got, 1);
    EXPECT_EQ(queue.try_get(got), queue_state::done);
    EXPECT_EQ(got, 2);
    EXPECT_EQ(queue.get(got), queue_state::closed);
    EXPECT_EQ(queue.try_get(got), queue_state::closed);
    EXPECT_EQ(queue.get_until(got, racekit::after(1s)), queue_state::closed);
}

TEST(blocking_queue, close_wakes_everyone) {
    racekit::blocking_queue<int> full(1);
    racekit::blocking_queue<int> empty(1);
    ASSERT_EQ(full.put(0), queue_state::done);
    std::atomic<int> told{0};
    std::vector<std::thread> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.emplace_back([&] { told += full.put(1) == queue_state::closed; });
        waiting.emplace_back([&] {
            int got = 0;
            told += empty.get(got) == queue_state::closed;
        });
    }
    std::this_thread::sleep_for(10ms);
    full.close();
    empty.close();
    for (std::thread& each : waiting) each.join();
    EXPECT_EQ(told, 6);
}

TEST(blocking_queue, an_element_that_throws_leaves_it_whole) {
    {
        racekit::blocking_queue<fussy> queue(2);
        EXPECT_EQ(queue.put(fussy(1)), queue_state::done);
        fussy second(2);
        fussy out;
        fussy::moves_until_throw = 0;
        EXPECT_THROW((void)queue.put(std::move(second)), std::runtime_error);
        fussy::moves_until_throw = 0;
        EXPECT_THROW((void)queue.get(out), std::runtime_error);
        fussy::moves_until_throw = -1;
        EXPECT_EQ(second.value, 2);
        EXPECT_EQ(queue.size(), 1U);
        EXPECT_EQ(queue.put(std::move(second)), queue_state::done);
        EXPECT_EQ(queue.get(out), queue_state::done);
        EXPECT_EQ(out.value, 1);
        EXPECT_EQ(queue.put(fussy(3)), queue_state::done);  // round the ring, and left there
    }
    EXPECT_EQ(fussy::alive, 0);
}

TEST(blocking_queue, refuses_an_impossible_capacity) {
    EXPECT_THROW(racekit::blocking_queue<int>(0), std::invalid_argument);
    EXPECT_THROW(racekit::blocking_queue<int>(~std::size_t{0}), std::invalid_argument);
}

TEST(blocking_queue, loses_and_doubles_nothing) {
    constexpr int producers = 2;
    constexpr int consumers = 2;
    constexpr int items = 4000;
    for (std::size_t capacity : {1U, 3U, 1024U}) {
        racekit::blocking_queue<int> queue(capacity);
        std::atomic<long> sum{0};
        std::atomic<int> taken{0};
        std::atomic<int> producing{producers};
        together(producers + consumers, [&](int self) {
            if (self < producers) {
                for (int i = 1; i <= items; ++i) ASSERT_EQ(queue.put(i), queue_state::done);
                if (--producing == 0) queue.close();
            } else {
                int got = 0;
                while (queue.get(got) == queue_state::done) {
                    sum += got;
                    ++taken;
                }
            }
        });
        EXPECT_EQ(taken, producers * items);
        EXPECT_EQ(sum, producers * static_cast<long>(items) * (items + 1) / 2);
    }
}

TEST(blocking_queue, keeps_the_order_of_each_producer) {
    racekit::blocking_queue<int> queue(5);
    together(3, [&](int self) {
        if (self < 2) {
            for (int i = 0; i < 3000; ++i) ASSERT_EQ(queue.put(2 * i + self), queue_state::done);
        } else {
            int last[2] = {-2, -1};
            for (int i = 0; i < 6000; ++i) {
                int got = 0;
                ASSERT_EQ(queue.get(got), queue_state::done);
                ASSERT_EQ(got, last[got % 2] + 2);
                last[got % 2] = got;
            }
        }
    });
}

}  // namespace
