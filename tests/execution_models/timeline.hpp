// SPDX-License-Identifier: MIT
// What ran when: the spans of each worker or request of one run, in memory that its processes
// share.
//
//     timeline::lane mine;   // in progress from here to the end of its scope
//     ... mark_time(); ...   // now and then: records what ran, what was ready and what waited
//
// Without timeline::begin() a lane does nothing. A span may begin or end one mark too early or
// late.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <new>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

namespace execution_models::timeline {

enum class state : std::uint8_t { runs, ready, waits };

/// Times are seconds since begin().
struct span {
    std::uint32_t lane = 0;
    state what = state::runs;
    std::int32_t processor = 0;  ///< at its end
    double from = 0;
    double to = 0;
};

inline constexpr std::uint32_t most_spans = 100'000;

/// In memory that forked processes share; a page that is not written costs nothing.
struct record {
    double began = 0;
    std::atomic<std::uint32_t> lanes{0};
    std::atomic<std::uint32_t> count{0};  ///< may be more than `most_spans`: the rest is lost
    span spans[most_spans];
};

inline record* recorded = nullptr;

inline double seconds_of(clockid_t which) {
    timespec now{};
    (void)::clock_gettime(which, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Records what lanes do from now on. Throws std::bad_alloc.
inline void begin() {
    void* const memory = ::mmap(nullptr, sizeof(record), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    recorded = new (memory) record;
    recorded->began = seconds_of(CLOCK_MONOTONIC);
}

/// One worker or one request, of the thread that marks its time.
class lane {
public:
    lane() {
        if (recorded == nullptr) return;
        number_ = recorded->lanes++;
        resumed();
    }
    ~lane() { stop(); }
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;

    /// What passed since the last mark without CPU time of this thread was a wait if the caller
    /// says so or the thread gave up its processor, and else a time without a processor.
    void mark(bool waited = false) {
        counters const now;
        double const off = (now.wall - last_.wall) - (now.cpu - last_.cpu);
        if (off > smallest) {
            double const back = last_.wall + off;
            add(state::runs, ran_since_, last_.wall);
            waited |= now.gave_up > last_.gave_up;
            add(waited ? state::waits : state::ready, last_.wall, back);
            ran_since_ = back;
        }
        last_ = now;
    }

    /// Until go_on() other lanes may use this thread. Returns when.
    double stop() {
        if (recorded == nullptr || current != this) return 0;
        mark();
        add(state::runs, ran_since_, last_.wall);
        current = nullptr;
        return last_.wall;
    }
    /// Was in that state since `from`, which stop() returned.
    void go_on(state what, double from) {
        if (recorded == nullptr) return;
        resumed();
        add(what, from, last_.wall);
    }

    static inline thread_local lane* current = nullptr;

private:
    static constexpr double smallest = 50e-6;  ///< a shorter time off a processor is no span

    struct counters {
        double wall = seconds_of(CLOCK_MONOTONIC);
        double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
        long gave_up = 0;
        counters() {
            rusage mine{};
            (void)::getrusage(RUSAGE_THREAD, &mine);
            gave_up = mine.ru_nvcsw;
        }
    };

    void add(state what, double from, double to) {
        if (to <= from) return;
        std::uint32_t const at = recorded->count++;
        if (at < most_spans)
            recorded->spans[at] = {number_, what, ::sched_getcpu(), from - recorded->began,
                                   to - recorded->began};
    }
    void resumed() {
        current = this;
        last_ = counters();
        ran_since_ = last_.wall;
    }

    std::uint32_t number_ = 0;
    counters last_;
    double ran_since_ = 0;
};

/// Of the lane of the calling thread, if it has one.
inline void mark_time(bool waited = false) {
    if (lane::current != nullptr) lane::current->mark(waited);
}

}  // namespace execution_models::timeline
