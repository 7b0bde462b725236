// SPDX-License-Identifier: MIT
// Broken twins, each rejected in its smallest client.
#include "specifications.hpp"

#include <racekit/detector.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/queue/spsc_queue.hpp>

#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <string>

namespace {

using namespace racekit;

using lines = std::vector<std::string>;

void expect_rejected(linear_verdict const& seen, std::string const& kind, lines const& program) {
    std::cout << seen.text;
    EXPECT_FALSE(seen.linearizable);
    EXPECT_FALSE(seen.exhausted);
    ASSERT_TRUE(seen.found);
    EXPECT_EQ(kind, seen.found->kind);
    EXPECT_EQ(program, seen.program);
    EXPECT_FALSE(seen.found->steps.empty());
}

/// Elements and their number change in two steps.
class counted_apart {
public:
    void push(int value) {
        {
            scoped_lock hold(gate_);
            elements_[static_cast<std::size_t>(end_)].write(value);
            ++end_;
        }
        size_.fetch_add(1);
    }
    std::optional<int> pop() {
        scoped_lock hold(gate_);
        if (begin_ == end_) return std::nullopt;
        size_.fetch_sub(1);
        return elements_[static_cast<std::size_t>(begin_++)].read();
    }
    int size() const { return size_.load(); }

private:
    mutex gate_;
    std::array<plain<int>, 8> elements_;
    int begin_ = 0;  // under the gate
    int end_ = 0;
    atomic<int> size_{0};
};

struct counted_queue {
    std::deque<int> elements{};

    void push(int value) { elements.push_back(value); }
    std::optional<int> pop() {
        if (elements.empty()) return std::nullopt;
        int const first = elements.front();
        elements.pop_front();
        return first;
    }
    int size() const { return static_cast<int>(elements.size()); }
    bool operator==(counted_queue const&) const = default;
};

TEST(linearizability_rejects, a_size_that_is_counted_apart) {
    linearizable<counted_apart, counted_queue> check("counted_apart");
    check.operation("push(1)", [](auto& queue) { queue.push(1); });
    check.operation("pop()", [](auto& queue) { return queue.pop(); });
    check.operation("size()", [](auto& queue) { return queue.size(); });
    expect_rejected(check({.threads = 2, .sequences = 2}), "not linearizable",
                    {"push(1)", "pop(); size()"});
}

/// The same, in a version that looks at the size before it pushes.
class looks_before : public counted_apart {
public:
    void push(int value) {
        (void)size();
        counted_apart::push(value);
    }
};

/// And in one that is right.
class counted_within {
public:
    void push(int) {
        scoped_lock hold(gate_);
        size_.store(size_.load() + 1);
    }
    std::optional<int> pop() {
        scoped_lock hold(gate_);
        if (size_.load() == 0) return std::nullopt;
        size_.store(size_.load() - 1);
        return 1;
    }
    int size() const {
        scoped_lock hold(gate_);
        return size_.load();
    }

private:
    mutable mutex gate_;
    atomic<int> size_{0};
};

template <class Object>
linear_verdict counting(std::string_view schedule, int threads = 2) {
    linearizable<Object, counted_queue> check("counted");
    check.operation("push(1)", [](auto& queue) { queue.push(1); });
    check.operation("pop()", [](auto& queue) { return queue.pop(); });
    check.operation("size()", [](auto& queue) { return queue.size(); });
    return check({.threads = threads, .sequences = 2, .schedule = schedule});
}

TEST(linearizability_rejects, again_by_the_schedule_of_the_finding_and_near_it) {
    linear_verdict const first = counting<counted_apart>("");
    ASSERT_TRUE(first.found);
    std::string const schedule = first.found->schedule;
    EXPECT_EQ(0U, schedule.find("0@3:1~")) << schedule;
    EXPECT_NE(std::string::npos, schedule.find(".not_linearizable")) << schedule;
    EXPECT_NE(std::string::npos, first.text.find(".schedule = \"" + schedule)) << first.text;
    EXPECT_TRUE(first.found->fewest);
    EXPECT_EQ(2U, first.found->switches);

    linear_verdict const same = counting<counted_apart>(schedule);
    ASSERT_TRUE(same.found) << same.text;
    EXPECT_EQ(1U, same.executions);
    EXPECT_EQ(schedule, same.found->schedule);
    EXPECT_EQ(first.program, same.program);
    EXPECT_EQ(first.found->steps.size(), same.found->steps.size());
    EXPECT_TRUE(same.warnings.empty());

    linear_verdict const changed = counting<looks_before>(schedule);
    ASSERT_TRUE(changed.found) << changed.text;
    EXPECT_EQ("not linearizable", changed.found->kind);
    EXPECT_EQ(0U, changed.found->schedule.find("0@4:1~")) << changed.text;
    EXPECT_NE(std::string::npos, changed.text.find("came up again")) << changed.text;

    linear_verdict const corrected = counting<counted_within>(schedule);
    EXPECT_FALSE(corrected.found) << corrected.text;
    EXPECT_FALSE(corrected.exhausted);
    EXPECT_NE(std::string::npos, corrected.text.find("did not come up again")) << corrected.text;

    EXPECT_THROW((void)counting<counted_apart>(schedule, 1), usage_error);
    EXPECT_THROW((void)counting<counted_apart>("0@3:1"), usage_error);
    EXPECT_THROW((void)counting<counted_apart>("shopping list"), usage_error);
}

/// A stack of nodes that are used again at once, and a head without a tag.
class untagged_stack {
public:
    untagged_stack() {
        used_[1].store(true);
        push_on(1, 1);
        used_[0].store(true);
        push_on(0, 2);
    }

