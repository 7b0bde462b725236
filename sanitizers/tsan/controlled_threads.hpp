// SPDX-License-Identifier: MIT
// A pool of threads that runs test instances under the controlled schedule, the same threads in all
// rounds. Only a thread that has thread_local objects to destroy ends with its round, so that the
// destructors run under the schedule, and another one replaces it.
//
// TSan sees two gates, opened_ and finished_: so building the instance happens before its threads
// run, and their work happens before after(). Between the gates TSan sees only the test body.
#pragma once

#include "controller.hpp"

#include <racekit/registry.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace racekit::tsan {

class controlled_threads {
public:
    explicit controlled_threads(int count, std::vector<int> symbolizer = {});
    /// Joins all threads. If the last round did not finish, release the pool instead of destroying
    /// it: its threads never end.
    ~controlled_threads();
    controlled_threads(controlled_threads const&) = delete;
    controlled_threads& operator=(controlled_threads const&) = delete;

    /// Runs one round. After any result but `finished` the threads stay blocked for ever. With
    /// `ignore_accesses` TSan does not check the accesses of the threads and reports no race: a
    /// report takes ten milliseconds or more.
    [[nodiscard]] controller::ending run(test_instance& instance, std::uint64_t seed,
                                          std::chrono::nanoseconds time_limit,
                                          bool ignore_accesses = false);

    /// The exception that left the test body in the last round, as text; "" if there was none.
    [[nodiscard]] std::string const& uncaught() const { return uncaught_; }
    [[nodiscard]] controller const& schedule() const { return schedule_; }

private:
    struct pool_thread {
        std::thread thread;
        bool ended = false;  ///< with its round; finished_ publishes it
    };

    void run_thread(int self, int round);
    void finish_round();
    static void finish_round(void* pool);
    void replace_ended_threads();

    controller schedule_;
    std::atomic<int> opened_{0};    // rounds begun; release -> run_thread sees the instance
    std::atomic<int> finished_{0};  // release -> run() sees what the threads did
    std::atomic<bool> closing_{false};
    std::atomic<bool> uncaught_stored_{false};
    test_instance* instance_ = nullptr;
    bool ignore_accesses_ = false;
    std::string uncaught_;
    std::vector<pool_thread> threads_;
};

}  // namespace racekit::tsan
