// SPDX-License-Identifier: MIT
// Leaked write end. The reader of a pipe waits for its end, and holds a write end open itself.
//
//     writer:  close reader, write "x", done
//     reader:  ......................... read "x", read ... for ever
//
// The mistake: fork gave the reader a copy of the write end. A pipe ends when the last copy of its
//              write end is closed, and the reader waits while it holds one.
// The fix:     each process first closes the ends that it does not use.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::byte_pipe pipe;

    void become_reader() {}  // keeps the write end that it inherited
};

struct fixed {
    racekit::byte_pipe pipe;

    void become_reader() { pipe.writer.close(); }
};

template <class letters>
struct leaked_write_end {
    static constexpr int processes = 2;
    letters shared;

    void process(int self) { self == 0 ? write() : read(); }

    void write() {
        shared.pipe.reader.close();
        RACEKIT_CHECK_EQUAL(1U, shared.pipe.writer.write_some("x", 1).bytes);
        shared.pipe.writer.close();
    }

    void read() {
        shared.become_reader();
        char letter = 0;
        int count = 0;
        while (!shared.pipe.reader.read_some(&letter, 1).ended()) ++count;
        RACEKIT_CHECK_EQUAL(1, count);
    }
};

}  // namespace

RACEKIT_SCENARIO(leaked_write_end, racy, fixed,
                 .title = "A reader that never sees the end of its pipe", .bug_class = "hang",
                 .cwe = 403, .tsan = racekit::absent("it checks memory, not descriptors"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .never_passes = "the pipe never ends while its reader holds a write end",
                 .reference = "CPython multiprocessing programming guidelines; pipe(7)");
