// SPDX-License-Identifier: MIT
// A party was killed. Two processes meet at a barrier in shared memory; one is killed on its way.
//
//     process 0:  work, killed
//     process 1:  ............. at the barrier: waits for the count ... for ever
//
// The mistake: memory does not change because a process died. The counter waits until every process
//              has arrived, and a dead process never arrives.
// The fix:     signal the arrival through a pipe. The kernel closes the descriptors of a dead
//              process, and the end of the stream shows that it will not come. (The waiting process
//              must close its own copy of the write end; otherwise the stream never ends.)
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::byte_pipe here;
    racekit::atomic<int> arrived{0};

    bool wait_for_other() {
        return racekit::await(arrived, [](int count) { return count == 1; }) == 1;
    }
};

struct fixed {
    racekit::byte_pipe here;
    racekit::atomic<int> arrived{0};

    bool wait_for_other() {
        char word = 0;
        return racekit::read_exactly(here.reader, &word, 1).bytes == 1;
    }
};

template <class barrier>
struct party_killed {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    barrier shared;
    racekit::atomic<bool> ready{false};

    void process(int self) { self == 0 ? work() : meet(); }

    void work() {
        shared.here.reader.close();
        ready.store(true);
        shared.arrived.store(1);
        (void)racekit::write_all(shared.here.writer, "!", 1);
        shared.here.writer.close();
    }
    void meet() {
        shared.here.writer.close();
        if (shared.wait_for_other()) RACEKIT_CHECK(ready.load());
    }
};

}  // namespace

RACEKIT_SCENARIO(party_killed, racy, fixed, .title = "A barrier that waits for a killed process",
                 .bug_class = "hang", .cwe = 833,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "CPython gh-123899: Barrier.wait ignores its timeout then");
