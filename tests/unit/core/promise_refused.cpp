// SPDX-License-Identifier: MIT
// A promise that names no kind of finding does not compile.
#include <racekit/promise.hpp>

constexpr racekit::promise said = racekit::finds("data race");
static_assert(said.sight == racekit::sight::finds);
#if WRONG == 1
constexpr racekit::promise misspelt = racekit::finds("data rce");
#elif WRONG == 2
constexpr racekit::promise also_misspelt = racekit::may_find("deadlok");
#endif
