// SPDX-License-Identifier: MIT
// A run in a child process, which a test body may end in any way: the verdict is not lost with it.
#pragma once

#include <racekit/detector.hpp>

#include <functional>
#include <optional>

namespace racekit::runner {

/// How a child ended that had delivered no verdict.
struct early_end {
    int signal = 0;  ///< what it died of; 0: it exited
    int code = 0;    ///< what it exited with
};

/// Does `work` in a child process and ends this one as the child ends, if the child delivered its
/// verdict: `work` returns the exit code that stands for it. Returns only when it did not. Call it
/// while there is one thread. Throws std::system_error if there can be no child.
[[nodiscard]] early_end supervised(std::function<int()> const& work);

/// What is known of such a run: a crash of the test body is a finding; a test body that ended the
/// program, and a crash outside of it, leave no verdict.
[[nodiscard]] observation observed(early_end const& how, scenario const& what,
                                   char const* detector);

}  // namespace racekit::runner
