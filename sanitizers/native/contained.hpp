// A story that crashes takes a child process with it, not the verdict.
#pragma once

#include <optional>

namespace racekit {

/// The rest of the program goes on in a child; this process waits, and ends as the child ends.
/// Empty in the child. Returns here only when the child died of a signal, with its number: nothing
/// is left of what it did but what it wrote into shared memory. Call it while there is one thread.
/// Throws std::system_error if there can be no child.
[[nodiscard]] std::optional<int> go_on_in_a_child();

}  // namespace racekit
