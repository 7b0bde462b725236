// SPDX-License-Identifier: MIT
// A deliberate race, to prove that TSan reports races and that the hook receives the reports.
#pragma once

namespace racekit::tsan {

/// Two threads race deliberately, one after the other: TSan cannot see the hand-over between them,
/// or with `visible` it can. Returns whether the hook received a report of the race.
[[nodiscard]] bool reports_known_race(bool visible = false);

/// The same in a forked process. The first report starts the symbolizer, a process connected to
/// TSan by pipes; processes forked later would share the pipes and mix up the answers.
[[nodiscard]] bool reports_known_race_in_child();

}  // namespace racekit::tsan
