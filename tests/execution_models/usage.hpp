// SPDX-License-Identifier: MIT
// What a span of a program costs: wall time, CPU time and switches of this process and of the
// children that it has reaped meanwhile.
#pragma once

#include "run.hpp"

#include <chrono>
#include <cstdio>
#include <sys/resource.h>

namespace execution_models {

class usage {
public:
    using steady = std::chrono::steady_clock;

    /// Writes what the span since construction cost.
    void end(result& into) const {
        counters const now;
        into.wall = std::chrono::duration<double>(steady::now() - began_).count();
        into.cpu = now.cpu - before_.cpu;
        into.voluntary = now.voluntary - before_.voluntary;
        into.involuntary = now.involuntary - before_.involuntary;
    }

private:
    struct counters {
        double cpu = 0;
        std::uint64_t voluntary = 0;
        std::uint64_t involuntary = 0;

        counters() {
            for (int const whose : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
                rusage all{};
                ::getrusage(static_cast<__rusage_who>(whose), &all);
                for (timeval const& each : {all.ru_utime, all.ru_stime})
                    cpu +=
                        static_cast<double>(each.tv_sec) + 1e-6 * static_cast<double>(each.tv_usec);
                voluntary += static_cast<std::uint64_t>(all.ru_nvcsw);
                involuntary += static_cast<std::uint64_t>(all.ru_nivcsw);
            }
        }
    };
    counters before_;
    steady::time_point began_ = steady::now();
};

/// Seconds that the calling thread could have run and did not, since it started. 0 where the kernel
/// does not count it.
inline double seconds_ready() {
    std::FILE* const file = std::fopen("/proc/thread-self/schedstat", "r");
    if (file == nullptr) return 0;
    unsigned long long ran = 0;
    unsigned long long ready = 0;
    int const found = std::fscanf(file, "%llu %llu", &ran, &ready);
    std::fclose(file);
    return found == 2 ? 1e-9 * static_cast<double>(ready) : 0;
}

}  // namespace execution_models
