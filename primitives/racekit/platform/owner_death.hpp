// SPDX-License-Identifier: MIT
// How the last owner left a robust lock.
#pragma once

#include <stdexcept>

namespace racekit {

enum class lock_state {
    acquired,
    /// Held, but the last owner died holding it: what the lock guards may be half changed. Repair
    /// it, then call mark_consistent().
    owner_died,
};

/// An owner died and the next one released the lock without mark_consistent(): what it guards was
/// never repaired, so no thread can take the lock any more.
struct lock_poisoned : std::runtime_error {
    lock_poisoned()
        : std::runtime_error(
              "robust_mutex: unlocked without mark_consistent() after its owner died; construct it "
              "anew") {}
};

}  // namespace racekit
