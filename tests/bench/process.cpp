// SPDX-License-Identifier: MIT
// A pool of two worker processes and Python's: map over 10,000 tasks that do nothing.
#include <racekit/process/process_pool.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <numeric>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

std::vector<int> inputs() {
    std::vector<int> all(10'000);
    std::iota(all.begin(), all.end(), 0);
    return all;
}

void kit_map(benchmark::State& state) {
    auto const chunk = static_cast<std::size_t>(state.range(0));
    racekit::process_pool pool({.workers = 2});
    std::vector<int> const all = inputs();
    for (auto _ : state) {
        std::vector<int> const got = pool.map([](int number) { return number; }, all, chunk);
        if (got.back() != 9'999) state.SkipWithError("a wrong result");
    }
}

/// A Python program that maps once for each line that it reads, and answers with the seconds.
class python_pool {
public:
    explicit python_pool(long chunk) {
        int to[2];
        int from[2];
        if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) std::abort();
        std::string const program =
            "import multiprocessing, sys, time\n"
            "def empty(number): return number\n"
            "inputs = list(range(10000))\n"
            "chunk = " +
            (chunk == 0 ? "None" : std::to_string(chunk)) +
            "\n"
            "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
            "  pool.map(empty, inputs, chunk)\n"
            "  for line in sys.stdin:\n"
            "    begin = time.perf_counter()\n"
            "    got = pool.map(empty, inputs, chunk)\n"
            "    print(time.perf_counter() - begin if got[-1] == 9999 else -1, flush=True)\n";
        child_ = std::make_unique<racekit::process>(
            racekit::command{{"python3", "-c", program}, {{to[0], 0}, {from[1], 1}}});
        ::close(to[0]);
        ::close(from[1]);
        to_ = to[1];
        from_ = ::fdopen(from[0], "r");
    }
    ~python_pool() {
        ::close(to_);
        std::fclose(from_);
        child_->join();
    }

    /// Seconds; below 0: it failed.
    double map() {
        double took = -1;
        if (::write(to_, "\n", 1) != 1 || std::fscanf(from_, "%lf", &took) != 1) return -1;
        return took;
    }

private:
    std::unique_ptr<racekit::process> child_;
    int to_ = -1;
    FILE* from_ = nullptr;
};

void python_map(benchmark::State& state) {
    try {
        python_pool pool(state.range(0));
        for (auto _ : state) {
            double const took = pool.map();
            if (took < 0) {
                state.SkipWithError("python3 failed");
                break;
            }
            state.SetIterationTime(took);
        }
    } catch (std::system_error const&) {
        state.SkipWithError("there is no python3");
    }
}

[[maybe_unused]] bool const registered = [] {
    for (long const chunk : {0L, 1L}) {  // 0: each library's own choice
        benchmark::RegisterBenchmark("map_of_10000/racekit::process_pool", kit_map)
            ->Arg(chunk)
            ->UseRealTime();
        benchmark::RegisterBenchmark("map_of_10000/python multiprocessing.Pool", python_map)
            ->Arg(chunk)
            ->UseManualTime();
    }
    return true;
}();

}  // namespace
