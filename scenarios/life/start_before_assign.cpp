// SPDX-License-Identifier: MIT
// Start before assign. A thread uses a value that its creator assigns after starting the thread.
//
//     creator:  start worker ....................... handle = 7
//     worker:   ............. reads handle -> none
//
// The race: the start of a thread publishes what its creator did before, and nothing that comes
//           after. Mostly the creator is faster, because starting a thread takes long.
// The fix:  assign, then start.
#include <racekit/scenario.hpp>

namespace {

constexpr int none = 0;

struct racy {
    template <class Body>
    static racekit::thread start(racekit::plain<int>& handle, Body body) {
        racekit::thread worker(body);
        handle.write(7);  // <- race
        return worker;
    }
};

struct fixed {
    template <class Body>
    static racekit::thread start(racekit::plain<int>& handle, Body body) {
        handle.write(7);
        return racekit::thread(body);
    }
};

template <class creator>
struct start_before_assign {
    static constexpr int threads = 1;
    static constexpr int spawned = 1;
    racekit::plain<int> handle{none};
    int used = none;

    void thread(int) {
        racekit::thread worker = creator::start(handle, [this] {
            used = handle.read();  // <- race
        });
        worker.join();
    }
    void after() { RACEKIT_CHECK_EQUAL(7, used); }
};

}  // namespace

RACEKIT_SCENARIO(start_before_assign, racy, fixed,
                 .title = "A thread that runs before its handle is assigned",
                 .bug_class = "order violation", .cwe = 362,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "Lu et al., ASPLOS 2008: order violations in Mozilla");
