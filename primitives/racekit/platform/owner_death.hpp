// SPDX-License-Identifier: MIT
// What a robust lock says of the owner before.
#pragma once

#include <stdexcept>

namespace racekit {

enum class lock_state {
    acquired,
    /// Held, but the last owner died holding it: what the lock guards may be half changed. Repair
    /// it, then call mark_consistent().
    owner_died,
};

/// An owner died and the next one gave the lock up without mark_consistent(): what it guards was
/// never repaired, so nobody gets the lock any more.
struct lock_poisoned : std::runtime_error {
    lock_poisoned()
        : std::runtime_error(
              "robust_mutex: given up without mark_consistent() after its owner died") {}
};

}  // namespace racekit
