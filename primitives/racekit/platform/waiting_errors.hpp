// SPDX-License-Identifier: MIT
// Errors of semaphores, events, barriers and latches.
#pragma once

#include <stdexcept>

namespace racekit {

/// A count that no such object can have: negative, too large, or of no parties.
struct bad_count : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// A release that would pass the most permits the semaphore may have. Nothing was changed.
struct released_too_often : std::overflow_error {
    using std::overflow_error::overflow_error;
};

/// A latch was counted down below zero. Nothing was changed.
struct counted_too_far : std::logic_error {
    using std::logic_error::logic_error;
};

/// Not all parties will come: the barrier was aborted or reset, its action threw, or a deadline
/// passed.
struct broken_barrier : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// This caller's deadline passed first.
struct barrier_timed_out : broken_barrier {
    using broken_barrier::broken_barrier;
};

}  // namespace racekit
