// SPDX-License-Identifier: MIT
// Pseudo-random numbers of the C library: the same in every execution. Each thread has a sequence
// of its own, so that what one thread gets does not depend on when another one asks.
#include "next_function.hpp"
#include "random.hpp"
#include "watch.hpp"

#include "core/splitmix.hpp"
#include "model/core/execution.hpp"

#include <cstdint>
#include <cstdlib>

namespace racekit::unmodified {
namespace {

std::uint64_t seed = 1;
std::uint64_t states[model::most_threads];

/// A loop that asks for a number does not come back to an earlier state.
std::uint64_t next_number() {
    auto const self = static_cast<std::size_t>(model::memory::current);
    if (has_threads) model::active().loops.has_effect(model::memory::current);
    return splitmix64(states[self] += golden_gamma);
}

void set_seed(std::uint64_t wanted) {
    seed = wanted;
    for (std::size_t thread = 0; thread < model::most_threads; ++thread)
        states[thread] = seed + (thread << 32);
}

}  // namespace

void forget_random_numbers() { set_seed(1); }

}  // namespace racekit::unmodified

using namespace racekit::unmodified;

extern "C" {

int rand() noexcept {
    if (!in_program()) RACEKIT_NEXT(rand)();
    return static_cast<int>(next_number() % (std::uint64_t(RAND_MAX) + 1));
}
void srand(unsigned wanted) noexcept {
    if (!in_program()) RACEKIT_NEXT(srand)(wanted);
    set_seed(wanted);
}
long random() noexcept {
    if (!in_program()) RACEKIT_NEXT(random)();
    return static_cast<long>(next_number() % (std::uint64_t(RAND_MAX) + 1));
}
void srandom(unsigned wanted) noexcept {
    if (!in_program()) RACEKIT_NEXT(srandom)(wanted);
    set_seed(wanted);
}

}  // extern "C"
