// SPDX-License-Identifier: MIT
// Interrupted write. A signal arrives during a write, and the sender takes that for a broken pipe.
//
//     sender:    write -> interrupted (a signal came) ... gives up, closes
//     receiver:  ........................................ the end, and no message
//
// The mistake: "interrupted" says nothing about the pipe: the call was not made. A program without
//              handlers never sees it, until a library installs one.
// The fix:     make the call again. The loops of racekit (write_all, send) do that.
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static bool send(racekit::byte_socket& to, char letter) {
        return to.write_once(&letter, 1).bytes == 1;
    }
};

struct fixed {
    static bool send(racekit::byte_socket& to, char letter) {
        return racekit::write_all(to, &letter, 1).bytes == 1;
    }
};

template <class sender>
struct interrupted_write {
    static constexpr int processes = 2;
    static constexpr bool torn_io = true;
    racekit::socket_pair ends;

    void process(int self) {
        if (self == 0) {
            ends.second.close();
            (void)sender::send(ends.first, 'x');
            ends.first.close();
        } else {
            ends.first.close();
            char got = 0;
            RACEKIT_CHECK_EQUAL(1U, racekit::read_exactly(ends.second, &got, 1).bytes);
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(interrupted_write, racy, fixed,
                 .title = "A signal during a write, taken for a broken pipe",
                 .bug_class = "unchecked result", .cwe = 391,
                 .tsan = racekit::absent("it checks memory, not sockets"),
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .reference = "signal(7), Interruption of system calls; Python PEP 475");
