// SPDX-License-Identifier: MIT
// Two readers. Two processes read frames from one pipe, header first, then the body; each gets the
// body of the other's frame.
//
//     reader 0:  header "a" ........................ body "bb"
//     reader 1:  ............ header of ... "a"                    a frame cut in pieces
//
// The race: a read takes what is next in the pipe. Between the header and the body of one reader
//           the other one takes bytes.
// The fix:  a lock over both reads. (Or a pipe that hands out whole messages: racekit::pipe.)
#include <racekit/lock/guard.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

#include <array>

namespace {

using frame = std::array<char, 3>;  // a letter, and a body of the same letter

struct racy {
    racekit::byte_pipe pipe;

    std::size_t receive(frame& got) {
        std::size_t const head = racekit::read_exactly(pipe.reader, &got[0], 1).bytes;  // <- race
        return head + racekit::read_exactly(pipe.reader, &got[1], 2).bytes;
    }
};

struct fixed {
    racekit::byte_pipe pipe;
    racekit::process_mutex together;

    std::size_t receive(frame& got) {
        racekit::scoped_lock hold(together);
        std::size_t const head = racekit::read_exactly(pipe.reader, &got[0], 1).bytes;
        return head + racekit::read_exactly(pipe.reader, &got[1], 2).bytes;
    }
};

template <class frames>
struct two_readers {
    static constexpr int processes = 3;
    frames shared;

    void process(int self) { self == 0 ? write() : read(); }

    void write() {
        shared.pipe.reader.close();
        (void)racekit::write_all(shared.pipe.writer, "aaabbb", 6);
        shared.pipe.writer.close();
    }

    void read() {
        shared.pipe.writer.close();
        frame got{};
        RACEKIT_CHECK_EQUAL(got.size(), shared.receive(got));
        bool const is_whole = got[1] == got[0] && got[2] == got[0];
        RACEKIT_CHECK(is_whole);
    }
};

}  // namespace

RACEKIT_SCENARIO(two_readers, racy, fixed, .title = "Two readers that take each other's bytes",
                 .bug_class = "lost synchronisation", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .blind_why = "the race is inside the kernel, where TSan sees nothing",
                 .reference =
                     "CPython multiprocessing, Pipe: data may become corrupted if two "
                     "processes read from the same end");
