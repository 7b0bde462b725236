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

/// The first failure since the last reset.
[[nodiscard]] failure first();

/// Forgets the first failure, so that the next one is kept.
void reset();

}  // namespace racekit::claims
