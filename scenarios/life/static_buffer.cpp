// SPDX-License-Identifier: MIT
// Static buffer. Two threads call a library function; both results lie in one static buffer.
//
//     thread 0:  format 1: buffer = 10 ........................... reads buffer -> 20
//     thread 1:  ...................... format 2: buffer = 20
//
// The race: the function returns a reference to its own variable, and its next call, from any
//           thread, overwrites it. localtime(), strtok() and strerror() do so.
// The fix:  the caller provides the buffer, as for localtime_r() and strtok_r().
//
// ThreadSanitizer sees this in a library only if the library was compiled with it or is one of
// those that it intercepts: of the three, it reports localtime().
#include <racekit/scenario.hpp>

namespace {

using buffer = racekit::plain<int>;

struct racy {
    buffer its_own;

    buffer& format(int number, buffer&) {
        its_own.write(10 * number);  // <- race
        return its_own;
    }
};

struct fixed {
    buffer& format(int number, buffer& from_caller) {
        from_caller.write(10 * number);
        return from_caller;
    }
};

template <class library>
struct static_buffer {
    static constexpr int threads = 2;
    library shared;

    void thread(int self) {
        buffer mine;
        buffer& text = shared.format(self + 1, mine);
        RACEKIT_CHECK_EQUAL(10 * (self + 1), text.read());  // <- race
    }
};

}  // namespace

RACEKIT_SCENARIO(static_buffer, racy, fixed, .title = "A function that returns its static buffer",
                 .bug_class = "data race", .cwe = 663,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "NSPR bug 354593 (RADBench 4); localtime(3), strtok(3)");
