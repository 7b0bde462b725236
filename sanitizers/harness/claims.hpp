// SPDX-License-Identifier: MIT
// Claims that did not hold, noted while the story goes on: by any thread, by any process.
#pragma once

#include <cstdint>
#include <string>

namespace racekit::claims {

struct failure {
    std::string claim;
    std::string detail;
    std::string file;
    int line = 0;
};

/// Puts the board into memory that forked processes share. Call it before the first story.
void open_board();

/// Failures so far, in this process and all forked from it since open_board().
[[nodiscard]] std::uint64_t failures();

/// Several stories may be told between two resets, each under a number of its own.
inline constexpr int most_stories = 512;
/// From now on this thread's failures belong to that story; 0 until called.
void enter(int story);
/// Failures in that story since the last reset.
[[nodiscard]] std::uint64_t failures_in(int story);

/// The first failure since the last reset, of whatever story.
[[nodiscard]] failure first();

/// Forgets what was noted since the last reset; failures() counts on.
void reset();
/// How often, in this process and all forked from it since open_board().
[[nodiscard]] std::uint64_t resets();

}  // namespace racekit::claims
