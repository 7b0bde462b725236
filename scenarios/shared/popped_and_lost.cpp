// SPDX-License-Identifier: MIT
// Popped and lost. A worker is killed after it took a job and before it did it. It is never done.
//
//     worker 0:   pop: job 7, killed
//     afterwards: no job in the queue, no job done
//
// The mistake: pop() forgets the job at once, whatever becomes of the worker.
// The fix:     reserve the job, do it, acknowledge it: what a dead worker had reserved comes back.
#include <racekit/scenario.hpp>
#include <racekit/shared/shared_queue.hpp>

namespace {

using queue = racekit::shared_queue<int, 2, racekit::shared_queue_orders, 4>;

struct racy {
    queue jobs;

    template <class Work>
    void work_on_one(Work work) {
        int job = 0;
        if (jobs.try_pop(job) == racekit::queue_state::done) work(job);
    }
};

struct fixed {
    queue jobs;

    template <class Work>
    void work_on_one(Work work) {
        queue::ticket job;
        if (jobs.try_reserve(job) != racekit::queue_state::done) return;
        work(job.value);
        jobs.ack(job);
    }
};

template <class office>
struct popped_and_lost {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    office shared;
    racekit::atomic<int> done{0};

    void before() { (void)shared.jobs.try_push(7); }
    void process(int self) {
        if (self == 0) shared.work_on_one([this](int job) { done.store(job); });
    }
    void after() {
        (void)shared.jobs.recover();
        int left = 0;
        (void)shared.jobs.try_pop(left);
        RACEKIT_CHECK(done.load() == 7 || left == 7);
    }
};

}  // namespace

RACEKIT_SCENARIO(popped_and_lost, racy, fixed, .title = "A job lost with the worker that took it",
                 .bug_class = "lost item", .cwe = 667,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .reference = "Redis BLPOP and BLMOVE; at-most-once and at-least-once");
