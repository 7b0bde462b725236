// SPDX-License-Identifier: MIT
// fork_guard: makes the use of an object in a forked child an error instead of a hang.
//
// Progress: wait-free.
// Errors:   used_after_fork.
#pragma once

#include <racekit/platform.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace racekit {

/// An object that belongs to the process that made it was used in a forked child of that process.
class used_after_fork : public std::logic_error {
public:
    explicit used_after_fork(std::string const& what)
        : std::logic_error(what +
                           " was made before the fork and belongs to the parent process: "
                           "make one in this process") {}
};

/// A member of such an object: of one with threads or child processes of its own, with locks that
/// another thread may have held at the fork, or with a generator of random numbers, which parent
/// and child would both go on from the same state.
class fork_guard {
public:
    /// Whether this is the process in which the guard was made.
    [[nodiscard]] bool holds() const noexcept { return made_in_ == fork_generation(); }
    /// Throws used_after_fork unless it is. `what` names the object: "process_pool".
    void check(char const* what) const {
        if (!holds()) throw used_after_fork(what);
    }

private:
    std::uint64_t made_in_ = fork_generation();
};

}  // namespace racekit
