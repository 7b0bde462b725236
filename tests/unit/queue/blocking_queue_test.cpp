// SPDX-License-Identifier: MIT
// blocking_queue of every kind: order, bounds, waiting and its deadlines, close, tasks, throwing
// elements, many threads.
#include "../support/thread_pool.hpp"
#include "../support/fussy.hpp"

#include <racekit/queue/blocking_queue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::queue_state;

/// First in, first out: without a lock, and with one.
template <template <class> class Kind>
struct kind {
    template <class T>
    using queue = Kind<T>;
};
template <class T>
using parking = racekit::parking_queue<T>;
template <class T>
using monitor = racekit::monitor_queue<T>;

template <class Kind>
class blocking_queue : public testing::Test {};
using kinds = testing::Types<kind<parking>, kind<monitor>>;
TYPED_TEST_SUITE(blocking_queue, kinds, );

TYPED_TEST(blocking_queue, is_first_in_first_out) {
    typename TypeParam::template queue<int> queue(3);
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

TYPED_TEST(blocking_queue, a_refused_element_stays_with_its_owner) {
    typename TypeParam::template queue<std::unique_ptr<int>> queue(1);
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

TYPED_TEST(blocking_queue, deadlines_pass) {
    typename TypeParam::template queue<int> queue(1);
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

TYPED_TEST(blocking_queue, close_keeps_what_was_put) {
    typename TypeParam::template queue<int> queue(4);
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

TYPED_TEST(blocking_queue, close_wakes_everyone) {
    typename TypeParam::template queue<int> full(1);
    typename TypeParam::template queue<int> empty(1);
    ASSERT_EQ(full.put(0), queue_state::done);
    std::atomic<int> closed_results{0};
    std::vector<std::thread> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.emplace_back([&] { closed_results += full.put(1) == queue_state::closed; });
        waiting.emplace_back([&] {
            int got = 0;
            closed_results += empty.get(got) == queue_state::closed;
        });
    }
    std::this_thread::sleep_for(10ms);
    full.close();
    empty.close();
    for (std::thread& each : waiting) each.join();
    EXPECT_EQ(closed_results, 6);
}

TEST(blocking_queue_kinds, an_element_that_throws_leaves_it_whole) {
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

TYPED_TEST(blocking_queue, refuses_an_impossible_capacity) {
    EXPECT_THROW(typename TypeParam::template queue<int>(0), std::invalid_argument);
    EXPECT_THROW(typename TypeParam::template queue<int>(~std::size_t{0}), std::invalid_argument);
}

TYPED_TEST(blocking_queue, loses_and_doubles_nothing) {
    constexpr int producers = 2;
    constexpr int consumers = 2;
    constexpr int items = 4000;
    for (std::size_t capacity : {1U, 3U, 1024U}) {
        typename TypeParam::template queue<int> queue(capacity);
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

TYPED_TEST(blocking_queue, keeps_the_order_of_each_producer) {
    typename TypeParam::template queue<int> queue(5);
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

TYPED_TEST(blocking_queue, counts_tasks) {
    typename TypeParam::template queue<int> queue(3);
    queue.join();
    EXPECT_THROW(queue.task_done(), racekit::task_done_too_often);
    EXPECT_EQ(queue.put(1), queue_state::done);
    EXPECT_EQ(queue.put(2), queue_state::done);
    EXPECT_FALSE(queue.join_for(1ms));
    int got = 0;
    EXPECT_EQ(queue.get(got), queue_state::done);
    queue.task_done();
    EXPECT_FALSE(queue.join_for(-1s));
    queue.task_done();  // also before a task was taken, as in Python
    EXPECT_THROW(queue.task_done(), racekit::task_done_too_often);
    EXPECT_TRUE(queue.join_for(1s));
    queue.join();
    EXPECT_EQ(queue.put(3), queue_state::done);
    EXPECT_FALSE(queue.join_for(1ms));
    queue.close();
    queue.task_done();
    queue.join();
}

TYPED_TEST(blocking_queue, join_waits_for_the_work_of_others) {
    for (int round = 0; round < 20; ++round) {
        typename TypeParam::template queue<int> queue(2);
        std::vector<int> done(40, 0);  // written before task_done, read after join
        together(4, [&](int self) {
            int got = 0;
            if (self == 0) {
                for (int i = 0; i < 40; ++i) ASSERT_EQ(queue.put(i), queue_state::done);
                queue.join();
                EXPECT_EQ(std::count(done.begin(), done.end(), 1), 40);
                queue.close();
            } else if (self == 1) {
                queue.join();
            } else {
                while (queue.get(got) == queue_state::done) {
                    done[static_cast<std::size_t>(got)] = 1;
                    queue.task_done();
                }
            }
        });
    }
}

TEST(blocking_queue_kinds, are_what_they_say) {
    using racekit::blocking_queue;
    EXPECT_TRUE((std::is_same_v<blocking_queue<int>, racekit::parking_queue<int>>));
    EXPECT_TRUE((std::is_same_v<blocking_queue<fussy>, racekit::monitor_queue<fussy>>));
    EXPECT_EQ(alignof(blocking_queue<int>), 64U);
}

TEST(blocking_queue_kinds, last_in_first_out) {
    racekit::blocking_queue<int, racekit::lifo> queue(3);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.put(i), queue_state::done);
    EXPECT_EQ(queue.try_put(3), queue_state::full);
    int got = 0;
    for (int i = 3; i-- > 0;) {
        EXPECT_EQ(queue.get(got), queue_state::done);
        EXPECT_EQ(got, i);
    }
    EXPECT_EQ(queue.try_get(got), queue_state::empty);
    EXPECT_THROW((racekit::blocking_queue<int, racekit::lifo>(0)), std::invalid_argument);
}

TEST(blocking_queue_kinds, the_greatest_first) {
    racekit::blocking_queue<int, racekit::priority<>> queue(1000);
    racekit::unbounded_queue<int, racekit::priority<std::greater<>>> least;
    std::vector<int> in;
    unsigned random = 7;
    for (int i = 0; i < 1000; ++i) {
        random = random * 1664525 + 1013904223;
        in.push_back(static_cast<int>(random >> 24));
        EXPECT_EQ(queue.put(in.back()), queue_state::done);
        EXPECT_EQ(least.put(in.back()), queue_state::done);
    }
    EXPECT_EQ(queue.try_put(0), queue_state::full);
    std::sort(in.begin(), in.end());
    for (std::size_t i = 0; i < in.size(); ++i) {
        int got = 0;
        EXPECT_EQ(queue.get(got), queue_state::done);
        EXPECT_EQ(got, in[in.size() - 1 - i]);
        EXPECT_EQ(least.get(got), queue_state::done);
        EXPECT_EQ(got, in[i]);
    }
}

TEST(blocking_queue_kinds, unbounded_never_makes_a_producer_wait) {
    racekit::unbounded_queue<std::unique_ptr<int>> queue;
    for (int i = 0; i < 10'000; ++i)
        EXPECT_EQ(queue.try_put(std::make_unique<int>(i)), queue_state::done);
    queue.close();
    EXPECT_EQ(queue.put(std::make_unique<int>(0)), queue_state::closed);
    std::unique_ptr<int> got;
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_EQ(queue.get(got), queue_state::done);
        EXPECT_EQ(*got, i);
    }
    EXPECT_EQ(queue.get(got), queue_state::closed);
}

struct less_until_it_throws {
    static inline int comparisons_left = -1;  // -1: never
    bool operator()(fussy const& left, fussy const& right) const {
        if (comparisons_left >= 0 && comparisons_left-- == 0)
            throw std::runtime_error("a comparison that fails");
        return left.value < right.value;
    }
};

TEST(blocking_queue_kinds, whatever_throws_leaves_a_priority_queue_whole) {
    {
        racekit::unbounded_queue<fussy, racekit::priority<less_until_it_throws>> queue;
        for (int i = 0; i < 7; ++i) EXPECT_EQ(queue.put(fussy((5 * i + 3) % 7)), queue_state::done);
        fussy more(9);
        fussy out;
        for (int at = 0; at < 2; ++at) {
            less_until_it_throws::comparisons_left = at;
            EXPECT_THROW((void)queue.put(std::move(more)), std::runtime_error);
            EXPECT_EQ(more.value, 9);
            less_until_it_throws::comparisons_left = at;
            EXPECT_THROW((void)queue.get(out), std::runtime_error);
            less_until_it_throws::comparisons_left = -1;
            fussy::moves_until_throw = 0;
            EXPECT_THROW((void)queue.put(std::move(more)), std::runtime_error);
            fussy::moves_until_throw = 0;
            EXPECT_THROW((void)queue.get(out), std::runtime_error);
            fussy::moves_until_throw = -1;
            EXPECT_EQ(queue.size(), 7U);
        }
        for (int i = 7; i-- > 0;) {
            EXPECT_EQ(queue.get(out), queue_state::done);
            EXPECT_EQ(out.value, i);
        }
    }
    EXPECT_EQ(fussy::alive, 0);
}

}  // namespace
