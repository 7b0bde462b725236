// SPDX-License-Identifier: MIT
// Records failed checks of any thread and any process while the test body continues.
#pragma once

#include <cstdint>
#include <string>

namespace racekit::failed_checks {

struct failure {
    std::string condition;
    std::string detail;
    std::string file;
    int line = 0;
};

/// Puts the record into memory that forked processes share. Call it before the first test instance.
void open_board();

/// Failures so far, in this process and in all processes forked from it since open_board().
[[nodiscard]] std::uint64_t failures();

/// Several test instances may run between two resets, each with its own number.
inline constexpr int most_instances = 512;
/// From now on this thread's failures belong to that instance; 0 before the first call.
void enter(int instance);
/// Failures in that instance since the last reset.
[[nodiscard]] std::uint64_t failures_in(int instance);

/// The current thread's instance is not judged any more: failures that follow do not count.
void stop_judging();
[[nodiscard]] bool is_judged(int instance);

/// The first failure since the last reset, in any instance.
[[nodiscard]] failure first();

/// Clears the record of each instance; failures() keeps counting.
void reset();
/// How often reset() was called, in this process and in all forked from it since open_board().
[[nodiscard]] std::uint64_t resets();

}  // namespace racekit::failed_checks
