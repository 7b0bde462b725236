// Empty, then pop. Two workers share one queue; both see its one task, and only one can have it.
//
//     worker 0:  empty? no ............... takes the task
//     worker 1:  ......... empty? no ..................... finds nothing, though it had looked
//
// The race: each call is safe on its own, but what empty() said may be over before the next call.
// The fix:  one call that tests and takes in one step, and says whether it did.
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::blocking_queue<int> tasks{2};

    void work() {
        if (tasks.empty()) return;  // <- race
        int task = 0;
        bool const taken = tasks.try_get(task) == racekit::queue_state::done;  // <- race
        RACEKIT_CHECK(taken);
    }
};

struct fixed {
    racekit::blocking_queue<int> tasks{2};

    void work() {
        int task = 0;
        bool const taken = tasks.try_get(task) == racekit::queue_state::done;
        if (!taken) return;
        RACEKIT_CHECK(taken);
    }
};

template <class pool>
struct empty_then_pop {
    static constexpr int threads = 2;
    pool shared;

    void before() { RACEKIT_CHECK(shared.tasks.put(7) == racekit::queue_state::done); }
    void thread(int) { shared.work(); }
    void after() { RACEKIT_CHECK(shared.tasks.empty()); }
};

}  // namespace

RACEKIT_SCENARIO(empty_then_pop, racy, fixed, .title = "What empty() said is over when pop() runs",
                 .bug_class = "check then act", .cwe = 367,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .blind_why = "each call takes the queue's lock, so no access races",
                 .reference = "PrefectHQ/prefect#5213; Deadlock Empire S3",
                 .racy_shown = "");
