// SPDX-License-Identifier: MIT
// Byte before data. A thread wakes another one through a pipe, and writes the data afterwards.
//
//     thread 0:  write a byte ................. data = 7
//     thread 1:  ............ read the byte, read data -> 0
//
// The race: a pipe orders what comes before the write before what comes after the read, and no
// more. The fix:  the data first, then the byte.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::byte_pipe bell;
    racekit::plain<int> data{0};

    void announce() {
        (void)bell.writer.write_some("!", 1);
        data.write(7);  // <- race
    }
};

struct fixed {
    racekit::byte_pipe bell;
    racekit::plain<int> data{0};

    void announce() {
        data.write(7);
        (void)bell.writer.write_some("!", 1);
    }
};

template <class mailbox>
struct byte_before_data {
    static constexpr int threads = 2;
    mailbox shared;

    void thread(int self) {
        if (self == 0) return shared.announce();
        char byte = 0;
        (void)shared.bell.reader.read_some(&byte, 1);
        RACEKIT_CHECK_EQUAL(7, shared.data.read());  // <- race
    }
};

}  // namespace

RACEKIT_SCENARIO(byte_before_data, racy, fixed, .title = "A wake-up byte sent before its data",
                 .bug_class = "order violation", .cwe = 362, .stress = racekit::may_find,
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .reference = "compiler-rt, TSan tests: fd_pipe_norace");
