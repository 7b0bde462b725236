// SPDX-License-Identifier: MIT
// Runs test instances in real processes, newly forked in every round.
//
// The parent is this process, which must have a single thread. It has built the test instances in
// memory that forked processes share. It forks the processes; each pins itself to its own core and
// waits at a gate. The parent closes the descriptors that before() opened, so that only the
// processes hold them, and sleeps. The processes run one test instance after the other; all begin
// an instance at the same time of the clock.
//
// Nothing outlives a round: the pool also kills and reaps processes that a test body started and
// left behind. All processes are killed when the parent ends.
#pragma once

#include "noise.hpp"
#include "instance_memory.hpp"

#include <racekit/registry.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace racekit {

/// How one process ended.
struct process_end {
    enum class kind {
        finished,
        killed,   ///< killed by the pool inside the test body
        hung,     ///< did not end; `where` describes what it was doing
        crashed,  ///< killed by another signal, or exited with a code other than 0
        threw,    ///< an exception left the test body; `where` is its text
    };
    kind how = kind::finished;
    int code = 0;
    int signal = 0;
    std::string where;
    std::chrono::nanoseconds lived{0};  ///< duration of the last test instance, if it finished
    std::uint64_t steps = 0;            ///< machine instructions, if they were counted
};

/// Which process to kill in the first test instance, and when: at a time after the start, or at a
/// machine instruction.
struct kill_plan {
    enum class by { clock, step };
    int process = 0;
    by how = by::clock;
    std::chrono::nanoseconds at{0};
    std::uint64_t step = 0;          ///< the instruction; stepping::never: only count them
    std::uint64_t others_begin = 0;  ///< the other processes start after so many of its steps
};

class test_processes {
public:
    /// This process becomes the subreaper of its descendants until the pool is destroyed.
    /// `prepare`, if any, is called in each process before each test body, with a seed.
    test_processes(int count, std::uint64_t seed, void (*prepare)(std::uint64_t) = nullptr);
    ~test_processes();
    test_processes(test_processes const&) = delete;
    test_processes& operator=(test_processes const&) = delete;

    /// Runs the instances that are built in `memory`. The parent closes the descriptors in
    /// `opened`, so that only the processes keep them. Failed checks of instance i are recorded
    /// under number i. Returns how each process ended.
    [[nodiscard]] std::vector<process_end> run(instance_memory const& memory,
                                               std::vector<int> const& opened,
                                               std::optional<kill_plan> victim);

private:
    struct board;

    [[noreturn]] void run_process(instance_memory const& memory, int self, ::pid_t parent,
                                  std::optional<kill_plan> victim, std::uint64_t seed);
    [[nodiscard]] std::int64_t common_start(std::size_t number);
    void wait_for_victim(kill_plan const& victim);
    void await_ready(std::vector<::pid_t> const& processes);
    /// Waits until all have ended or hang. Returns what each hung process does; "" for the others.
    [[nodiscard]] std::vector<std::string> watch(std::vector<::pid_t> const& processes);

    int count_;
    random_source random_;
    void (*prepare_)(std::uint64_t);
    board* board_;
    bool was_reaper_ = false;
};

/// The numbers of the descriptors that are open in this process.
[[nodiscard]] std::vector<int> open_descriptors();

}  // namespace racekit
