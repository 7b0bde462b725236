// SPDX-License-Identifier: MIT
// A pool of threads that runs one test instance after another: the same threads in all rounds.
//
// With new threads in every round TSan would miss races, and short test bodies would run one after
// the other. Here all threads spin at a gate and start together.
#pragma once

#include "exception_text.hpp"

#include <racekit/registry.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace racekit {

class thread_pool {
public:
    /// `prepare(thread, round)` runs on each thread right before the test body (noise, pinning).
    using preparation = std::function<void(int thread, std::uint64_t round)>;

    thread_pool(int count, preparation prepare);
    ~thread_pool();  ///< joins all threads: do not destroy a pool that is stuck
    thread_pool(thread_pool const&) = delete;
    thread_pool& operator=(thread_pool const&) = delete;

    /// Runs one round. False: some threads did not finish within `time_limit`; call is_stuck().
    [[nodiscard]] bool run(test_instance& instance, std::chrono::nanoseconds time_limit);

    /// After run() returned false: waits until the round ends after all (false; the pool can be
    /// used again), or until it will certainly not end (true): since then every unfinished thread
    /// slept all the time, used half a second of processor time, or was scheduled 500 times. So a
    /// busy machine does not count as a hang.
    [[nodiscard]] bool is_stuck();

    /// What each unfinished thread does, as text: "thread 1 sleeps in futex_wait".
    [[nodiscard]] std::vector<std::string> stuck_threads() const;

    /// The first exception that left a test body, "std::runtime_error: what"; "" if there was none.
    [[nodiscard]] std::string const& uncaught() const { return uncaught_; }

    [[nodiscard]] std::vector<std::thread> const& threads() const { return threads_; }

private:
    void run_thread(int self);
    /// Spins until as many threads have arrived as there are cores, for at most about 40 us.
    /// Threads that wake up one after the other would otherwise also run one after the other.
    void start_together(std::uint64_t round);

    preparation prepare_;
    std::atomic<std::uint64_t> opened_{0};  // rounds begun; release -> run_thread sees the instance
    std::atomic<std::uint64_t> arrived_{0};
    std::atomic<int> finished_{0};          // release -> run() sees what the threads did
    std::atomic<bool> closing_{false};
    std::atomic<bool> oversubscribed_{false};  // other programs use the processors too
    std::atomic<test_instance*> instance_{nullptr};
    std::atomic<bool> uncaught_stored_{false};
    std::string uncaught_;
    std::vector<std::atomic<long>> ids_;
    std::vector<std::atomic<bool>> done_;
    std::vector<std::thread> threads_;
};

}  // namespace racekit
