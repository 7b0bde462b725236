// SPDX-License-Identifier: MIT
// How long a thread spins before it does something else about its waiting.
#pragma once

namespace racekit {

/// What await_briefly spends. It matters natively only: it changes no outcome.
struct patience {
    int pauses = 40;  ///< about 1 us: whoever is waited for runs and is about to be done
    int yields = 16;  ///< then let it run, if it waits for this processor
    /// Pauses between two looks: from 1 doubled up to this. Looking takes the cache line away from
    /// whoever works on it, so those that wait for a lock look less and less often.
    int longest = 1;
};

}  // namespace racekit
