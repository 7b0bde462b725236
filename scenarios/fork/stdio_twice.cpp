// SPDX-License-Identifier: MIT
// Written twice. A process forks with a line in its output buffer, and both processes write it.
//
//     parent:  print "begin" (buffered) .. fork ............... flush: "begin"
//     child:   ...............................  flush: "begin"
//
// The mistake: the buffer is ordinary memory: fork copies the line that is not written yet, and
//              each process writes its copy.
// The fix:     flush before the fork. (And leave a child with _exit().)
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

RACEKIT_SCENARIO(stdio_twice, racy, fixed,
                 .title = "A buffered line that parent and child both write",
                 .bug_class = "duplicate output", .cwe = 362,
                 .stress = racekit::finds("failed check"),
                 .tsan = racekit::absent("its schedule does not extend to a forked child"),
                 .model = racekit::absent("its processes share all memory: fork copies none"),
                 .never_passes = "the fork copies the buffered line in every execution",
                 .reference = "CPython bpo-28382; POSIX fork(): buffered output");
