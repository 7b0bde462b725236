// SPDX-License-Identifier: MIT
// Runs work in a child process, so that a crash ends the child and not the detector.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace racekit {

/// Forks and continues in the child, where it returns nullopt. The parent waits: if the child
/// exits, the parent exits with the same code. If a signal kills the child, the call returns the
/// number of the signal in the parent; only what the child wrote into shared memory is left. Call
/// it while the process has a single thread. Throws std::system_error if fork fails.
[[nodiscard]] std::optional<int> continue_in_child();

/// How a child process ended.
struct child_result {
    std::string returned;       ///< the result of its work
    std::optional<int> signal;  ///< the signal that killed it, if one did
};

/// Runs `work` in a child process, waits for the child and returns its result. An exception that
/// leaves `work` is a crash (SIGABRT). Throws std::system_error if fork fails.
[[nodiscard]] child_result run_in_child(std::function<std::string()> const& work);

}  // namespace racekit
