// SPDX-License-Identifier: MIT
#include "choices.hpp"

#include "core/splitmix.hpp"

#include <atomic>

namespace racekit {
namespace choices {
namespace {

/// Relaxed: the gate of a round orders it, and a fork copies it.
std::atomic<std::uint64_t> seed_of_round{0};
std::atomic<std::uint64_t> rounds{0};

constexpr int unnamed = -1;
thread_local int current_thread = unnamed;
std::atomic<int> unnamed_threads{0};  ///< of a program that starts its threads itself
thread_local std::uint64_t round_seen = 0;
thread_local std::uint64_t state = 0;

}  // namespace

void begin_round(std::uint64_t seed) {
    seed_of_round.store(seed, std::memory_order_relaxed);
    rounds.fetch_add(1, std::memory_order_relaxed);
}

void enter(int thread) { current_thread = thread; }

}  // namespace choices

unsigned chosen_below(unsigned count, site) {
    using namespace choices;
    std::uint64_t const round = rounds.load(std::memory_order_relaxed);
    if (current_thread == unnamed && end_round != nullptr)
        current_thread = unnamed_threads.fetch_add(1, std::memory_order_relaxed);
    if (round_seen != round) {
        round_seen = round;
        state = splitmix64(seed_of_round.load(std::memory_order_relaxed) +
                           golden_gamma * static_cast<std::uint64_t>(current_thread + 2));
    }
    return static_cast<unsigned>(splitmix64(state += golden_gamma) % count);
}

void assume(bool holds, site) {
    if (holds) return;
    failed_checks::stop_judging();
    if (choices::end_round != nullptr) choices::end_round();
    throw assumption_failed{};
}

}  // namespace racekit
