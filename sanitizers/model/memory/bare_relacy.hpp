// SPDX-License-Identifier: MIT
// Relacy by itself, for comparison: its own schedulers and fibers, without racekit. Included by
// relacy.cpp alone, which is the one file that sees Relacy.
#pragma once

#include <cstdio>
#include <ctime>

namespace {

/// So many additions by each thread.
template <int threads, int each>
struct adding : rl::test_suite<adding<threads, each>, threads> {
    rl::atomic<int> number;

    void before() { number.store(0, rl::mo_relaxed, $); }
    void thread(unsigned) {
        for (int turn = 0; turn < each; ++turn) number.fetch_add(1, rl::mo_relaxed, $);
    }
};

/// So many additions under a lock by each thread.
template <int threads, int each>
struct counting_under_a_lock : rl::test_suite<counting_under_a_lock<threads, each>, threads> {
    rl::mutex gate;
    rl::var<int> number;

    void before() { number($) = 0; }
    void thread(unsigned) {
        for (int turn = 0; turn < each; ++turn) {
            gate.lock($);
            number($) = static_cast<int>(number($)) + 1;
            gate.unlock($);
        }
    }
};

struct independent_reads : rl::test_suite<independent_reads, 4> {
    rl::atomic<int> x, y;

    void before() {
        x.store(0, rl::mo_relaxed, $);
        y.store(0, rl::mo_relaxed, $);
    }
    void thread(unsigned self) {
        switch (self) {
            case 0: x.store(1, rl::mo_release, $); break;
            case 1: y.store(1, rl::mo_release, $); break;
            case 2:
                x.load(rl::mo_acquire, $);
                y.load(rl::mo_acquire, $);
                break;
            default:
                y.load(rl::mo_acquire, $);
                x.load(rl::mo_acquire, $);
                break;
        }
    }
};

struct ring : rl::test_suite<ring, 2> {
    rl::atomic<unsigned> head, tail;
    rl::var<int> slots[2];

    void before() {
        head.store(0, rl::mo_relaxed, $);
        tail.store(0, rl::mo_relaxed, $);
    }
    void try_push(int item) {
        unsigned const at = tail.load(rl::mo_relaxed, $);
        if (at - head.load(rl::mo_acquire, $) == 2) return;
        slots[at % 2]($) = item;
        tail.store(at + 1, rl::mo_release, $);
    }
    void try_pop() {
        unsigned const at = head.load(rl::mo_relaxed, $);
        if (tail.load(rl::mo_acquire, $) == at) return;
        (void)static_cast<int>(slots[at % 2]($));
        head.store(at + 1, rl::mo_release, $);
    }
    void thread(unsigned self) {
        for (int turn = 0; turn < 2; ++turn) {
            if (self == 0) try_push(turn + 1);
            else try_pop();
        }
    }
};

struct node {
    rl::var<int> item;
    rl::atomic<node*> below;
};

/// `all`: by one exchange; otherwise the top one.
template <bool all>
struct stack : rl::test_suite<stack<all>, 2> {
    node nodes[2];
    rl::atomic<node*> top;

    void before() {
        for (node& each : nodes) each.below.store(nullptr, rl::mo_relaxed, $);
        top.store(nullptr, rl::mo_relaxed, $);
    }
    void thread(unsigned self) {
        node& mine = nodes[self];
        mine.item($) = 1;
        node* seen = top.load(rl::mo_relaxed, $);
        do {
            mine.below.store(seen, rl::mo_relaxed, $);
        } while (!top.compare_exchange_strong(seen, &mine, rl::mo_release, $));
        if (all) {
            seen = top.exchange(nullptr, rl::mo_acquire, $);
            for (; seen != nullptr; seen = seen->below.load(rl::mo_relaxed, $))
                (void)static_cast<int>(seen->item($));
        } else {
            seen = top.load(rl::mo_acquire, $);
            while (seen != nullptr) {
                node* const next = seen->below.load(rl::mo_relaxed, $);
                if (top.compare_exchange_strong(seen, next, rl::mo_acq_rel, $)) break;
            }
        }
    }
};

/// Wrong only if thread 1 takes all its steps between two certain ones of thread 0.
struct wide_window : rl::test_suite<wide_window, 2> {
    static constexpr int width = 40;
    rl::atomic<int> number;

    void before() { number.store(0, rl::mo_relaxed, $); }
    void thread(unsigned self) {
        if (self == 1) {
            for (int turn = 0; turn < width; ++turn) number.fetch_add(1, rl::mo_seq_cst, $);
            return;
        }
        for (int turn = 0; turn < 5; ++turn) number.fetch_add(0, rl::mo_seq_cst, $);
        int const seen = number.fetch_add(0, rl::mo_seq_cst, $);
        int const now = number.exchange(seen + 1, rl::mo_seq_cst, $);
        RL_ASSERT(now - seen < width);
    }
};

enum class counts { executions, a_second };

/// A line of the client, executions, executions a second (0: not the figure) and whether the search
/// came to an end: of everything, or at a mistake.
template <class client>
void figure(char const* name, rl::scheduler_type_e how, rl::iteration_t most, counts what) {
    std::ostream silent(nullptr);
    rl::test_params parameters;
    parameters.output_stream = &silent;
    parameters.progress_stream = &silent;
    parameters.search_type = how;
    parameters.iteration_count = most;
    std::clock_t const began = std::clock();
    bool const clean = rl::simulate<client>(parameters);
    double const took = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    auto const executions = static_cast<double>(parameters.stop_iteration);
    std::printf("%-10s %9.0f %9.0f %d\n", name, executions,
                what == counts::a_second ? executions / took : 0,
                most == 0 || !clean ? 1 : 0);
}

}  // namespace

int main() {
    constexpr auto full = rl::fair_full_search_scheduler_type;
    figure<ring>("ring", full, 0, counts::executions);
    figure<stack<false>>("stack", full, 0, counts::executions);
    figure<stack<true>>("stack_all", full, 0, counts::executions);
    figure<independent_reads>("iriw", full, 0, counts::executions);
    figure<adding<3, 2>>("adding", full, 0, counts::executions);
    figure<adding<5, 2>>("rate", rl::random_scheduler_type, 1'000'000, counts::a_second);
    figure<adding<2, 9>>("rate_two", rl::random_scheduler_type, 300'000, counts::a_second);
    figure<counting_under_a_lock<3, 4>>("rate_lock", rl::random_scheduler_type, 300'000,
                                        counts::a_second);
    figure<wide_window>("window", rl::random_scheduler_type, 2'000'000, counts::executions);
}
