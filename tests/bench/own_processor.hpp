// SPDX-License-Identifier: MIT
// A processor for each thread of a benchmark, so that two threads do meet.
//
// Left to itself a busy machine may run both on one processor, one after the other: then a lock is
// never contended, and its figure is that of one thread alone.
#pragma once

#include <benchmark/benchmark.h>

#include <sched.h>

namespace bench {

/// Keeps the calling thread on the processor of its number among those that it may use, until the
/// end of the scope. Does nothing for one thread, or where there are too few processors.
class own_processor {
public:
    explicit own_processor(benchmark::State const& state)
        : own_processor(state.thread_index(), state.threads()) {}
    own_processor(int thread, int threads) {
        if (threads < 2 || ::sched_getaffinity(0, sizeof before_, &before_) != 0 ||
            CPU_COUNT(&before_) < threads)
            return;
        int wanted = thread;
        int processor = 0;
        while (!CPU_ISSET(processor, &before_) || wanted-- > 0) ++processor;
        ::cpu_set_t only;
        CPU_ZERO(&only);
        CPU_SET(processor, &only);
        pinned_ = ::sched_setaffinity(0, sizeof only, &only) == 0;
    }
    ~own_processor() {
        if (pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
    }
    own_processor(own_processor const&) = delete;
    own_processor& operator=(own_processor const&) = delete;

private:
    ::cpu_set_t before_{};
    bool pinned_ = false;
};

}  // namespace bench
