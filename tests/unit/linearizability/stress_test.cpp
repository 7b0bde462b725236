// SPDX-License-Identifier: MIT
// Long runs of real threads: an object of each kind, right and racing.
#include "barrier.hpp"
#include "racing.hpp"
#include "specifications.hpp"

#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/barrier.hpp>
#include <racekit/lock/bounded_semaphore.hpp>
#include <racekit/lock/event.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/lock/seqlock.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/bounded_stack.hpp>
#include <racekit/queue/mpmc_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/queue/treiber_stack.hpp>
#include <racekit/queue/work_deque.hpp>
#include <racekit/shared/copied_value.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <iostream>
#include <thread>

namespace {

using namespace racekit;

constexpr linear_stress long_run{.threads = 4, .sequences = 1000, .seconds = 1};
constexpr linear_stress until_found{.threads = 4, .sequences = 1000, .seconds = 60};

void expect_none(linear_verdict const& seen) {
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable) << seen.text;
    EXPECT_FALSE(seen.exhausted);
    EXPECT_LT(2000U, seen.calls / seen.executions);  // of one history
    EXPECT_EQ(seen.executions, seen.histories);
}

void expect_found(linear_verdict const& seen, std::string const& kind = "not linearizable") {
    std::cout << seen.text;
    EXPECT_FALSE(seen.linearizable);
    ASSERT_TRUE(seen.found) << seen.text;
    EXPECT_EQ(kind, seen.found->kind);
}

// Locks

template <class Lock>
class guarding {
public:
    void lock_exclusive() { gate_.lock(); }
    bool try_lock() { return gate_.try_lock(); }
    void unlock() { gate_.unlock(); }

protected:
    Lock gate_;
};

template <class Lock>
class guarding_shared : public guarding<Lock> {
public:
    void lock_shared() { this->gate_.lock_shared(); }
    bool try_lock_shared() { return this->gate_.try_lock_shared(); }
    void unlock_shared() { this->gate_.unlock_shared(); }
};

template <class Object>
linear_verdict lock_run(char const* name, linear_stress const& how) {
    linearizable<Object, specified::lock> check(name);
    auto const lock = check.step("lock()", [](auto& gate) { gate.lock_exclusive(); });
    auto const try_lock = check.step("try_lock()", [](auto& gate) { return gate.try_lock(); });
    auto const unlock = check.step("unlock()", [](auto& gate) { gate.unlock(); });
    check.sequence({lock, unlock});
    check.sequence({try_lock, unlock});
    if constexpr (requires(Object& gate) { gate.lock_shared(); }) {
        auto const enter = check.step("lock_shared()", [](auto& gate) { gate.lock_shared(); });
        auto const try_enter =
            check.step("try_lock_shared()", [](auto& gate) { return gate.try_lock_shared(); });
        auto const leave = check.step("unlock_shared()", [](auto& gate) { gate.unlock_shared(); });
        check.may_also_give(try_lock, false);  // a writer may be on its way
        check.may_also_give(try_enter, false);
        check.sequence({enter, leave});
        check.sequence({try_enter, leave});
    }
    return check.stress(how);
}

TEST(long_runs, locks) {
    expect_none(lock_run<guarding<mutex>>("mutex", long_run));
    expect_none(lock_run<guarding<spin_lock>>("spin_lock", long_run));
    expect_none(lock_run<guarding<fifo_mutex>>("fifo_mutex", long_run));
    expect_none(lock_run<guarding_shared<shared_mutex>>("shared_mutex", long_run));
    expect_none(lock_run<guarding<ticket_lock>>("ticket_lock",
                                                {.threads = 2, .sequences = 1000, .seconds = 1}));
}

TEST(long_runs, a_lock_that_looks_and_then_takes_is_rejected) {
    expect_found(lock_run<racing::split_lock>("split_lock", until_found));
}

/// Forgets to let go once in a while.
class forgetful {
public:
    void lock_exclusive() { gate_.lock(); }
    void unlock() {
        if (++unlocked_ % 100 != 0) gate_.unlock();
    }

private:
    mutex gate_;
    int unlocked_ = 0;  // under the gate
};

