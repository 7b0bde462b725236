// SPDX-License-Identifier: MIT
// What a detector found, in a form that a terminal, a report and another tool can all be fed from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace racekit {

/// One row of an interleaving.
struct step {
    int thread = -1;       ///< who; -1 outside the cast (before, after)
    std::string action;    ///< "read -> 0", "lock", "waits for gate, held by thread 0"
    std::string object;    ///< the name it has in the source, or kind#number
    std::string operation; ///< load, store, add, compare_exchange, lock, read, write, ...
    std::string order;     ///< memory order, empty where there is none
    std::string value;     ///< of the object, after the step; empty where it has none
    std::string note;      ///< why it is remarkable: "stale: 1 is newest", "blocked"
    std::string file;
    int line = 0;
    bool blocked = false;  ///< the thread asked for it and could not go on
    bool marked = false;   ///< the source line carries the mark `// <- race`
};

/// A source line that takes part in the finding.
struct place {
    std::string role;  ///< "write by thread 0", "previous read by thread 1", "waits for gate"
    std::string file;
    int line = 0;
    bool marked = false;
};

struct finding {
    std::string kind;         ///< "data race", "failed check", "deadlock", "hang", ...
    std::string subject;      ///< the object it is about, if one is
    std::string consequence;  ///< what it led to: "expected 20, got 10"; may be empty
    std::uint64_t found_in = 0;  ///< the execution, round or report number it was found in
    std::string schedule;     ///< replays it exactly; empty where the detector cannot
    std::uint64_t switches = 0;  ///< changes of thread in it
    bool fewest = false;      ///< no execution with fewer ends so: all of them were played
    int threads = 0;          ///< columns of the interleaving
    std::vector<place> places;
    std::vector<step> steps;
};

}  // namespace racekit
