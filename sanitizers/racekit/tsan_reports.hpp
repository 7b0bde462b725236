// SPDX-License-Identifier: MIT
// The reports of TSan, counted inside the program that causes them.
//
// Link racekit_tsan_hook, or racekit_tsan_kit, which contains it: its object file is the hook that
// TSan calls. Without the hook this header does not link.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace racekit::tsan {

/// The kinds of the reports that TSan made while `body` ran ("data-race", "lock-order-inversion",
/// ...), in order; at most the first sixteen. These reports are expected: they are not printed and
/// do not change the exit code of the program, as all others do. Call it from one thread at a time.
[[nodiscard]] std::vector<std::string> reports_during(std::function<void()> const& body);

}  // namespace racekit::tsan
