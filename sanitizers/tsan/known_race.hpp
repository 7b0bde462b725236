// Proof that TSan reports and that its hook is heard.
#pragma once

namespace racekit::tsan {

/// Races on purpose, in two threads that take turns by a hand-over that TSan cannot see, or with
/// `visible` by one that it can. Returns whether the hook heard a report of it.
[[nodiscard]] bool hears_a_known_race(bool visible = false);

}  // namespace racekit::tsan
