// SPDX-License-Identifier: MIT
// Descriptor reuse. One thread closes a descriptor that another one still writes to; the next file
// that is opened gets its number, and the bytes.
//
//     thread 0:  close 5 .. open another file -> 5
//     thread 1:  ................................. write to 5, which it takes for the log
//
// The race: a descriptor is a number that the kernel gives out again at once. A thread that keeps
//           the number without the file keeps nothing.
// The fix:  each user holds a descriptor of its own (dup), which only it closes.
#include <racekit/scenario.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace {

struct racy {
    static int use(int log) { return log; }  // <- race
};

struct fixed {
    static int use(int log) { return ::fcntl(log, F_DUPFD_CLOEXEC, 0); }
};

/// Two pipes whose ends are numbers.
struct pipes {
    int log[2];
    int secret[2];
};

template <class user>
struct descriptor_reuse {
    static constexpr int threads = 2;
    pipes ends{};
    int used = -1;  // by the thread that writes
    int other = -1;
    racekit::atomic<bool> is_open{false};  // the other file
    racekit::atomic<bool> is_done{false};

    void before() {
        if (::pipe2(ends.log, O_CLOEXEC) != 0 || ::pipe2(ends.secret, O_CLOEXEC) != 0) return;
        used = user::use(ends.log[1]);
    }
    void thread(int self) {
        if (self == 0) {
            ::close(ends.log[1]);
            other = ::fcntl(ends.secret[1], F_DUPFD_CLOEXEC, 0);
            is_open.store(true);
            (void)racekit::await(is_done, [](bool done) { return done; });
        } else {
            (void)racekit::await(is_open, [](bool open) { return open; });
            RACEKIT_CHECK_EQUAL(1, ::write(used, "x", 1));
            is_done.store(true);
        }
    }
    void after() {
        ::fcntl(ends.secret[0], F_SETFL, O_NONBLOCK);
        char byte = 0;
        bool const leaked = ::read(ends.secret[0], &byte, 1) == 1;
        for (int const each : {ends.log[0], ends.secret[0], ends.secret[1], other, used})
            ::close(each);
        RACEKIT_CHECK(!leaked);
    }
};

}  // namespace

RACEKIT_SCENARIO(descriptor_reuse, racy, fixed, .title = "Bytes for one file that another file got",
                 .bug_class = "expired descriptor", .cwe = 910,
                 .stress = racekit::finds("failed check"), .tsan = racekit::may_find,
                 .model = racekit::absent("it has no numbers of descriptors"),
                 .never_passes = "the kernel gives out the lowest number that is free",
                 .reference = "compiler-rt, TSan tests: fd_pipe_race; close(2), NOTES");
