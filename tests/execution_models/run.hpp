// SPDX-License-Identifier: MIT
// One run of an execution model: what is asked of it, and what it came to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace execution_models {

struct request {
    std::string work = "cpu";  ///< "cpu", "io", "switch"
    std::string model;
    int jobs = 6;                    ///< workers of the CPU-bound work, processes of a pool
    double seconds = 1;              ///< of the CPU-bound work, for each worker
    std::uint16_t port = 0;          ///< of the HTTP server on loopback
    std::vector<std::string> paths;  ///< what is fetched, in this order
    bool timeline = false;           ///< record what ran when
    int processors = 0;              ///< that the run may use; 0: all
};

/// Times are seconds. Of all threads and processes of the run together, unless it says otherwise.
struct result {
    std::uint64_t operations = 0;  ///< CPU-bound: operations; I/O-bound: requests; else switches
    std::uint64_t bytes = 0;       ///< of all bodies
    double wall = 0;               ///< of the whole, with the start and the join of its workers
    double cpu = 0;
    double ready = 0;               ///< threads could have run and did not; threads of one process
    double lock_wait = 0;           ///< in a lock that another thread held
    std::uint64_t voluntary = 0;    ///< switches of a thread that waits
    std::uint64_t involuntary = 0;  ///< switches of a thread that could have gone on
    double checksum = 0;            ///< keeps the work from being optimised away
    std::vector<std::uint64_t> workers;  ///< operations of each worker
};

/// A model of CPU-bound work. Throws std::invalid_argument for an unknown name.
[[nodiscard]] result run_cpu(request const& asked);
/// A model of I/O-bound work: fetches all paths. Throws std::invalid_argument for an unknown name,
/// std::system_error and std::runtime_error if a request fails.
[[nodiscard]] result run_io(request const& asked);
/// Switches between two threads, processes or coroutines on one processor.
[[nodiscard]] result run_switches(request const& asked);

/// The names of the models of a work.
[[nodiscard]] std::vector<std::string> cpu_models();
[[nodiscard]] std::vector<std::string> io_models();
[[nodiscard]] std::vector<std::string> switch_models();

}  // namespace execution_models
