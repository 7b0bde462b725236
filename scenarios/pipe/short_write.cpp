// SPDX-License-Identifier: MIT
// Short write. A sender takes a write for done, of which the kernel took a part.
//
//     sender:    write "abcd" -> 2 (of 4) ........ closes
//     receiver:  ................................. "ab", the end
//
// The mistake: a write to a socket may take fewer bytes than it was given, and says how many.
// The fix:     write the rest, until all of it went in.
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static void send(racekit::byte_socket& to, char const* from, std::size_t size) {
        while (to.write_once(from, size).error == std::errc::interrupted) {
        }
    }
};

struct fixed {
    static void send(racekit::byte_socket& to, char const* from, std::size_t size) {
        (void)racekit::write_all(to, from, size);
    }
};

template <class sender>
struct short_write {
    static constexpr int processes = 2;
    static constexpr bool torn_io = true;
    racekit::socket_pair ends;

    void process(int self) {
        if (self == 0) {
            ends.second.close();
            sender::send(ends.first, "abcd", 4);
            ends.first.close();
        } else {
            ends.first.close();
            char got[4];
            RACEKIT_CHECK_EQUAL(4U, racekit::read_exactly(ends.second, got, sizeof got).bytes);
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(short_write, racy, fixed, .title = "A write that took only a part",
                 .bug_class = "unchecked result", .cwe = 252,
                 .tsan = racekit::absent("it checks memory, not sockets"),
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .reference =
                     "write(2), RETURN VALUE; W. R. Stevens, UNIX Network Programming, "
                     "writen()");
