// SPDX-License-Identifier: MIT
// One header of racekit, and nothing else of it: the example of primitives/README.md.
#include <racekit/shared/shared_queue.hpp>

#include <cstdio>

int main() {
    racekit::shared_object<racekit::shared_queue<int, 64>> jobs;  // in memory that a fork shares
    racekit::process worker([&] {
        for (int job = 0; jobs->pop(job) == racekit::queue_state::done;) std::printf("%d\n", job);
        std::fflush(stdout);
    });
    for (int job = 1; job <= 3; ++job) (void)jobs->push(job);  // in the queue, come what may
    jobs->close();
}  // waits for the worker
