// SPDX-License-Identifier: MIT
// Leaked write end. The reader of a pipe waits for the end, and keeps it from coming.
//
//     writer:  close reader, write "x", done
//     reader:  ......................... read "x", read ... for ever
//
// The mistake: fork gave the reader a copy of the write end. The end of a pipe comes when the last
//              copy of its write end is closed, and the reader waits for it holding one.
// The fix:     each process closes the ends that it does not use, before anything else.
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
                 .cwe = 403, .tsan = racekit::absent("descriptors are not memory to race on"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .never_passes = "the end of the pipe never comes while the reader holds a writer",
                 .reference = "CPython multiprocessing programming guidelines; pipe(7)");
