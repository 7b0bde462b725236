// SPDX-License-Identifier: MIT
// A program that wants two headers of racekit and nothing else: a pipe to a child process, and a
// pool of workers.
#include <racekit/pipe/pipe.hpp>
#include <racekit/process/process_pool.hpp>

#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

int main() {
    racekit::pipe ends;
    racekit::process child([&] {
        auto mine = ends.keep_second();
        for (std::string job; mine.receive(job);) {
            if (mine.send("done: " + job)) return 1;
        }
        return 0;
    });
    auto mine = ends.keep_first();
    std::string answer;
    if (mine.send("a job", racekit::after(std::chrono::seconds(5)))) return 1;
    if (!mine.receive(answer, racekit::after(std::chrono::seconds(5)))) return 2;
    mine.close();
    if (answer != "done: a job" || !child.join().clean()) return 3;

    racekit::process_pool pool({.workers = 2, .retries = 1});
    std::vector<int> numbers(1000);
    std::iota(numbers.begin(), numbers.end(), 0);
    std::vector<int> const squares = pool.map([](int each) { return each * each; }, numbers);
    auto const last = pool.async([](int each) { return each + 1; }, 41).get();
    std::printf("%d %d\n", squares.back(), last);
    return squares.back() == 999 * 999 && last == 42 ? 0 : 4;
}
