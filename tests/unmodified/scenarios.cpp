// SPDX-License-Identifier: MIT
// Scenarios whose test bodies use std:: alone, as racekit_add_scenario(... UNMODIFIED) compiles
// them. scenarios_test.py knows the right answer to each.
#include <racekit/scenario.hpp>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {

struct no_gate {
    void lock() {}
    void unlock() {}
};

template <class gate_type>
struct counter {
    gate_type gate;
    int items = 0;
    void push() {
        std::scoped_lock hold(gate);
        ++items;  // <- race
    }
};

template <class queue>
struct plain_items {
    static constexpr int threads = 2;
    queue shared;
    void thread(int) { shared.push(); }
    void after() { RACEKIT_CHECK_EQUAL(2, shared.items); }
};

struct in_two_steps {
    std::atomic<int> sum{0};
    void add() { sum.store(sum.load() + 1); }
};
struct in_one_step {
    std::atomic<int> sum{0};
    void add() { sum.fetch_add(1); }
};

template <class sums>
struct atomic_sums {
    static constexpr int threads = 3;
    sums shared;
    void thread(int) { shared.add(); }
    void after() { RACEKIT_CHECK_EQUAL(3, shared.sum.load()); }
};

/// The constructor of a global object runs before each execution, and memory of an earlier one is
/// gone.
std::vector<int> names(1);

template <class gate_type>
struct global_names {
    static constexpr int threads = 2;
    gate_type gate;
    void before() { RACEKIT_CHECK_EQUAL(1U, names.size()); }
    void thread(int) {
        std::scoped_lock hold(gate);
        names.push_back(1);  // <- race
    }
    void after() { RACEKIT_CHECK_EQUAL(3U, names.size()); }
};

/// A worker of its own, from the constructor to the destructor.
template <class gate_type>
struct own_worker {
    static constexpr int threads = 1;
    counter<gate_type> shared;
    std::jthread worker{[this] { shared.push(); }};
    void thread(int) { shared.push(); }
};

template <class gate_type>
struct leaves_early {
    static constexpr int threads = 2;
    counter<gate_type> shared;
    void thread(int) {
        shared.push();
        ::pthread_exit(nullptr);
    }
    void after() { RACEKIT_CHECK_EQUAL(3, shared.items); }
};

struct by_return {
    static void end() {}
};
struct by_exit {
    static void end() { std::exit(0); }
};
template <class ending>
struct ends_the_program {
    static constexpr int threads = 2;
    std::atomic<int> count{0};
    void thread(int self) {
        ++count;
        if (self == 1) ending::end();
    }
    void after() { RACEKIT_CHECK(count == 2); }
};

template <class gate_type>
struct sixteen_workers {
    static constexpr int threads = 2;
    counter<gate_type> shared;
    void thread(int self) {
        if (self != 0) return;
        std::vector<std::jthread> workers;
        for (int each = 0; each < 16; ++each) workers.emplace_back([this] { shared.push(); });
    }
};

struct in_processes {
    static constexpr int processes = 2;
    void process(int) {}
};

}  // namespace

#define RACEKIT_PROMISED(kind)                                                            \
    .title = "a test of the kit", .stress = racekit::may_find, .tsan = racekit::may_find, \
    .model = racekit::finds(kind)

RACEKIT_SCENARIO(plain_items, counter<no_gate>, counter<std::mutex>, RACEKIT_PROMISED("data race"));
RACEKIT_SCENARIO(atomic_sums, in_two_steps, in_one_step, RACEKIT_PROMISED("failed check"));
RACEKIT_SCENARIO(global_names, no_gate, std::mutex, RACEKIT_PROMISED("data race"));
RACEKIT_SCENARIO(own_worker, no_gate, std::mutex, RACEKIT_PROMISED("data race"));
RACEKIT_SCENARIO(leaves_early, no_gate, std::mutex, RACEKIT_PROMISED("data race"));
RACEKIT_SCENARIO(ends_the_program, by_return, by_exit, RACEKIT_PROMISED("failed check"));
RACEKIT_SCENARIO(sixteen_workers, no_gate, std::mutex, RACEKIT_PROMISED("data race"));
RACEKIT_TEST(in_processes, in_processes);
