// SPDX-License-Identifier: MIT
// death_note: what a process was doing when it died, for the process that supervises it.
#pragma once

#include <racekit/platform/cache_line.hpp>

#include <atomic>
#include <cstdint>

namespace racekit {

/// Place it in shared memory. Written by one process; read when that process has ended, which the
/// kernel orders after all that it wrote: so the order of the stores is relaxed, and they are
/// atomic only so that the compiler makes each of them. Wait-free, a plain store each.
class alignas(cache_line) death_note {
public:
    /// The process begins task 0 of that job; 0: it is idle.
    void begin(std::uint64_t job) noexcept {
        task_.store(0, std::memory_order_relaxed);
        job_.store(job, std::memory_order_relaxed);
    }
    void next(std::uint64_t task) noexcept { task_.store(task, std::memory_order_relaxed); }

    [[nodiscard]] std::uint64_t job() const noexcept {
        return job_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t task() const noexcept {
        return task_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> job_{0};
    std::atomic<std::uint64_t> task_{0};
};

}  // namespace racekit
