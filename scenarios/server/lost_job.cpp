// SPDX-License-Identifier: MIT
// Lost job. A worker takes a job from a queue of the server and dies; nobody does the job.
//
//     worker 1:  take the job, dies
//     worker 2:  ................... waits for it ... for ever
//
// The mistake: the job leaves the queue when it is taken, before it is done.
// The fix:     a worker reserves it, and acknowledges it when it is done; the job of a worker that
//              dies comes back.
#include "service.hpp"

namespace {

struct racy {
    static auto take(racekit::queue_proxy& jobs) { return jobs.get(); }
    static void finish(racekit::queue_proxy&, std::uint64_t) {}
};

struct fixed {
    static auto take(racekit::queue_proxy& jobs) { return jobs.reserve(); }
    static void finish(racekit::queue_proxy& jobs, std::uint64_t token) { (void)jobs.ack(token); }
};

/// Process 2 brings the job, and does it if it comes back.
template <class variant>
struct lost_job {
    static constexpr int processes = 3;
    static constexpr int mortal = 1;
    scene::service<2> server;

    void before() { server.make(racekit::object_type::queue, "q"); }
    void process(int self) {
        if (self == 0) return server.serve();
        auto client = server.connect(static_cast<std::size_t>(self - 1));
        racekit::queue_proxy jobs(client, {1});
        if (self == 2) (void)jobs.put(7);
        auto const job = variant::take(jobs);
        if (job.error) return;  // closed: the other one has done it
        (void)jobs.close();
        variant::finish(jobs, job.value.token);
    }
};

}  // namespace

RACEKIT_SCENARIO(lost_job, racy, fixed, .title = "A job lost with the client that took it",
                 .bug_class = "lost item", .cwe = 667,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "Redis BLPOP: an item in flight is lost with its client");