TEST(long_runs, a_lock_that_is_not_let_go_is_a_hang) {
    linearizable<forgetful, specified::lock> check("forgetful");
    check.sequence({check.step("lock()", [](auto& gate) { gate.lock_exclusive(); }),
                   check.step("unlock()", [](auto& gate) { gate.unlock(); })});
    linear_verdict const seen = check.stress(until_found);
    expect_found(seen, "hang");
    EXPECT_NE(std::string::npos, seen.text.find("sleeps in futex")) << seen.text;
    EXPECT_NE(std::string::npos, seen.text.find("lock() waits for ever")) << seen.text;
}

// Semaphores

template <class Object, class Specification = specified::semaphore>
linear_verdict semaphore_run(char const* name, linear_stress const& how, bool waits) {
    linearizable<Object, Specification> check(name, 1);
    if constexpr (requires(Object& on) { on.acquire(); }) {
        if (waits) check.operation("acquire()", [](auto& on) { on.acquire(); });
    }
    check.operation("try_acquire()", [](auto& on) { return on.try_acquire(); });
    auto const release = check.operation("release()", [](auto& on) { return on.release(); });
    if (waits) check.help_with(release);
    return check.stress(how);
}

struct counting : semaphore {
    using semaphore::semaphore;
    bool release() {
        semaphore::release();
        return true;
    }
};

/// One permit at most; one more is refused.
struct one_permit : bounded_semaphore {
    using bounded_semaphore::bounded_semaphore;
    bool release() {
        try {
            bounded_semaphore::release();
        } catch (released_too_often const&) {
            return false;
        }
        return true;
    }
};
struct specified_seat : specified::semaphore {
    explicit specified_seat(int) : specified::semaphore{1, 1} {}
    bool operator==(specified_seat const&) const = default;
};

TEST(long_runs, semaphores) {
    expect_none(semaphore_run<counting>("semaphore of 1", long_run, true));
    expect_none(
        semaphore_run<one_permit, specified_seat>("bounded_semaphore of 1", long_run, true));
}

TEST(long_runs, a_semaphore_that_loads_and_then_stores_is_rejected) {
    expect_found(semaphore_run<racing::split_semaphore>("split_semaphore", until_found, false));
}

// Without a helper all threads may block: that ends the history, and is no finding.
TEST(long_runs, a_wait_of_the_specification_is_no_hang) {
    linearizable<counting, specified::semaphore> check("semaphore of 1", 1);
    auto const acquire = check.step("acquire()", [](auto& on) { on.acquire(); });
    check.sequence({acquire});
    linear_verdict const seen =
        check.stress({.threads = 2, .sequences = 10, .seconds = 60, .rounds = 2});
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable) << seen.text;
    EXPECT_EQ(2U, seen.ended_waiting);
    EXPECT_EQ(2U, seen.executions);
}

// Events

template <class Object, class Specification>
linear_verdict event_run(char const* name, linear_stress const& how) {
    linearizable<Object, Specification> check(name);
    auto const set = check.operation("set()", [](auto& on) { on.set(); });
    check.operation("clear()", [](auto& on) { on.clear(); });
    if constexpr (requires(Object& on) { on.is_set(); })
        check.operation("is_set()", [](auto& on) { return on.is_set(); });
    if constexpr (requires(Object& on) { on.try_wait(); })
        check.operation("try_wait()", [](auto& on) { return on.try_wait(); });
    if constexpr (requires(Object& on) { on.wait(); }) {
        check.operation("wait()", [](auto& on) { on.wait(); });
        check.help_with(set);
    }
    return check.stress(how);
}

TEST(long_runs, events) {
    expect_none(event_run<event, specified::event>("event", long_run));
    expect_none(event_run<auto_reset_event, specified::auto_reset_event>("auto_reset_event",
                                                                         long_run));
}

TEST(long_runs, an_event_that_lets_two_pass_is_rejected) {
    expect_found(
        event_run<racing::split_event, specified::auto_reset_event>("split_event", until_found));
}

// Barriers

