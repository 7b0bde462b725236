// How long a thread spins before it does something else about its waiting.
#pragma once

namespace racekit {

/// What await_briefly spends. It matters natively only: it changes no outcome.
struct patience {
    int pauses = 40;  ///< about 1 us: whoever is waited for runs and is about to be done
    int yields = 16;  ///< then let it run, if it waits for this processor
};

}  // namespace racekit
