// SPDX-License-Identifier: MIT
// The frame of every benchmark program: refuses to give figures that mislead, sets what makes
// figures comparable, and notes how near the cores are.
#include "near_or_far.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || \
    __has_feature(memory_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

#if defined(NDEBUG) && defined(__OPTIMIZE__)
constexpr bool optimised = true;
#else
constexpr bool optimised = false;
#endif

constexpr int refused = 77;

}  // namespace

int main(int count, char** given) {
    if (sanitized || !optimised) {
        std::fprintf(stderr,
                     "%s: refuses to run: this build is %s, and its figures would mislead; "
                     "configure one with -DCMAKE_BUILD_TYPE=RelWithDebInfo and no sanitizer\n",
                     given[0], sanitized ? "sanitized" : "not optimised");
        return refused;
    }
    // Both sides of a comparison in one run, in random order, so that what the machine does
    // meanwhile hits both. The caller's own options come later and win.
    std::vector<std::string> words = {given[0], "--benchmark_min_time=0.05",
                                      "--benchmark_repetitions=9",
                                      "--benchmark_enable_random_interleaving=true",
                                      "--benchmark_report_aggregates_only=true"};
    words.insert(words.end(), given + 1, given + count);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    int arguments_count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);

    benchmark::Initialize(&arguments_count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(arguments_count, arguments.data())) return 2;
    auto const line_trip = [] { return std::to_string(bench::line_round_trip_ns()); };
    benchmark::AddCustomContext("line_round_trip_ns", line_trip());
    benchmark::AddCustomContext("absent_peers", RACEKIT_ABSENT_PEERS);
    benchmark::RunSpecifiedBenchmarks();
    std::fprintf(stderr, "a cache line's round trip between two cores, at the end: %s ns\n",
                 line_trip().c_str());
    benchmark::Shutdown();
}
