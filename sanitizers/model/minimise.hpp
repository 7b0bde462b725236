// The same failure with fewer changes of thread.
#pragma once

#include "engine.hpp"
#include "schedule.hpp"

#include <string>

namespace racekit::model {

/// A schedule after which the story ends in the same kind of incident, with as few deviations from
/// the default (the thread that went last goes on, loads read the newest, nothing happens for no
/// reason) as leaving out one or several at a time gives (ddmin: Zeller, Hildebrandt 2002).
/// Deviations that do not apply after others were left out are skipped. Then the steps of one
/// thread that others come between are brought together where the failure stays. `within` must be
/// how the schedule is to be replayed. Returns `from` itself if that does not end in `kind`.
[[nodiscard]] schedule minimised(told_story& story, limits within, schedule const& from,
                                 std::string const& kind);

/// Changes of thread in a schedule.
[[nodiscard]] std::size_t switches(schedule const& what);

}  // namespace racekit::model
