// SPDX-License-Identifier: MIT
// Pseudo-random numbers for choices.
#pragma once

#include "core/splitmix.hpp"
#include "model/core/strategy.hpp"

#include <cstdint>

namespace racekit::model {

/// Relacy's own generator reaches 2^17 schedules of two threads at most; this one has period 2^64.
class random_numbers {
public:
    /// A sequence of its own for each (seed, number).
    void start(std::uint64_t seed, std::uint64_t number) {
        state_ = seed * golden_gamma + number * 0xd1342543de82ef95U;
    }
    [[nodiscard]] std::uint64_t next() { return splitmix64(state_ += golden_gamma); }
    /// Multiply-shift (Lemire 2019); its bias is below 2^-32.
    [[nodiscard]] unsigned below(unsigned limit) {
        return static_cast<unsigned>((next() >> 32) * limit >> 32);
    }

private:
    std::uint64_t state_ = 0;
};

/// A random choice that is not about threads. Death is rarer than life: else most executions would
/// end before anything happened. Of stores the youngest is read half of the time, the next one half
/// of the rest; one time in four a store comes elsewhere than last in modification order.
[[nodiscard]] inline unsigned random_decision(random_numbers& numbers, decision about,
                                              unsigned count) {
    if (about == decision::death) return numbers.below(8) == 0 ? 1 : 0;
    if (about == decision::place && numbers.below(4) != 0) return 0;
    if (about != decision::stale) return numbers.below(count);
    unsigned older = 0;
    while (older + 1 < count && numbers.below(2) != 0) ++older;
    return older;
}

}  // namespace racekit::model
