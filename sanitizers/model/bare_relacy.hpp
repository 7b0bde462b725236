// Relacy by itself, for comparison: its own schedulers and fibers, without racekit. Included by
// relacy.cpp alone, which is the one file that sees Relacy.
#pragma once

#include <chrono>
#include <cstdio>

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

template <class client>
void figure(char const* what, rl::scheduler_type_e how, rl::iteration_t most) {
    std::ostream silent(nullptr);
    rl::test_params parameters;
    parameters.output_stream = &silent;
    parameters.progress_stream = &silent;
    parameters.search_type = how;
    parameters.iteration_count = most;
    auto const began = std::chrono::steady_clock::now();
    bool const clean = rl::simulate<client>(parameters);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    auto const executions = static_cast<double>(parameters.stop_iteration);
    std::printf("  %-46s %9.0f executions   %10.0f executions/s%s\n", what, executions,
                executions / took.count(), clean ? "" : "   FOUND SOMETHING");
}

}  // namespace

int main() {
    constexpr auto full = rl::fair_full_search_scheduler_type;
    figure<adding<3, 2>>("full search, fetch_add x 2, 3 threads", full, 0);
    figure<independent_reads>("full search, IRIW, acquire and release", full, 0);
    figure<adding<2, 3>>("random, fetch_add x 3, 2 threads", rl::random_scheduler_type, 1'000'000);
}
