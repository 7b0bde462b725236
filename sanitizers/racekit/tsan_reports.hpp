// SPDX-License-Identifier: MIT
// TSan's reports, counted in the program that they are about.
//
// Link racekit_tsan_hook, or racekit_tsan_kit, which holds it: their object file is the hook that
// TSan calls. Without it this does not link, so it cannot vanish unnoticed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace racekit::tsan {

/// TSan's words for what it reported while `body` ran ("data-race", "lock-order-inversion", ...),
/// in order; at most the first sixteen. These reports are expected: they are not printed, and they
/// do not make the program fail when it ends, as all others do. One at a time; not from several
/// threads.
[[nodiscard]] std::vector<std::string> reports_during(std::function<void()> const& body);

}  // namespace racekit::tsan
