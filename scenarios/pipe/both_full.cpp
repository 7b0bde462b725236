// SPDX-License-Identifier: MIT
// Both full. Two processes send each other more than a pipe holds, and read only afterwards.
//
//     process 0:  writes until its pipe is full, waits for room ...
//     process 1:  writes until its pipe is full, waits for room ...      for ever
//
// The mistake: each waits for the other to read, and neither reads before it has written all.
// The fix:     one of them reads first. (Or each does both, as far as there is room and input.)
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

#include <array>

namespace {

/// More than the pipe holds.
using letter = std::array<char, racekit::pipe_capacity + racekit::pipe_atomic_write>;

struct racy {
    static bool writes_first(int) { return true; }
};

struct fixed {
    static bool writes_first(int self) { return self == 0; }
};

template <class agreement>
struct both_full {
    static constexpr int processes = 2;
    racekit::byte_pipe pipes[2];

    void process(int self) {
        racekit::byte_pipe& out = pipes[self];
        racekit::byte_pipe& in = pipes[1 - self];
        out.reader.close();
        in.writer.close();
        if (agreement::writes_first(self)) write(out);
        read(in);
        if (!agreement::writes_first(self)) write(out);
    }

    static void write(racekit::byte_pipe& out) {
        letter const mine{};
        RACEKIT_CHECK_EQUAL(mine.size(),
                            racekit::write_all(out.writer, mine.data(), mine.size()).bytes);
        out.writer.close();
    }
    static void read(racekit::byte_pipe& in) {
        letter got{};
        RACEKIT_CHECK_EQUAL(got.size(),
                            racekit::read_exactly(in.reader, got.data(), got.size()).bytes);
    }
};

}  // namespace

RACEKIT_SCENARIO(both_full, racy, fixed, .title = "Two processes that both write before they read",
                 .bug_class = "deadlock", .cwe = 833,
                 .tsan = racekit::absent("it checks memory, not pipes"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .never_passes = "both always write more than their pipe holds",
                 .reference = "Python subprocess, Popen.communicate(): deadlock of full pipes");
