// SPDX-License-Identifier: MIT
// backoff: how long a thread spins and yields before it sleeps.
#pragma once

namespace racekit {

/// What await_briefly spends. It matters natively only: it changes no outcome.
struct backoff {
    int pauses = 40;  ///< about 1 us: the awaited thread runs and is about to finish
    int yields = 16;  ///< then it may run, if it waits for this processor
    /// Pauses between two loads: from 1 doubled up to this. A load takes the cache line away from
    /// the thread that writes it, so waiters of a lock load less and less often.
    int longest = 1;
};

}  // namespace racekit