    void push(int value) {
        for (int node = 0; node < places; ++node) {
            if (used_[node].exchange(true)) continue;
            push_on(node, value);
            return;
        }
    }
    std::optional<int> pop() {
        int top = head_.load();
        do {
            if (top == none) return std::nullopt;
        } while (!head_.compare_exchange_strong(
            top, next_[top].load()));  // the same node, or used again?
        int const value = value_[top].load();
        used_[top].store(false);
        return value;
    }

private:
    static constexpr int none = -1;
    static constexpr int places = 5;

    void push_on(int node, int value) {
        value_[node].store(value);
        int top = head_.load();
        do {
            next_[node].store(top);
        } while (!head_.compare_exchange_strong(top, node));
    }

    atomic<int> head_{none};
    atomic<int> next_[places]{none, none, none, none, none};
    atomic<int> value_[places]{0, 0, 0, 0, 0};
    atomic<bool> used_[places]{false, false, false, false, false};
};

struct stack_of_two : specified::stack {
    stack_of_two() : specified::stack{{1, 2}} {}
    bool operator==(stack_of_two const&) const = default;
};

TEST(linearizability_rejects, a_stack_that_loses_to_aba) {
    linearizable<untagged_stack, stack_of_two> check("untagged_stack");
    check.operation("push(3)", [](auto& stack) { stack.push(3); });
    check.operation("pop()", [](auto& stack) { return stack.pop(); });
    linear_verdict const seen = check({.threads = 2, .sequences = 4, .calls = 5});
    expect_rejected(seen, "not linearizable", {"pop()", "pop(); pop(); push(3); pop()"});
}

struct unpublished : spsc_orders {
    static constexpr auto publish = std::memory_order_relaxed;
};

TEST(linearizability_rejects, an_element_that_is_not_published) {
    linearizable<spsc_queue<int, unpublished>, specified::try_queue> check("spsc_queue, relaxed",
                                                                           2U);
    check.operation(
        "push(1)", [](auto& queue) { return queue.try_push(1); }, "producer");
    check.operation(
        "pop()",
        [](auto& queue) {
            int got = 0;
            return queue.try_pop(got);
        },
        "consumer");
    expect_rejected(check({.threads = 2, .sequences = 2}), "data race", {"push(1)", "pop()"});
}

/// Looks, then takes: two steps.
class look_then_take {
public:
    bool try_lock() {
        if (held_.load()) return false;
        held_.store(true);
        return true;
    }
    void unlock() { held_.store(false); }

private:
    atomic<bool> held_{false};
};

TEST(linearizability_rejects, a_lock_for_two) {
    linearizable<look_then_take, specified::lock> check("look_then_take");
    check.operation("try_lock()", [](auto& gate) { return gate.try_lock(); });
    expect_rejected(check({.threads = 2, .sequences = 2}), "not linearizable",
                    {"try_lock()", "try_lock()"});
}

/// Unlocks, but wakes no waiter.
class silent_lock {
public:
    void lock_exclusive() {
        while (state_.exchange(1, std::memory_order_acquire) != 0) (void)futex_wait(state_, 1);
    }
    void unlock() { state_.store(0, std::memory_order_release); }

private:
    atomic<std::uint32_t> state_{0};
};

TEST(linearizability_rejects, a_wake_up_that_is_lost) {
    linearizable<silent_lock, specified::lock> check("silent_lock");
    auto const lock = check.step("lock()", [](auto& gate) { gate.lock_exclusive(); });
    auto const unlock = check.step("unlock()", [](auto& gate) { gate.unlock(); });
    check.sequence({lock, unlock});
    linear_verdict const seen = check({.threads = 2, .sequences = 1});
    expect_rejected(seen, "stuck though the specification goes on",
                    {"lock(), unlock()", "lock(), unlock()"});
    EXPECT_NE(std::string::npos, seen.text.find("waits for ever")) << seen.text;
}

/// A value of two halves, written one after the other.
class torn_value {
public:
    void store(int next) {
        low_.store(next);
        high_.store(next);
    }
    int load() const {
        int const high = high_.load();
        return high * 10 + low_.load();
    }

private:
    atomic<int> low_{0};
    atomic<int> high_{0};
};

struct whole_value {
    int now = 0;
    void store(int next) { now = next * 11; }
    int load() const { return now; }
    bool operator==(whole_value const&) const = default;
};

TEST(linearizability_rejects, a_torn_value) {
    linearizable<torn_value, whole_value> check("torn_value");
    check.operation("store(1)", [](auto& value) { value.store(1); });
    check.operation("load()", [](auto& value) { return value.load(); });
    expect_rejected(check({.threads = 2, .sequences = 2}), "not linearizable",
                    {"store(1)", "load()"});
}

int counted_over_executions = 0;

/// Remembers more than its own execution.
class remembering {
public:
    int take() { return ++counted_over_executions > 2 ? 7 : 0; }
};

struct forgetful {
    int take() { return 0; }
    bool operator==(forgetful const&) const = default;
};

TEST(linearizability_rejects, an_object_that_outlives_its_execution_is_named) {
    counted_over_executions = 0;
    linearizable<remembering, forgetful> check("remembering");
    check.operation("take()", [](auto& object) {
        int const got = object.take();
        if (got == 7) counted_over_executions = 0;
        return got;
    });
    linear_verdict const seen = check({.threads = 2, .sequences = 2});
    std::cout << seen.text;
    ASSERT_TRUE(seen.found);
    EXPECT_NE(std::string::npos, seen.text.find("not deterministic")) << seen.text;
}

}  // namespace