TEST(long_runs, barriers) {
    linearizable<meeting<barrier, 2>, specified::barrier<2>> check("barrier of 2");
    meet_as_two(check);
    expect_none(check.stress({.threads = 2, .sequences = 2000, .seconds = 1}));
}

/// Lets every thread pass.
class open_gate {
public:
    explicit open_gate(std::size_t) {}
    void wait() {}
};

TEST(long_runs, a_barrier_that_lets_pass_is_rejected) {
    linearizable<meeting<open_gate, 2>, specified::barrier<2>> check("open_gate");
    meet_as_two(check);
    expect_found(check.stress({.threads = 2, .sequences = 2000, .seconds = 60}));
}

// Maps

template <class Object>
linear_verdict map_run(char const* name, linear_stress const& how, bool in_parts = true) {
    linearizable<Object, specified::map> check(name);
    for (int key = 0; key < 8; ++key) {
        std::string const at = std::to_string(key);
        for (unsigned const each : {
                 check.operation("insert(" + at + ", 7)",
                                 [key](auto& on) { return on.insert(key, 7); }),
                 check.operation("insert(" + at + ", 8)",
                                 [key](auto& on) { return on.insert(key, 8); }),
                 check.operation("find(" + at + ")", [key](auto& on) { return on.find(key); }),
                 check.operation("take(" + at + ")", [key](auto& on) { return on.take(key); }),
             }) {
            if (in_parts) check.concerns(each, "key " + at);
        }
    }
    return check.stress(how);
}

TEST(long_runs, maps) {
    expect_none(map_run<racing::striped_map<false>>("striped_map", long_run));
    expect_none(map_run<racing::striped_map<false>>("striped_map, as a whole", long_run, false));
}

TEST(long_runs, a_map_that_checks_and_then_inserts_is_rejected) {
    linear_verdict const seen =
        map_run<racing::striped_map<true>>("check_then_insert", until_found);
    expect_found(seen);
    EXPECT_EQ(0U, seen.found->subject.find("key ")) << seen.text;
}

// Values

template <class Value>
linear_verdict value_run(char const* name, linear_stress const& how, int first, int second) {
    linearizable<Value, specified::value> check(name);
    check.operation("load()", [](auto& on) { return on.load(); });
    for (int const value : {first, second})
        check.operation("store(" + std::to_string(value) + ")",
                        [value](auto& on) { on.store(value); });
    if constexpr (requires(Value& on) { on.fetch_add(1); })
        check.operation("fetch_add(1)", [](auto& on) { return on.fetch_add(1); });
    return check.stress(how);
}

class value_of_processes {
public:
    int load() { return number_.get(); }
    void store(int next) { number_.set(next); }
    int fetch_add(int more) {
        auto held = number_.get_lock();
        int const before = held.get();
        held.set(before + more);
        return before;
    }

private:
    copied_value<int> number_{0};
};

struct atomic_value : std::atomic<int> {};

struct sequenced {
    int load() { return value.load(); }
    void store(int next) { value.store(next); }
    seqlock<int> value{0};
};

TEST(long_runs, values) {
    expect_none(value_run<value_of_processes>("shared_value", long_run, 1, 2));
    expect_none(value_run<atomic_value>("std::atomic", long_run, 1, 2));
    expect_none(value_run<sequenced>("seqlock", long_run, 1, 2));
}

TEST(long_runs, a_value_that_tears_is_rejected) {
    linear_verdict const seen =
        value_run<racing::torn_value>("torn_value", until_found, 0x10001, 0x20002);
    expect_found(seen);
    EXPECT_NE(std::string::npos, seen.text.find("load() -> ")) << seen.text;
}

// Stacks, deques, queues

