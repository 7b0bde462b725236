// SPDX-License-Identifier: MIT
// Written twice. A process forks with a line in its output buffer, and both sides write it.
//
//     parent:  print "begin" (buffered) .. fork ............... flush: "begin"
//     child:   ...............................  flush: "begin"
//
// The mistake: the buffer is memory like any other: fork copies what was not written yet, and
//              every copy is written.
// The fix:     flush before fork, so that there is nothing to copy. (And leave a child by _exit().)
#include <racekit/scenario.hpp>

#include <cstdio>

namespace {

struct racy {
    static void before_fork(std::FILE*) {}
};

struct fixed {
    static void before_fork(std::FILE* log) { std::fflush(log); }
};

template <class care>
struct stdio_twice {
    static constexpr int threads = 1;
    std::FILE* log = nullptr;

    void before() { log = std::tmpfile(); }
    void thread(int) {
        std::fputs("begin\n", log);
        care::before_fork(log);
        racekit::process child([this] {
            std::fputs("child\n", log);
            std::fflush(log);
        });
        RACEKIT_CHECK(child.join().clean());
        std::fflush(log);
    }
    void after() {
        std::rewind(log);
        int lines = 0;
        for (int each = std::fgetc(log); each != EOF; each = std::fgetc(log)) lines += each == '\n';
        std::fclose(log);
        RACEKIT_CHECK_EQUAL(2, lines);
    }
};

}  // namespace

RACEKIT_SCENARIO(stdio_twice, racy, fixed, .title = "A line that parent and child both write",
                 .bug_class = "duplicate output", .cwe = 362,
                 .stress = racekit::finds("failed check"),
                 .tsan = racekit::absent("its schedule would not come along into the child"),
                 .model = racekit::absent("its processes share all memory: nothing is copied"),
                 .never_passes = "what is in the buffer at the fork is always there twice",
                 .reference = "CPython bpo-28382; POSIX fork(): buffered output");
