// SPDX-License-Identifier: MIT
// The size lags behind. A queue counts its items separately; for a short time the count is
// negative.
//
//     producer:  item in ............................................ size + 1
//     consumer:  ........ item out, size - 1 .. size? -1: as unsigned, a huge one
//
// The race: the item and the count change in two steps. Each step is safe; between them the count
//           is not the number of items, and another thread may read it.
// The fix:  change both under the lock that protects the items. (Or document the size as a guess.)
//
// There is no data race to report. A linearizability check finds it too: no order of complete calls
// explains the result.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct state {
    racekit::mutex gate;
    racekit::plain<bool> item{false};  // there is room for one
    racekit::atomic<int> size{0};

    bool set_item(bool wanted) {
        bool const changes = item.read() != wanted;
        item.write(wanted);
        return changes;
    }
};

struct racy : state {
    bool change(bool put) {
        racekit::unique_lock hold(gate);
        bool const done = set_item(put);
        hold.unlock();
        if (done) size.fetch_add(put ? 1 : -1);  // <- race
        return done;
    }
};

struct fixed : state {
    bool change(bool put) {
        racekit::unique_lock hold(gate);
        bool const done = set_item(put);
        if (done) size.fetch_add(put ? 1 : -1);
        hold.unlock();
        return done;
    }
};

template <class queue>
struct size_lags {
    static constexpr int threads = 2;
    queue shared;

    void thread(int self) {
        if (self == 0) {
            RACEKIT_CHECK(shared.change(true));
        } else if (shared.change(false)) {
            RACEKIT_CHECK_EQUAL(0, shared.size.load());
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(size_lags, racy, fixed, .title = "A queue whose size drops below zero",
                 .bug_class = "not linearizable", .cwe = 362,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "Herlihy, Wing 1990; Lowe 2017, Testing for linearizability");
