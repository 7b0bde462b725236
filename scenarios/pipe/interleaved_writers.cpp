// SPDX-License-Identifier: MIT
// Interleaved writers. Two processes write frames into one pipe; the frames come out mixed.
//
//     writer 0:  aaaa (pipe full) .......... aa
//     writer 1:  ................. bbbbbb ......        the reader gets aaaabb, bbbbaa
//
// The race: up to pipe_atomic_write bytes are written atomically; a longer frame is written in
//           pieces, and the other writer's bytes may come in between.
// The fix:  a lock shared by both writers keeps the pieces of a frame together.
#include <racekit/lock/guard.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace {

/// More than the pipe holds, so that a writer blocks in the middle of a frame.
using frame = std::array<char, racekit::pipe_capacity + racekit::pipe_atomic_write>;

struct racy {
    racekit::byte_pipe pipe;

    racekit::transfer send(frame const& whole) {
        return racekit::write_all(pipe.writer, whole.data(), whole.size());  // <- race
    }
};

struct fixed {
    racekit::byte_pipe pipe;
    racekit::process_mutex together;

    racekit::transfer send(frame const& whole) {
        racekit::scoped_lock hold(together);
        return racekit::write_all(pipe.writer, whole.data(), whole.size());
    }
};

template <class frames>
struct interleaved_writers {
    static constexpr int processes = 3;
    frames shared;

    void process(int self) { self < 2 ? write(self) : read(); }

    void write(int self) {
        shared.pipe.reader.close();
        frame mine;
        mine.fill(self == 0 ? 'a' : 'b');
        RACEKIT_CHECK_EQUAL(mine.size(), shared.send(mine).bytes);
        shared.pipe.writer.close();
    }

    void read() {
        shared.pipe.writer.close();
        for (int count = 0; count < 2; ++count) {
            frame got;
            auto const read = racekit::read_exactly(shared.pipe.reader, got.data(), got.size());
            RACEKIT_CHECK_EQUAL(got.size(), read.bytes);
            bool const is_whole = std::count(got.begin(), got.end(), got[0]) == std::ssize(got);
            RACEKIT_CHECK(is_whole);
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(interleaved_writers, racy, fixed,
                 .title = "Frames of two writers mixed in one pipe",
                 .bug_class = "torn message", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .blind_why = "the race is inside the kernel, where TSan sees nothing",
                 .reference = "glibc manual, Pipe Atomicity; PIPE_BUF in pipe(7)");