/// With `in_hand`, it may be full or empty because another thread has taken a node out.
template <class Object, class Specification>
linear_verdict stack_run(char const* name, linear_stress const& how, bool in_hand = false) {
    linearizable<Object, Specification> check(name);
    auto const pop = [](auto& on) -> std::optional<int> {
        if constexpr (requires { on.pop(); }) {
            return on.pop();
        } else {
            int got = 0;
            return on.try_pop(got) ? std::optional(got) : std::nullopt;
        }
    };
    for (int const value : {1, 2, 3}) {
        std::string const push = "push(" + std::to_string(value) + ")";
        if constexpr (requires(Object& on) { on.try_push(value); }) {
            auto const each =
                check.operation(push, [value](auto& on) { return on.try_push(value); });
            if (in_hand) check.may_also_give(each, false);
        } else {
            check.sequence({check.step(push, [value](auto& on) { on.push(value); }),
                           check.step("pop()", pop)});
        }
    }
    auto const last = check.operation("pop()", pop);
    if (in_hand) check.may_also_give(last, std::optional<int>());
    return check.stress(how);
}

struct stack_of_four : specified::stack {
    bool try_push(int value) {
        if (elements.size() == 4) return false;
        push(value);
        return true;
    }
    bool operator==(stack_of_four const&) const = default;
};

struct bounded_stack_of_four : bounded_stack<int> {
    bounded_stack_of_four() : bounded_stack<int>(4) {}
};

TEST(long_runs, stacks) {
    expect_none(stack_run<treiber_stack<int>, specified::stack>("treiber_stack", long_run));
    expect_none(stack_run<bounded_stack_of_four, stack_of_four>("bounded_stack", long_run, true));
}

TEST(long_runs, a_stack_that_reads_and_then_writes_its_height_is_rejected) {
    expect_found(stack_run<racing::split_stack<false>, stack_of_four>("split_stack", until_found));
}

// What crashes is found, and the test goes on. A run may end earlier, by a wrong answer.
TEST(long_runs, a_stack_that_crashes_is_a_finding) {
    linear_verdict seen;
    for (int run = 0; run < 20 && !(seen.found && seen.found->kind == "crash"); ++run)
        seen = stack_run<racing::split_stack<true>, stack_of_four>("split_stack", until_found);
    expect_found(seen, "crash");
    EXPECT_NE(std::string::npos, seen.text.find("CRASH: died of Segmentation fault; thread "))
        << seen.text;
    EXPECT_NE(std::string::npos, seen.text.find(" was in pop()")) << seen.text;
}

template <class Object>
linear_verdict deque_run(char const* name, linear_stress const& how) {
    linearizable<Object, specified::work_deque> check(name);
    auto const element = [](auto& on, auto take) -> std::optional<int> {
        int got = 0;
        return take(on, got) ? std::optional(got) : std::nullopt;
    };
    auto const pop = [element](auto& on) {
        if constexpr (requires { on.try_pop(); }) return on.try_pop();
        else return element(on, [](auto& deque, int& into) { return deque.try_pop(into); });
    };
    auto const steal = [element](auto& on) {
        if constexpr (requires { on.try_steal(); }) return on.try_steal();
        else return element(on, [](auto& deque, int& into) { return deque.try_steal(into); });
    };
    auto const last = check.step("pop()", pop);
    for (int const value : {1, 2, 3}) {
        auto const push = check.step("push(" + std::to_string(value) + ")",
                                     [value](auto& on) { (void)on.push(value); });
        check.sequence({push}, "owner");
        check.sequence({push, last}, "owner");
    }
    check.sequence({last}, "owner");
    check.may_also_give(check.operation("steal()", steal), std::optional<int>());
    return check.stress(how);
}

struct deque_of_work : work_deque<int> {
    bool push(int value) {
        work_deque<int>::push(value);
        return true;
    }
};

TEST(long_runs, deques) {
    expect_none(deque_run<deque_of_work>("work_deque", long_run));
}

TEST(long_runs, a_deque_whose_owner_does_not_ask_is_rejected) {
    expect_found(deque_run<racing::split_deque>("split_deque", until_found));
}

/// A one-to-one queue has a role for each side, and its "full" may be old.
template <class Object>
linear_verdict queue_run(char const* name, linear_stress const& how, bool one_to_one = false) {
    linearizable<Object, specified::try_queue> check(name, 4U);
    for (int const value : {1, 2, 3}) {
        auto const push = check.operation(
            "push(" + std::to_string(value) + ")",
            [value](auto& on) { return on.try_push(value); }, one_to_one ? "producer" : "");
        if (one_to_one) check.may_also_give(push, false);
    }
    auto const pop = [](auto& on) -> std::optional<int> {
        int got = 0;
        return on.try_pop(got) ? std::optional(got) : std::nullopt;
    };
    check.operation("pop()", pop, one_to_one ? "consumer" : "");
    return check.stress(how);
}

