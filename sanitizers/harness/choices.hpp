// SPDX-License-Identifier: MIT
// racekit::choose() and racekit::assume() of the detectors that run real threads and processes.
#pragma once

#include "failed_checks.hpp"

#include <racekit/choice.hpp>

#include <cstdint>

namespace racekit::choices {

/// A round begins in which choose() follows this seed, in each thread by its number.
void begin_round(std::uint64_t seed);

/// From now on the calling thread is that one of the test body.
void enter(int thread);

/// What assume(false) does instead of throwing, where a round is a process of its own.
inline void (*end_round)() = nullptr;

/// Calls a part of a test body. False: an assumption failed, in it or before in this instance.
template <class Part>
bool fulfil(Part part, int instance = 0) {
    try {
        part();
    } catch (assumption_failed const&) {  // the instance is marked
    }
    return failed_checks::is_judged(instance);
}

}  // namespace racekit::choices
