// SPDX-License-Identifier: MIT
// A finding of a detector, as data for the terminal, the reports and other tools.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace racekit {

/// A store that an operation could have read.
struct candidate_store {
    std::string value;
    std::uint64_t step = 0;  ///< that made it, from 1; 0: before the threads started
    bool newest = false;     ///< in modification order
    bool read = false;       ///< the operation read this one
};

/// One row of an interleaving.
struct step {
    int thread = -1;       ///< thread number; -1 in before() and after()
    std::string action;    ///< "read -> 0", "lock", "waits for gate, held by thread 0"
    std::string object;    ///< its name in the source, or kind#number
    std::string operation; ///< load, store, add, compare_exchange, lock, read, write, ...
    std::string order;     ///< memory order, empty where there is none
    std::string value;     ///< of the object after the step; empty if it has none
    std::string note;      ///< a remark: "stale: 1 is newest", "blocked"
    std::string file;
    int line = 0;
    bool blocked = false;  ///< the thread attempted the operation and blocked
    bool marked = false;   ///< the source line carries the mark `// <- race`
    /// Of an atomic operation that reads: every store that it could have read.
    std::vector<candidate_store> could_read = {};
};

/// A source line that is part of the finding.
struct place {
    std::string role;  ///< "write by thread 0", "previous read by thread 1", "waits for gate"
    std::string file;
    int line = 0;
    bool marked = false;
};

/// A call on a stack, the innermost first.
struct stack_frame {
    std::string function;
    std::string file;
    int line = 0;
};

/// A stack of a sanitizer's report.
struct call_stack {
    std::string role;  ///< "write by thread 0"
    std::vector<stack_frame> frames;
};

/// What a data race leads to, by a second search in which the accesses that race are steps.
struct race_consequence {
    std::string text;             ///< "failed check, expected 2"; empty: nothing was found
    std::string schedule;         ///< replays it
    bool is_of_the_race = false;  ///< false: another finding, in an execution without that race
    std::uint64_t executions = 0;
    bool exhausted = false;  ///< these are all there are
    std::string trouble;     ///< why there was no such search, or it came to no end
};

struct finding {
    std::string kind;         ///< "data race", "failed check", "deadlock", "hang", ...
    std::string reported_as;  ///< the detector's own word, if `kind` says less: "data-race-vptr"
    std::string subject;      ///< the object concerned, if there is one
    std::string consequence;  ///< the effect: "expected 20, got 10"; may be empty
    std::uint64_t found_in = 0;  ///< number of the execution, round or report
    std::string schedule;     ///< replays the finding exactly; empty if the detector cannot replay
    std::string replay_options = {};  ///< the replay needs them too: "--memory relacy"
    std::uint64_t switches = 0;  ///< context switches of its execution
    bool fewest = false;      ///< proved: no execution with fewer context switches shows it
    int threads = 0;          ///< columns of the interleaving
    std::vector<place> places;
    std::vector<step> steps;
    std::vector<call_stack> stacks = {};  ///< of ThreadSanitizer: as it reported them
    std::optional<race_consequence> leads_to = {};  ///< if it was searched for
};

}  // namespace racekit