struct four_places : racing::split_queue {
    explicit four_places(unsigned) {}
};

TEST(long_runs, queues) {
    expect_none(queue_run<mpmc_queue<int>>("mpmc_queue of 4", long_run));
    expect_none(queue_run<spsc_queue<int>>(
        "spsc_queue of 4", {.threads = 2, .sequences = 2000, .seconds = 1}, true));

    linearizable<blocking_queue<int>, specified::waiting_queue> check("blocking_queue of 4", 4U);
    for (int const value : {1, 2})
        check.operation("put(" + std::to_string(value) + ")",
                        [value](auto& on) { return on.put(value); });
    check.operation("get()", [](auto& on) {
        int got = 0;
        auto const how = on.get(got);
        return std::pair(how, got);
    });
    check.help_with(check.operation("try_put(3)", [](auto& on) { return on.try_put(3); }));
    check.help_with(check.operation("try_get()", [](auto& on) {
        int got = 0;
        auto const how = on.try_get(got);
        return std::pair(how, got);
    }));
    expect_none(check.stress(long_run));
}

TEST(long_runs, a_queue_that_reads_and_then_moves_its_begin_is_rejected) {
    expect_found(queue_run<four_places>("split_queue", until_found));
}

// What cannot be judged within its steps is never said to be clean.
TEST(long_runs, out_of_steps_is_inconclusive) {
    linear_verdict const seen = value_run<atomic_value>(
        "std::atomic", {.threads = 4, .sequences = 1000, .rounds = 3, .steps = 100}, 1, 2);
    std::cout << seen.text;
    EXPECT_FALSE(seen.linearizable);
    EXPECT_FALSE(seen.found);
    EXPECT_EQ(3U, seen.undecided);
    EXPECT_EQ(0U, seen.histories);
    EXPECT_EQ(0U, seen.text.find("std::atomic: INCONCLUSIVE: 3 of 3 histories")) << seen.text;
}

TEST(long_runs, an_exception_is_reported) {
    struct throwing {
        int load() {
            if (times++ == 50) throw std::runtime_error("at the 50th");
            return 0;
        }
        void store(int) {}
        std::atomic<int> times{0};
    };
    linear_verdict const seen = value_run<throwing>("throwing", until_found, 1, 2);
    expect_found(seen, "uncaught exception");
    EXPECT_NE(std::string::npos, seen.text.find("at the 50th")) << seen.text;
}

TEST(long_runs, misuse_is_reported) {
    EXPECT_THROW((void)value_run<atomic_value>("no threads", {.threads = 0}, 1, 2),
                 std::invalid_argument);
    EXPECT_THROW((void)value_run<atomic_value>("threads", {.threads = 32}, 1, 2),
                 std::invalid_argument);
    EXPECT_THROW((void)value_run<atomic_value>("no sequences", {.sequences = 0}, 1, 2),
                 std::invalid_argument);
}

// Small programs are contained as well.
TEST(small_programs, that_crash_are_a_finding) {
    struct aborting : specified::value {
        int exchange(int next) {
            if (next == 4) std::raise(SIGSEGV);
            return specified::value::exchange(next);
        }
    };
    linearizable<aborting, specified::value> other("aborting");
    other.operation("exchange(4)", [](auto& on) { return on.exchange(4); });
    linear_verdict const seen = other({.threads = 2, .sequences = 1});
    std::cout << seen.text;
    EXPECT_FALSE(seen.linearizable);
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("crash", seen.found->kind);
    EXPECT_EQ(std::vector<std::string>({"exchange(4)", "exchange(4)"}), seen.program);
    EXPECT_NE(std::string::npos, seen.text.find("was in exchange(4)")) << seen.text;
}

}  // namespace
