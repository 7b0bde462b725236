// SPDX-License-Identifier: MIT
// Explores a function of a test program under the model: every interleaving and every weak-memory
// outcome of the threads that it starts, within a test of GoogleTest or of any other framework.
//
//     auto const seen = racekit::explore([] {
//         my_queue queue;
//         std::thread producer([&] { queue.push(1); });
//         int got = 0;
//         if (queue.try_pop(got)) assert(got == 1);
//         producer.join();
//     });
//
// The program is linked with the model flavour; then the function uses racekit::thread,
// racekit::atomic and the primitives. Or it is built by racekit_program(); then the function is C++
// as it is. The function runs many times: what it changes outside itself must be the same in each.
// Global variables of a program that is built by racekit_program() are put back for each
// execution. A framework's own checks cannot be used in it: use assert() or RACEKIT_CHECK.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#if !defined(RACEKIT_DEFINES_EXPLORE)
/// Tells the library of the unmodified flavour that main() is not what is to be explored.
extern "C" {
[[gnu::weak, gnu::used, gnu::visibility("default")]] int racekit_explores = 1;
}
#endif

namespace racekit {

struct explore_options {
    double seconds = 6;            ///< of wall-clock time
    std::uint64_t executions = 0;  ///< at most; 0: as many as there is time for
    int threads = 16;              ///< one execution can have, the test's own included; at most 64
    std::string strategy;          ///< as of `racekit explore`; "": all in turn
    std::string schedule;          ///< replay this one instead of searching
};

struct explored {
    std::string found;       ///< the kind of finding, "data race"; "": none
    bool exhausted = false;  ///< every execution was covered, and nothing was left out
    std::uint64_t executions = 0;
    std::string schedule;  ///< of the finding
    std::string text;      ///< the verdict as it is printed
};

/// Throws std::invalid_argument for options that it does not have. Not to be called by two threads
/// at a time, nor from within itself.
[[nodiscard]] explored explore(std::function<void()> const& body,
                               explore_options const& options = {});

}  // namespace racekit
