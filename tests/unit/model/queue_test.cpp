// SPDX-License-Identifier: MIT
// The specification of a queue in the model: one step per operation, its orders and no others.
#include "../support/fussy.hpp"
#include "program.hpp"

#include <racekit/queue/blocking_queue.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>

namespace {

using namespace racekit;
using namespace racekit::model;
using std::chrono::seconds;

template <class Queue>
int got(Queue& queue) {
    int element = 0;
    return queue.get(element) == queue_state::done ? element : -1;
}

TEST(model_queue, the_well_known_names_stand_for_the_specification) {
    using queue_detail::next_of;
    EXPECT_TRUE((std::is_same_v<blocking_queue<int>, specification::queue<int, next_of<fifo>>>));
    EXPECT_TRUE((std::is_same_v<blocking_queue<int, priority<>>,
                                specification::queue<int, next_of<priority<>>>>));
    EXPECT_TRUE((std::is_base_of_v<specification::queue<int, next_of<lifo>>,
                                   unbounded_queue<int, lifo>>));
    struct newest_first : lifo {};  // not known to racekit
    EXPECT_TRUE((std::is_same_v<blocking_queue<int, newest_first>,
                                monitor_queue<int, newest_first>>));
}

TEST(model_queue, each_operation_is_one_step) {
    struct shared { blocking_queue<int> tasks{3}; };
    program<shared> body;
    body.threads = {[](shared& all) { (void)all.tasks.put(1); },
                     [](shared& all) { (void)all.tasks.put(2); },
                     [](shared& all) { (void)all.tasks.try_put(3); }};
    EXPECT_EQ(6U, explore(body).executions);  // the orders of three steps
}

TEST(model_queue, a_get_comes_after_the_put_of_its_element) {
    struct shared {
        blocking_queue<int> tasks{1};
        plain<int> letter{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.letter.write(42);
                         (void)all.tasks.put(1);
                     },
                     [](shared& all) {
                         RACEKIT_CHECK_EQUAL(1, got(all.tasks));
                         RACEKIT_CHECK_EQUAL(42, all.letter.read());
                     }};
    EXPECT_EQ("", explore(body).kind());
}

// A lock around all operations would order these too; parking_queue does not promise it.
TEST(model_queue, and_after_no_other) {
    struct shared {
        blocking_queue<int> tasks{2};
        plain<int> letter{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         (void)all.tasks.put(1);
                         all.letter.write(42);
                         (void)all.tasks.put(2);
                     },
                     [](shared& all) {
                         if (all.tasks.size() != 2) return;
                         RACEKIT_CHECK_EQUAL(1, got(all.tasks));
                         (void)all.letter.read();
                     }};
    EXPECT_EQ("data race", explore(body).kind());
    body.threads[1] = [](shared& all) {
        if (all.tasks.size() != 2) return;
        RACEKIT_CHECK_EQUAL(1, got(all.tasks));
        RACEKIT_CHECK_EQUAL(2, got(all.tasks));
        (void)all.letter.read();
    };
    EXPECT_EQ("", explore(body).kind());
}

TEST(model_queue, a_put_without_room_waits_and_a_wait_for_ever_is_named) {
    struct shared { blocking_queue<int> tasks{1}; };
    program<shared> body;
    body.threads = {[](shared& all) {
                         (void)all.tasks.put(1);
                         (void)all.tasks.put(2);
                     },
                     [](shared& all) { RACEKIT_CHECK_EQUAL(1, got(all.tasks)); }};
    body.last = [](shared& all) { RACEKIT_CHECK_EQUAL(2, got(all.tasks)); };
    EXPECT_EQ("", explore(body).kind());
    body.threads.pop_back();
    explored const seen = explore(body);
    EXPECT_EQ("deadlock", seen.kind());
    EXPECT_NE(std::string::npos, seen.found->consequence.find("waits in put() of %"))
        << seen.found->consequence;
}

TEST(model_queue, attempts_and_deadlines_say_why) {
    struct shared { blocking_queue<int> tasks{1}; };
    program<shared> body;
    body.threads = {[](shared& all) {
        int element = 0;
        RACEKIT_CHECK(all.tasks.try_get(element) == queue_state::empty);
        RACEKIT_CHECK(all.tasks.get_until(element, after(seconds(1))) == queue_state::timed_out);
        RACEKIT_CHECK(all.tasks.put_until(1, after(seconds(1))) == queue_state::done);
        RACEKIT_CHECK(all.tasks.try_put(2) == queue_state::full);
        RACEKIT_CHECK(all.tasks.put_until(2, after(seconds(1))) == queue_state::timed_out);
        all.tasks.close();
        RACEKIT_CHECK(all.tasks.put(2) == queue_state::closed);
        RACEKIT_CHECK(all.tasks.get(element) == queue_state::done && element == 1);
        RACEKIT_CHECK(all.tasks.get(element) == queue_state::closed && element == 1);
        RACEKIT_CHECK(all.tasks.try_get(element) == queue_state::closed);
    }};
    EXPECT_EQ("", explore(body).kind());
}

TEST(model_queue, close_wakes_everyone_and_hands_on_what_was_before_it) {
    struct shared {
        blocking_queue<int> tasks{1};
        plain<int> letter{0};
    };
    program<shared> body;
    auto const wait = [](shared& all) {
        RACEKIT_CHECK_EQUAL(-1, got(all.tasks));
        RACEKIT_CHECK_EQUAL(42, all.letter.read());
    };
    body.threads = {wait, wait, [](shared& all) {
                         all.letter.write(42);
                         all.tasks.close();
                     }};
    EXPECT_EQ("", explore(body).kind());
}

TEST(model_queue, join_comes_after_the_work_on_all_that_was_put) {
    struct shared {
        unbounded_queue<int> tasks;
        plain<int> done{0};
    };
    program<shared> body;
    auto const work = [](shared& all) {
        if (got(all.tasks) == 1) all.done.write(1);
        all.tasks.task_done();
    };
    body.threads = {work, work, [](shared& all) {
                         (void)all.tasks.put(1);
                         (void)all.tasks.put(2);
                         all.tasks.join();
                         RACEKIT_CHECK_EQUAL(1, all.done.read());
                     }};
    EXPECT_EQ("", explore(body).kind());
    program<shared> idle;
    idle.threads = {[](shared& all) {
        bool thrown = false;
        try {
            all.tasks.task_done();
        } catch (task_done_too_often const&) {
            thrown = true;
        }
        RACEKIT_CHECK(thrown && all.tasks.join_for(seconds(0)));
    }};
    EXPECT_EQ("", explore(idle).kind());
}

template <class order>
std::string served() {
    struct shared { unbounded_queue<int, order> tasks; };
    program<shared> body;
    body.threads = {[](shared& all) {
        for (int const each : {2, 3, 1}) (void)all.tasks.put(each);
    }};
    body.outcome = [](shared& all) {
        std::string order_of;
        for (int taken = 0; taken < 3; ++taken) order_of += std::to_string(got(all.tasks));
        return order_of;
    };
    EXPECT_EQ("", explore(body).kind());
    return *body.outcomes.begin();
}

TEST(model_queue, serves_in_its_order) {
    EXPECT_EQ("231", served<fifo>());
    EXPECT_EQ("132", served<lifo>());
    EXPECT_EQ("321", served<priority<>>());
    EXPECT_EQ("123", served<priority<std::greater<>>>());
}

TEST(model_queue, elements_may_be_movable_only) {
    struct shared { blocking_queue<std::unique_ptr<int>> tasks{1}; };
    program<shared> body;
    body.threads = {[](shared& all) { (void)all.tasks.put(std::make_unique<int>(7)); },
                     [](shared& all) {
                         std::unique_ptr<int> element;
                         RACEKIT_CHECK(all.tasks.get(element) == queue_state::done);
                         RACEKIT_CHECK_EQUAL(7, *element);
                     }};
    EXPECT_EQ("", explore(body).kind());
}

/// Whether `act` throws what a move throws.
template <class Act>
bool throws(Act act) {
    fussy::moves_until_throw = 0;
    bool thrown = false;
    try {
        act();
    } catch (std::runtime_error const&) {
        thrown = true;
    }
    fussy::moves_until_throw = -1;
    return thrown;
}

TEST(model_queue, an_element_that_throws_leaves_it_whole) {
    struct shared { blocking_queue<fussy> tasks{2}; };
    program<shared> body;
    body.threads = {[](shared& all) {
        fussy element(2);
        RACEKIT_CHECK(throws([&] { (void)all.tasks.put(std::move(element)); }));
        RACEKIT_CHECK_EQUAL(2, element.value);
        RACEKIT_CHECK_EQUAL(0U, all.tasks.size());
        RACEKIT_CHECK(all.tasks.put(std::move(element)) == queue_state::done);
        fussy into;
        RACEKIT_CHECK(throws([&] { (void)all.tasks.get(into); }));
        RACEKIT_CHECK_EQUAL(1U, all.tasks.size());
        RACEKIT_CHECK(all.tasks.get(into) == queue_state::done);
        RACEKIT_CHECK_EQUAL(2, into.value);
    }};
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ(0, fussy::alive);
}

TEST(model_queue, a_process_that_dies_leaves_a_whole_queue) {
    struct shared { blocking_queue<int> tasks{2}; };
    program<shared> body;
    body.threads = {[](shared& all) {
                         (void)all.tasks.put(1);
                         (void)all.tasks.put(2);
                     },
                     [](shared& all) {
                         int element = 0;
                         if (all.tasks.get_until(element, after(seconds(1))) == queue_state::done)
                             RACEKIT_CHECK_EQUAL(1, element);
                     }};
    exploration_config config;
    config.mortal = 1;
    EXPECT_EQ("", explore(body, config).kind());
}

TEST(model_queue, refuses_an_impossible_capacity) {
    EXPECT_THROW((blocking_queue<int>(0)), std::invalid_argument);
}

}  // namespace
