// SPDX-License-Identifier: MIT
// Preemption noise: threads start with random delays, and signals interrupt them at arbitrary
// instructions; the signal handler sleeps.
#pragma once

#include "core/splitmix.hpp"

#include <atomic>
#include <cstdint>
#include <pthread.h>
#include <thread>
#include <vector>

namespace racekit {

/// Pseudo-random numbers for delays, targets and seeds.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() { return splitmix64(state_ += golden_gamma); }
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }

private:
    std::uint64_t state_;
};

class noise {
public:
    noise(std::uint64_t seed, int threads);
    ~noise() { stop(); }
    noise(noise const&) = delete;
    noise& operator=(noise const&) = delete;

    /// Pins each thread to its own core, as far as there are cores, and delays it a little.
    void before_act(int thread, std::uint64_t round);

    /// Starts interrupting these threads.
    void aim_at(std::vector<std::thread> const& threads);
    void stop();

private:
    std::uint64_t seed_;
    std::vector<random_source> delays_;
    std::vector<pthread_t> targets_;
    std::atomic<bool> stopping_{false};
    std::thread sender_;
};

}  // namespace racekit
