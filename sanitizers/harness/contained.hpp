// SPDX-License-Identifier: MIT
// A story that crashes takes a child process with it, not the verdict.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace racekit {

/// The rest of the program goes on in a child; this process waits, and ends as the child ends.
/// Empty in the child. Returns here only when the child died of a signal, with its number: nothing
/// is left of what it did but what it wrote into shared memory. Call it while there is one thread.
/// Throws std::system_error if there can be no child.
[[nodiscard]] std::optional<int> go_on_in_a_child();

/// How a child process ended.
struct contained {
    std::string said;           ///< what its work returned
    std::optional<int> signal;  ///< what it died of, if it did
};

/// `work` is done in a child process; this one waits for it and goes on, whatever becomes of the
/// child. An exception that escapes it is a crash (SIGABRT). Throws std::system_error if there can
/// be no child.
[[nodiscard]] contained in_a_child(std::function<std::string()> const& work);

}  // namespace racekit
