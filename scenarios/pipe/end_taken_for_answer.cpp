// SPDX-License-Identifier: MIT
// End taken for an answer. A client asks a server to do something and waits until the pipe says
// something; the server dies, and the client takes the end of the pipe for "done".
//
//     client:  send "go" ............... receive -> the end     goes on as if it were done
//     server:  ........... killed
//
// The mistake: an end of the pipe says that the server is gone. Whether it did the work before, it
//              does not say: only an answer does.
// The fix:     done is what an answer says; after an end the outcome is unknown.
#include <racekit/pipe/pipe.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static bool is_done(racekit::received const& got) { return got || got.ended(); }
};

struct fixed {
    static bool is_done(racekit::received const& got) { return bool(got); }
};

template <class client>
struct end_taken_for_answer {
    static constexpr int processes = 2;
    static constexpr int mortal = 1;
    racekit::pipe ends;
    racekit::atomic<bool> done{false};

    void process(int self) { self == 0 ? ask() : serve(); }

    void ask() {
        ends.second.close();
        if (ends.first.send("go", 2)) return;
        char answer[2];
        bool const is_done = client::is_done(ends.first.receive(answer, sizeof answer));
        if (is_done) RACEKIT_CHECK(done.load());
    }
    void serve() {
        ends.first.close();
        char question[2];
        if (!ends.second.receive(question, sizeof question)) return;
        done.store(true);
        (void)ends.second.send("ok", 2);
        ends.second.close();
    }
};

}  // namespace

RACEKIT_SCENARIO(end_taken_for_answer, racy, fixed,
                 .title = "The end of a pipe taken for an answer", .bug_class = "partial failure",
                 .cwe = 754, .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("failed check"),
                 .process = racekit::absent("an end of a pipe is an object of one process, and a "
                                            "test body of this detector lies in shared memory"),
                 .reference =
                     "A. Birrell, B. Nelson, Implementing Remote Procedure Calls, 1984: "
                     "call semantics after a crash");
