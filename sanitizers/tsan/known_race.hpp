// SPDX-License-Identifier: MIT
// Proof that TSan reports and that its hook is heard.
#pragma once

namespace racekit::tsan {

/// Races on purpose, in two threads that take turns by a hand-over that TSan cannot see, or with
/// `visible` by one that it can. Returns whether the hook heard a report of it.
[[nodiscard]] bool hears_a_known_race(bool visible = false);

/// The same in a forked process. The report starts the symbolizer, a process that TSan talks to by
/// pipes from then on; processes that are forked later would share it and mix up its answers.
[[nodiscard]] bool hears_a_known_race_elsewhere();

}  // namespace racekit::tsan
