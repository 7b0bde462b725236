// SPDX-License-Identifier: MIT
// What the kernel says of a thread: whether it sleeps, how much it has run. With it a test waits
// until another thread waits, and need not guess how long that takes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace test {

/// A thread of this or another process; for a process with one thread, its number is the process's.
struct kernel_state {
    bool is_asleep = false;
    std::uint64_t switches = 0;     ///< how often it gave the processor up by itself
    std::uint64_t preemptions = 0;  ///< how often it lost it, by a yield too

    static kernel_state of(::pid_t thread) {
        kernel_state seen;
        std::ifstream status("/proc/" + std::to_string(thread) + "/status");
        for (std::string word; status >> word;) {
            if (word == "State:") status >> word, seen.is_asleep = word == "S";
            if (word == "voluntary_ctxt_switches:") status >> seen.switches;
            if (word == "nonvoluntary_ctxt_switches:") status >> seen.preemptions;
        }
        return seen;
    }
};

/// Calls `is_so()` until it is true. Ends the program after five minutes, which no load explains.
template <class Condition>
void await_that(Condition is_so, char const* what) {
    auto const limit = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > limit) {
            std::fprintf(stderr, "not within five minutes: %s\n", what);
            std::abort();  // other threads may wait for ever
        }
        ::usleep(500);
    }
}

/// Returns once the thread sleeps, and has slept from one look to the next.
inline void await_sleep(::pid_t thread) {
    kernel_state last;
    auto const sleeps_on = [&] {
        kernel_state const now = kernel_state::of(thread);
        bool const same = now.is_asleep && last.is_asleep && now.switches == last.switches;
        last = now;
        return same;
    };
    await_that(sleeps_on, "the thread sleeps");
}

/// A thread whose state in the kernel is known.
class watched_thread {
public:
    template <class Body>
    explicit watched_thread(Body body)
        : thread_([this, body = std::move(body)]() mutable {
              id_ = ::gettid();
              body();
          }) {
        while (id_ == 0) std::this_thread::yield();
    }
    void join() { thread_.join(); }
    [[nodiscard]] kernel_state state() const { return kernel_state::of(id_); }
    void await_sleep() const { test::await_sleep(id_); }
    /// Returns once it sleeps, or has spun or yielded so much that it is in the waiting loop.
    void await_waiting() const {
        auto const begun = processor_time();
        auto const before = state().preemptions;
        auto const waits = [&] {
            kernel_state const now = state();
            return now.is_asleep || now.preemptions > before + 10 ||
                   processor_time() > begun + std::chrono::milliseconds(20);
        };
        await_that(waits, "the thread waits");
    }

private:
    [[nodiscard]] std::chrono::nanoseconds processor_time() const {
        clockid_t its{};
        timespec spent{};
        ::pthread_getcpuclockid(const_cast<std::jthread&>(thread_).native_handle(), &its);
        ::clock_gettime(its, &spent);
        return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
    }

    std::atomic<::pid_t> id_{0};
    std::jthread thread_;
};

}  // namespace test
