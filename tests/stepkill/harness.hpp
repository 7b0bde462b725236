// SPDX-License-Identifier: MIT
// Step-kill: a real process is killed after every single machine instruction of an operation, and
// the processes that are left must go on.
//
// For k = 1, 2, 3, ... a case is built anew in shared memory. A forked victim does the operation,
// single-stepped, and kills itself at its k-th point. Then a survivor uses the object and checks
// what must hold.
//
// What a death leaves is the shared memory, the list of locks that the kernel releases, and what
// system calls have done: all else dies with the process. Two deaths between which none of this
// changes are the same. So a point is an instruction after which it has changed, and a first victim
// that lives counts the points. With `whole` each instruction is a point, and the outcomes must be
// the same.
#pragma once

#include <cstddef>
#include <chrono>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace stepkill {

/// What must hold does not.
struct broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};
inline void check(bool holds, char const* what) {
    if (!holds) throw broken(what);
}

/// What must come after a death comes by then, on a busy machine too. Shorter for a seeded bug,
/// whose hang is waited for.
inline std::chrono::milliseconds long_enough{4'000};

/// The object and what is done with it. Lies in memory that all the processes share.
class body {
public:
    virtual ~body() = default;
    /// By the parent, before the others start.
    virtual void before() {}
    /// By the victim, before it is single-stepped and before the sleeper starts.
    virtual void prepare() {}
    /// The operation, which is cut off.
    virtual void victim() = 0;
    /// In a process of its own: it is asleep when the victim starts, and has to come back.
    virtual void sleeper() {}
    /// Afterwards: the object works, and what must hold does. Returns what the victim had done by
    /// its death: "absent" or "whole", say.
    virtual char const* survivor() = 0;
    /// What a survivor does that is itself killed, before another one goes on.
    virtual void recovers() { (void)survivor(); }
};

/// One operation of one primitive.
struct operation {
    std::string name;
    bool with_sleeper = false;
    bool seeded = false;  ///< a bug: some death must be found to break it
    std::size_t size = 0;
    body* (*make)(void* at) = nullptr;
};

template <class Body>
operation case_of(std::string name, bool with_sleeper = false, bool seeded = false) {
    return {std::move(name), with_sleeper, seeded, sizeof(Body),
            [](void* at) -> body* { return ::new (at) Body; }};
}

/// What came of an operation.
struct report {
    std::uint64_t steps = 0;   ///< instructions of the operation, all of them points of death
    std::uint64_t points = 0;  ///< deaths that differ
    std::uint64_t hangs = 0;
    std::uint64_t breaks = 0;
    std::vector<std::pair<std::string, std::uint64_t>> outcomes;
    std::vector<double> stalls;  ///< how long each survivor took, in milliseconds
    std::string first_failure;
    [[nodiscard]] bool clean() const { return hangs + breaks == 0; }
};

struct settings {
    bool whole = false;        ///< at every instruction, without regard to what differs
    std::uint64_t firsts = 3;  ///< first deaths, of those that differ, after which a survivor dies
    std::uint64_t seconds = 30;  ///< the survivor's deaths after each of them, evenly spread
};

/// Kills the victim wherever its death differs.
[[nodiscard]] report kill_the_victim(operation const& what, settings const& how);
/// Kills the victim, then a survivor wherever its death differs; then another survivor goes on.
[[nodiscard]] report kill_a_survivor_too(operation const& what, settings const& how);

// What there is: each file adds its own.
void add_locks(std::vector<operation>& all);
void add_values(std::vector<operation>& all);
void add_queues(std::vector<operation>& all);
void add_pipes(std::vector<operation>& all);
void add_waiting(std::vector<operation>& all);

}  // namespace stepkill
