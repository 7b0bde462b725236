// SPDX-License-Identifier: MIT
// The queues are linearizable to what a queue is, in every small client.
#include "specifications.hpp"

#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/bounded_stack.hpp>
#include <racekit/queue/mpmc_queue.hpp>
#include <racekit/queue/mpsc_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/queue/treiber_stack.hpp>
#include <racekit/queue/work_deque.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <utility>

namespace {

using namespace racekit;

constexpr auto popping = [](auto& queue) -> std::optional<int> {
    int got = 0;
    if (!queue.try_pop(got)) return std::nullopt;
    return got;
};

/// With `full_may_be_old`, a push may fail though there is room by now.
template <class Queue>
linear_verdict one_to_one(char const* name, std::size_t room, bool full_may_be_old,
                          linear_client const& client) {
    linearizable<Queue, specified::try_queue> check(name, room);
    auto const first = check.operation(
        "push(1)", [](auto& queue) { return queue.try_push(1); }, "producer");
    auto const second = check.operation(
        "push(2)", [](auto& queue) { return queue.try_push(2); }, "producer");
    check.operation("pop()", popping, "consumer");
    if (full_may_be_old) {
        check.may_also_give(first, false);
        check.may_also_give(second, false);
    }
    linear_verdict verdict = check(client);
    std::cout << verdict.text;
    return verdict;
}

constexpr linear_client three_each{.threads = 2, .sequences = 3};

// Each side's answer "full" or "empty" rests on a look at the other's index, and neither look waits
// for its own store to be seen: store buffering, which acquire and release allow. So both can be
// wrong at once, and one of them has to be allowed to be old.
TEST(linearizable_queues, spsc_queue_but_for_an_old_full) {
    for (std::size_t const room : {1U, 2U}) {
        linear_verdict const seen =
            one_to_one<spsc_queue<int>>("spsc_queue, full may be old", room, true, three_each);
        EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
    }
}

TEST(linearizable_queues, spsc_queue_strictly_gives_full_and_empty_at_once) {
    linear_verdict const seen =
        one_to_one<spsc_queue<int>>("spsc_queue of 2, strictly", 2, false, three_each);
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("not linearizable", seen.found->kind);
    EXPECT_NE(std::string::npos, seen.text.find("specified true, got false")) << seen.text;
}

struct separated_orders : spsc_orders {
    static constexpr auto publish = std::memory_order_seq_cst;
    static constexpr auto observe = std::memory_order_seq_cst;
    static constexpr auto vacate = std::memory_order_seq_cst;
    static constexpr auto reclaim = std::memory_order_seq_cst;
};

TEST(linearizable_queues, spsc_queue_with_seq_cst_is_strict) {
    linear_verdict const seen = one_to_one<spsc_queue<int, separated_orders>>(
        "spsc_queue of 2, seq_cst, strictly", 2, false, three_each);
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

// Strict: "full" and "empty" check the other side's index and not only a cell.
TEST(linearizable_queues, mpmc_queue) {
    for (std::size_t const room : {1U, 2U}) {
        linearizable<mpmc_queue<int>, specified::try_queue> check("mpmc_queue", room);
        check.operation("push(1)", [](auto& queue) { return queue.try_push(1); });
        check.operation("push(2)", [](auto& queue) { return queue.try_push(2); });
        check.operation("pop()", popping);
        for (linear_client const& client :
             {linear_client{.threads = 2, .sequences = 3, .calls = 4},
              linear_client{.threads = 3, .sequences = 1, .calls = 3}}) {
            linear_verdict const seen = check(client);
            std::cout << seen.text;
            EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
        }
    }
}

constexpr auto try_getting = [](auto& queue) {
    int got = 0;
    auto const how = queue.try_get(got);
    return std::pair(how, got);
};
constexpr auto getting = [](auto& queue) {
    int got = 0;
    auto const how = queue.get(got);
    return std::pair(how, got);
};

template <class Queue, class Specification = specified::waiting_queue>
void without_waiting(char const* name, linear_client const& client) {
    linearizable<Queue, Specification> check(name, 1U);
    check.operation("try_put(1)", [](auto& queue) { return queue.try_put(1); });
    check.operation("try_put(2)", [](auto& queue) { return queue.try_put(2); });
    check.operation("try_get()", try_getting);
    check.operation("size()", [](auto& queue) { return queue.size(); });
    check.operation("close()", [](auto& queue) { queue.close(); });
    linear_verdict const seen = check(client);
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

template <class Queue, class Specification = specified::waiting_queue>
void waiting(char const* name, std::size_t room, linear_client const& client) {
    linearizable<Queue, Specification> check(name, room);
    check.operation("put(1)", [](auto& queue) { return queue.put(1); });
    check.operation("put(2)", [](auto& queue) { return queue.put(2); });
    check.operation("get()", getting);
    check.operation("close()", [](auto& queue) { queue.close(); });
    linear_verdict const seen = check(client);
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

constexpr linear_client three_threads{.threads = 3, .sequences = 2, .calls = 4};

TEST(linearizable_queues, monitor_queue) {
    without_waiting<monitor_queue<int>>("monitor_queue of 1, try", three_threads);
    waiting<monitor_queue<int>>("monitor_queue of 1, waiting", 1, three_threads);
}

// Where calls sleep the executions are many: two calls at once, and what they find there.
TEST(linearizable_queues, parking_queue) {
    without_waiting<parking_queue<int>>("parking_queue of 1, try",
                                        {.threads = 3, .sequences = 2, .calls = 3});
    waiting<parking_queue<int>>("parking_queue of 1, waiting", 1,
                                {.threads = 3, .sequences = 1, .calls = 2, .spurious = 0});
    waiting<parking_queue<int>>("parking_queue of 1, waiting", 1,
                                {.threads = 2, .sequences = 2, .calls = 3, .spurious = 0});
}

/// As waiting_queue, with another element next.
template <bool newest>
struct waiting_otherwise : specified::waiting_queue {
    queue_state get(int& into) {
        wait_unless(closed || !elements.empty());
        return try_get(into);
    }
    queue_state try_get(int& into) {
        if (elements.empty()) return closed ? queue_state::closed : queue_state::empty;
        auto const next = newest ? elements.end() - 1
                                 : std::max_element(elements.begin(), elements.end());
        into = *next;
        elements.erase(next);
        return queue_state::done;
    }
    bool operator==(waiting_otherwise const&) const = default;
    waiting_otherwise(std::size_t most = 2) : specified::waiting_queue{most} {}
};

TEST(linearizable_queues, monitor_queue_of_other_orders) {
    waiting<monitor_queue<int, lifo>, waiting_otherwise<true>>("monitor_queue of 2, lifo", 2,
                                                               three_threads);
    waiting<monitor_queue<int, priority<>>, waiting_otherwise<false>>(
        "monitor_queue of 2, priority", 2, three_threads);
}

// The same for the specifications behind the well-known names.
TEST(linearizable_queues, blocking_queue_in_the_model) {
    without_waiting<blocking_queue<int>>("blocking_queue of 1, try", three_threads);
    waiting<blocking_queue<int>>("blocking_queue of 1, waiting", 1, three_threads);
    waiting<blocking_queue<int, lifo>, waiting_otherwise<true>>("blocking_queue of 2, lifo", 2,
                                                                three_threads);
    waiting<blocking_queue<int, priority<>>, waiting_otherwise<false>>(
        "blocking_queue of 2, priority", 2, three_threads);
}

/// Counts the unfinished tasks.
struct queue_of_tasks : specified::waiting_queue {
    std::size_t unfinished = 0;

    explicit queue_of_tasks(std::size_t most) : specified::waiting_queue{most} {}
    queue_state try_put(int value) {
        queue_state const how = specified::waiting_queue::try_put(value);
        if (how == queue_state::done) ++unfinished;
        return how;
    }
    bool finish() { return unfinished != 0 && unfinished-- != 0; }
    void join() { wait_unless(unfinished == 0); }
    bool operator==(queue_of_tasks const&) const = default;
};

template <class Queue>
struct finishing : Queue {
    using Queue::Queue;
    bool finish() {
        try {
            this->task_done();
        } catch (task_done_too_often const&) {
            return false;
        }
        return true;
    }
};

template <class Queue>
void counting_tasks(char const* name, linear_client const& client) {
    linearizable<finishing<Queue>, queue_of_tasks> check(name, 2U);
    check.operation("try_put(1)", [](auto& queue) { return queue.try_put(1); });
    check.operation("task_done()", [](auto& queue) { return queue.finish(); });
    check.operation("join()", [](auto& queue) { queue.join(); });
    linear_verdict const seen = check(client);
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

TEST(linearizable_queues, tasks_are_counted) {
    constexpr linear_client two{.threads = 2, .sequences = 2, .calls = 4, .spurious = 0};
    counting_tasks<blocking_queue<int>>("blocking_queue of 2, tasks", two);
    counting_tasks<blocking_queue<int>>("blocking_queue of 2, tasks", three_threads);
    counting_tasks<monitor_queue<int>>("monitor_queue of 2, tasks", two);
    counting_tasks<parking_queue<int>>("parking_queue of 2, tasks", two);
}

void expect_linear(linear_verdict const& seen) {
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

/// A queue without a bound.
struct endless_queue : specified::try_queue {
    endless_queue() : try_queue{12} {}
    void push(int value) { (void)try_push(value); }
    bool operator==(endless_queue const&) const = default;
};

// A pop may return "empty" though a push has returned, while an older push is pending.
TEST(linearizable_queues, mpsc_queue_but_for_a_gap) {
    linearizable<mpsc_queue<int>, endless_queue> check("mpsc_queue");
    check.operation("push(1)", [](auto& queue) { queue.push(1); });
    check.operation("push(2)", [](auto& queue) { queue.push(2); });
    auto const pop = check.operation("pop()", popping, "consumer");
    check.may_also_give(pop, std::optional<int>());
    expect_linear(check({.threads = 3, .sequences = 2, .calls = 4}));
}

/// As specified::stack, with the object's way to give an element.
struct endless_stack : specified::stack {
    bool try_pop(int& into) {
        auto const top = pop();
        if (top) into = *top;
        return top.has_value();
    }
    bool operator==(endless_stack const&) const = default;
};

TEST(linearizable_queues, treiber_stack) {
    linearizable<treiber_stack<int>, endless_stack> check("treiber_stack");
    check.operation("push(1)", [](auto& stack) { stack.push(1); });
    check.operation("push(2)", [](auto& stack) { stack.push(2); });
    check.operation("pop()", popping);
    check.operation("empty()", [](auto& stack) { return stack.empty(); });
    expect_linear(check({.threads = 2, .sequences = 3, .calls = 4, .spurious = 0}));
    expect_linear(check({.threads = 3, .sequences = 1, .calls = 3, .spurious = 0}));
}

// "Full" and "empty" count the nodes in a list, and another thread may have taken a node out.
struct stack_with_room : endless_stack {
    std::size_t room = 2;
    explicit stack_with_room(std::size_t most = 2) : room(most) {}
    bool try_push(int value) {
        if (elements.size() == room) return false;
        push(value);
        return true;
    }
    bool operator==(stack_with_room const&) const = default;
};

TEST(linearizable_queues, bounded_stack_but_for_nodes_in_hand) {
    for (std::size_t const room : {1U, 2U}) {
        linearizable<bounded_stack<int>, stack_with_room> check("bounded_stack", room);
        auto const first =
            check.operation("push(1)", [](auto& stack) { return stack.try_push(1); });
        auto const second =
            check.operation("push(2)", [](auto& stack) { return stack.try_push(2); });
        auto const pop = check.operation("pop()", popping);
        check.may_also_give(first, false);
        check.may_also_give(second, false);
        check.may_also_give(pop, std::optional<int>());
        expect_linear(check({.threads = 2, .sequences = 2, .calls = 4, .spurious = 0}));
    }
}

/// As specified::work_deque, with the object's way to give an element.
struct deque_of_work : specified::work_deque {
    bool try_pop(int& into) { return given(specified::work_deque::try_pop(), into); }
    bool try_steal(int& into) { return given(specified::work_deque::try_steal(), into); }
    static bool given(std::optional<int> element, int& into) {
        if (element) into = *element;
        return element.has_value();
    }
    bool operator==(deque_of_work const&) const = default;
};

TEST(linearizable_queues, work_deque_but_for_thieves_that_lose) {
    linearizable<work_deque<int>, deque_of_work> check("work_deque");
    check.operation("push(1)", [](auto& work) { work.push(1); }, "owner");
    check.operation("push(2)", [](auto& work) { work.push(2); }, "owner");
    check.operation("pop()", popping, "owner");
    auto const steal = check.operation("steal()", [](auto& work) -> std::optional<int> {
        int got = 0;
        if (!work.try_steal(got)) return std::nullopt;
        return got;
    });
    check.may_also_give(steal, std::optional<int>());
    expect_linear(check({.threads = 3, .sequences = 3, .calls = 5}));
}

}  // namespace
